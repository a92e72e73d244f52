"""Landmarks + seed -> Shapes of the abdomen: organs, bowel, great vessels; small bowel, liver and mesentery as fields.

Asymmetric: liver, gall bladder, cava to the patient's right; stomach, spleen, descending colon, aorta to the left.
Places are [mm at size 1] relative to the canal: u to the left, v anterior; read off abdominal CT and atlases [P].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.volume import FloatArray
from spineseg.phantom.canvas import Canvas
from spineseg.phantom.ground import Layers, Point, Shape, ball, tube
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.trunk import Landmarks

Mask = NDArray[np.bool_]

_CONTENTS = (Tissue.BOWEL, Tissue.FLUID, Tissue.AIR)
_COLON: tuple[tuple[str, float, float], ...] = (
    ("L5", -82, 58), ("L4", -92, 52), ("L3", -98, 38), ("L2", -94, 46), ("L3", -55, 108), ("L3", 0, 122),
    ("L2", 55, 112), ("T12", 92, 60), ("T12", 98, 38), ("L2", 100, 26), ("L4", 96, 36), ("L5", 88, 46),
)  # fmt: skip
_SIGMOID: tuple[tuple[str, float, float], ...] = (
    ("S1", 62, 60), ("S2", 38, 70), ("S2", 5, 48), ("S3", -6, 32), ("S4", 2, 32), ("S5", 0, 30),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Belly:
    """Drawn parameters of the abdomen's fields.

    Parameters
    ----------
    bowel
        Half width of small bowel as value of the organ field: more bowel, less mesenteric fat.
    gas, fluid
        Value of the blob field above (below) which bowel holds gas (fluid).
    liver_mm
        How far the liver's edge lies below its mean.
    """

    bowel: float
    gas: float
    fluid: float
    liver_mm: float


def draw_belly(rng: np.random.Generator) -> Belly:
    """Ranges between lean and obese, fasted and fed adults [P]."""
    return Belly(
        bowel=float(rng.uniform(0.35, 1.0)),
        gas=float(rng.uniform(0.8, 2.0)),
        fluid=float(rng.uniform(-2.0, 0.0)),
        liver_mm=float(rng.normal(0, 14)),
    )


def draw_abdomen(rng: np.random.Generator, mark: Landmarks) -> tuple[Shape, ...]:
    """Organs in the order in which they are painted."""
    return (
        *_digestive(rng, mark),
        *_solid(rng, mark),
        *_colon(rng, mark),
        *_vessels(rng, mark),
    )


def _jitter(
    rng: np.random.Generator, mark: Landmarks, place: tuple[str, float, float], spread_mm: float = 5.0
) -> Point:
    """A place moved at random: organs lie differently in each body."""
    level, u, v = place
    du, dv, ds = rng.normal(0, spread_mm, 3)
    return mark.at(level, u + float(du), v + float(dv), float(ds))


def _digestive(rng: np.random.Generator, mark: Landmarks) -> list[Shape]:
    size = mark.size
    wall = 3.5 * size
    content = Tissue(int(rng.choice(_CONTENTS, p=(0.45, 0.4, 0.15))))
    layers: Layers = ((0.0, Tissue.BOWEL_WALL), (wall, content))
    filling = float(rng.uniform(0.6, 1.1)) * size
    path = [("T9", 55, 42), ("T11", 62, 70), ("T12", 45, 95), ("L1", 10, 100), ("L1", -25, 92)]
    points = [_jitter(rng, mark, place) for place in path]
    radii = [filling * radius for radius in (30.0, 36.0, 32.0, 24.0, 14.0)]
    # Gas rises to the front of a lying patient's stomach.
    gas = [(x, y - 0.55 * radius, z) for (x, y, z), radius in zip(points, radii, strict=True)]
    air = tube(gas[1:4], [0.4 * radius for radius in radii[1:4]], Tissue.AIR, uneven_mm=2.0)
    loop = [("L1", -36, 80), ("L2", -44, 58), ("L3", -40, 54), ("L3", 0, 68), ("L2", 28, 72)]
    duodenum: Layers = ((0.0, Tissue.BOWEL_WALL), (2.5 * size, Tissue(int(rng.choice(_CONTENTS)))))
    islands = (0.9, Tissue.FAT, 9.0)
    pancreas = [("L2", -32, 78), ("L1", -8, 76), ("L1", 30, 62), ("T12", 72, 36)]
    return [
        tube(points, radii, layers, uneven_mm=2.0),
        *([air] if rng.random() < 0.7 else []),
        tube([_jitter(rng, mark, place, 3.0) for place in loop], 11.0 * size, duodenum),
        tube([mark.at(*place) for place in pancreas], 9.0 * size, Tissue.LIVER, fleck=islands, uneven_mm=1.5),
    ]


def _solid(rng: np.random.Generator, mark: Landmarks) -> list[Shape]:
    size = mark.size
    spleen = _jitter(rng, mark, ("T11", 98, 8))
    scale = size * float(np.exp(rng.normal(0, 0.15)))
    shapes = [
        ball(spleen, (22 * scale, 40 * scale, 48 * scale), ((0.0, Tissue.SPLEEN),), uneven_mm=2.5),
        ball(
            _jitter(rng, mark, ("L1", -48, 92)),
            (14 * size, 14 * size, 26 * size),
            ((0.0, Tissue.BOWEL_WALL), (1.5, Tissue.FLUID)),
        ),
    ]
    # The right kidney lies lower, under the liver.
    for side, lower in ((1.0, 0.0), (-1.0, 14.0)):
        shapes += _kidney(rng, mark, side, lower)
    return shapes


def _kidney(rng: np.random.Generator, mark: Landmarks, side: float, lower: float) -> list[Shape]:
    size = mark.size * float(np.exp(rng.normal(0, 0.07)))
    du, dv, ds = (float(one) for one in rng.normal(0, (5, 6, 10)))

    def at(u: float, v: float, down: float) -> Point:
        return mark.at("L1", side * (u + du), v + dv, down + lower + ds)

    poles = [at(55, -2, -24), at(63, 2, 0), at(70, 6, 24)]
    hilum = [at(46, 6, -10), at(54, 6, 6), at(56, 8, 16)]
    renal = [mark.at("L1", side * 14, 46, 10), at(40, 14, 2)]
    widths = [24 * size, 27 * size, 24 * size]
    shapes = [
        tube(poles, [width + float(rng.uniform(4, 12)) for width in widths], Tissue.FAT, uneven_mm=1.5),
        tube(poles, widths, ((0.0, Tissue.KIDNEY),), squash=(1.0, 0.9, 1.15), uneven_mm=1.2),
        tube(hilum, 9.0 * size, Tissue.FAT, uneven_mm=2.0),
        tube(renal, 3.0 * size, Tissue.VESSEL),
        tube(hilum, 4.0 * size, Tissue.FLUID, uneven_mm=1.5),
        tube(
            [at(42, 8, 18), mark.at("L3", side * 40, 44), mark.at("L5", side * 34, 50), mark.at("S2", side * 40, 40)],
            2.2 * size,
            Tissue.FLUID,
        ),
    ]
    if rng.random() < 0.3:  # cysts are frequent in the age of metastases
        shapes.append(ball(at(70, 14, float(rng.normal(0, 25))), (11 * size,) * 3, ((0.0, Tissue.FLUID),)))
    return shapes


def _colon(rng: np.random.Generator, mark: Landmarks) -> list[Shape]:
    points = [_jitter(rng, mark, place, 7.0) for place in _COLON]
    lower = [points[-1], *(_jitter(rng, mark, place, 4.0) for place in _SIGMOID)]
    shapes = []
    for path, mean_mm in ((points[:5], 24.0), (points[4:8], 20.0), (points[7:], 16.0), (lower, 14.0)):
        content = Tissue(int(rng.choice(_CONTENTS, p=(0.6, 0.1, 0.3))))
        layers: Layers = ((0.0, Tissue.BOWEL_WALL), (2.2, content))
        beads, radii = _haustra(path, mean_mm * mark.size * float(rng.uniform(0.75, 1.2)))
        # Stool holds gas bubbles; a distended colon holds folds.
        fleck = (1.25, Tissue.AIR, 99.0) if content is Tissue.BOWEL else None
        shapes.append(tube(beads, radii, layers, fleck=fleck))
    return shapes


def _haustra(path: list[Point], mean_mm: float) -> tuple[list[Point], list[float]]:
    """Beads every 0.9 radii along a path, alternately wide and narrow."""
    places = np.array(path)
    lengths = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(places, axis=0), axis=1))])
    count = max(2, int(lengths[-1] / (0.9 * mean_mm)))
    along = np.linspace(0, lengths[-1], count)
    columns = np.stack([np.interp(along, lengths, places[:, axis]) for axis in range(3)], axis=1)
    radii = [mean_mm * (1.0 if k % 2 else 0.78) for k in range(count)]
    return [(x, y, z) for x, y, z in columns.tolist()], radii


def _vessels(rng: np.random.Generator, mark: Landmarks) -> list[Shape]:
    size = mark.size
    aorta_mm = float(rng.uniform(8, 12)) * size
    cava_mm = float(rng.uniform(8, 12)) * size
    calcified = (float(rng.uniform(0.9, 2.6)), Tissue.CORTEX, 1.6)
    trunk = [("T10", 14, 42), ("T12", 9, 50), ("L1", 8, 53), ("L2", 8, 56), ("L3", 7, 57), ("L4", 3, 56)]
    caval = [("T9", -16, 66), ("T11", -19, 60), ("L1", -18, 54), ("L3", -17, 55), ("L5", -10, 52)]
    shapes = [
        tube([mark.at(*place) for place in caval], cava_mm, Tissue.VESSEL, squash=(1.1, 0.85, 1.0)),
        tube([mark.at(*place) for place in trunk], aorta_mm, Tissue.VESSEL, fleck=calcified),
        tube([mark.at("L1", 4, 62), mark.at("L2", 2, 82), mark.at("L4", -10, 96)], 3.8 * size, Tissue.VESSEL),
        tube([mark.at("L2", 6, 62), mark.at("L1", -18, 80), mark.at("T11", -45, 70)], 6.0 * size, Tissue.VESSEL),
    ]
    for side in (1.0, -1.0):
        common = [mark.at("L4", 3 if side > 0 else -6, 55), mark.at("L5", 26 * side, 54), mark.at("S1", 42 * side, 44)]
        outer = [common[-1], mark.pelvis(62 * side, -40, -60), mark.pelvis(72 * side, -68, -105)]
        inner = [common[-1], mark.at("S2", 40 * side, 34), mark.at("S3", 38 * side, 26)]
        shapes += [
            tube(common, 5.5 * size, Tissue.VESSEL, fleck=calcified),
            tube([(x - 6 * side, y + 9, z) for x, y, z in common], 6.0 * size, Tissue.VESSEL),
            tube(outer, 5.0 * size, Tissue.VESSEL),
            tube([(x - 4 * side, y + 8, z) for x, y, z in outer], 5.5 * size, Tissue.VESSEL),
            tube(inner, 3.5 * size, Tissue.VESSEL),
        ]
    # Lymph nodes along aorta and cava, rarely enlarged.
    for _ in range(int(rng.integers(2, 8))):
        u, v, radius = float(rng.normal(-3, 22)), float(rng.uniform(48, 62)), float(rng.uniform(2, 6))
        shapes.append(ball(mark.at("L3", u, v, float(rng.normal(0, 35))), (radius,) * 3, ((0.0, Tissue.MUSCLE),)))
    return shapes


def paint_belly(canvas: Canvas, belly: Belly, organs: FloatArray, cavity: Mask, front: FloatArray) -> None:
    """Mesentery with its vessels, small bowel and liver; `cavity` is what lies inside wall and diaphragm."""
    spine, points, tissue = canvas.spine, canvas.points, canvas.tissue
    size = spine.size
    u, v, s = points.u, points.v, points.s
    # The mesentery's root lies in front of the great vessels; beside psoas bowel lies further back.
    root = front + 14 * size - np.float32(0.4) * np.maximum(np.abs(u) - 42 * size, 0) + 4 * canvas.blob
    inner = cavity & (v > root)
    tissue[inner & (canvas.rough > 2.3)] = Tissue.VESSEL
    tissue[inner & (canvas.rough < -2.5)] = Tissue.MUSCLE
    loops = inner & (s > spine.level_s("L2") + np.float32(0.15) * u)
    ridge = np.abs(organs)
    wall = np.float32(0.14)
    loops &= ridge < belly.bowel
    tissue[loops] = Tissue.BOWEL_WALL
    lumen = loops & (ridge < belly.bowel - wall)
    tissue[lumen] = Tissue.BOWEL
    tissue[lumen & (canvas.blob < belly.fluid)] = Tissue.FLUID
    tissue[lumen & (canvas.blob > belly.gas)] = Tissue.AIR
    # The liver's lower edge runs from L3 at the far right up to the dome on the left; the left lobe lies in front.
    edge = spine.level_s("L3") + np.float32(belly.liver_mm - 4) - np.float32(0.82) * (u + 100 * size)
    liver = cavity & (s < edge + 5 * canvas.blob) & (v > np.clip(1.1 * u + 29 * size, -60, 75))
    liver &= u < 62 * size
    tissue[liver] = Tissue.LIVER
    tissue[liver & (organs > 1.5)] = Tissue.VESSEL
