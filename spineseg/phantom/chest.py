"""Landmarks + seed -> Shapes of the chest: heart, great vessels, airways; lungs and diaphragm as regions.

Places are [mm at size 1] relative to the canal: u to the left, v anterior; read off chest CT and atlases [P].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.volume import FloatArray
from spineseg.phantom import anthropometry as table
from spineseg.phantom.canvas import Canvas
from spineseg.phantom.ground import Shape, ball, tube
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.trunk import Landmarks

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Breath:
    """Drawn state of the chest.

    Parameters
    ----------
    dome_mm
        How far the domes of the diaphragm lie below their mean, right and left.
    mediastinum_mm
        Half width of the mediastinum in front of the spine.
    effusion_mm
        Depth of fluid behind the lungs; 0 for none.
    """

    dome_mm: tuple[float, float]
    mediastinum_mm: float
    effusion_mm: float


def draw_breath(rng: np.random.Generator) -> Breath:
    """From expiration to deep inspiration: the domes move by some 3 cm [P]."""
    common = float(rng.normal(0, 12))
    return Breath(
        dome_mm=(common, common + float(rng.normal(9, 5))),
        mediastinum_mm=float(rng.uniform(20, 30)),
        effusion_mm=float(rng.uniform(6, 25)) if rng.random() < 0.12 else 0.0,
    )


def draw_chest(rng: np.random.Generator, mark: Landmarks) -> tuple[Shape, ...]:
    """Mediastinal organs in the order in which they are painted."""
    size = mark.size
    heart = mark.at("T8", 22 + float(rng.normal(0, 6)), 92 + float(rng.normal(0, 5)), float(rng.normal(0, 6)))
    big = size * float(np.exp(rng.normal(0, 0.1)))
    aorta_mm = float(rng.uniform(10.5, 14.5)) * size
    calcified = (float(rng.uniform(1.2, 2.6)), Tissue.CORTEX, 1.6)
    arch = [("T7", -2, 86), ("T5", -14, 80), ("T4", -8, 70), ("T4", 8, 52), ("T4", 22, 36), ("T5", 25, 27)]
    descending = [("T5", 25, 27), ("T7", 24, 28), ("T9", 19, 34), ("T10", 14, 42)]
    caval = [("T2", -16, 52), ("T4", -22, 58), ("T6", -26, 68), ("T8", -22, 80)]
    return (
        ball(heart, (56 * big, 42 * big, 50 * big), ((0.0, Tissue.FAT), (3.0, Tissue.MUSCLE), (11.0, Tissue.VESSEL))),
        tube([(heart[0] + 36 * big, heart[1] - 14 * big, heart[2] - 16 * big), heart], 5.0 * big, Tissue.MUSCLE),
        tube([heart, (heart[0] - 24 * big, heart[1] + 6 * big, heart[2] + 22 * big)], 3.0 * big, Tissue.MUSCLE),
        tube([mark.at("T6", 8, 78), mark.at("T5", 14, 62), mark.at("T6", 40, 46)], 10.0 * size, Tissue.VESSEL),
        tube([mark.at("T6", 8, 66), mark.at("T6", -44, 48)], 9.0 * size, Tissue.VESSEL),
        tube([mark.at(*place) for place in caval], 8.5 * size, Tissue.VESSEL),
        tube([mark.at(*place) for place in arch], aorta_mm, Tissue.VESSEL, fleck=calcified),
        tube([mark.at(*place) for place in descending], 0.9 * aorta_mm, Tissue.VESSEL, fleck=calcified),
        *_branches(mark),
        *_airways(rng, mark),
    )


def _branches(mark: Landmarks) -> list[Shape]:
    """Vessels of head and arms, azygos vein, vessels of the lungs."""
    size = mark.size
    shapes = [
        tube([mark.at("T4", -10, 66), mark.at("T1", -22, 44)], 6.0 * size, Tissue.VESSEL),
        tube([mark.at("T4", 2, 58), mark.at("T1", 20, 44)], 4.5 * size, Tissue.VESSEL),
        tube([mark.at("T4", 16, 44), mark.at("T2", 30, 34), mark.at("T1", 70, 30)], 4.5 * size, Tissue.VESSEL),
        tube([mark.at("T1", -22, 44), mark.at("T1", -70, 30)], 4.5 * size, Tissue.VESSEL),
        tube([mark.at("T3", -14, 58), mark.at("T2", 40, 58), mark.at("T1", 75, 42)], 6.0 * size, Tissue.VESSEL),
        tube([mark.at("T5", -12, 36), mark.at("T8", -9, 38), mark.at("T12", -7, 42)], 3.2 * size, Tissue.VESSEL),
    ]
    for side in (1, -1):
        for level, u, v in (("T4", 62, 30), ("T5", 78, 62), ("T7", 82, 40), ("T8", 62, 8), ("T9", 78, 20)):
            root = mark.at("T6", 34 * side, 46)
            shapes.append(tube([root, mark.at(level, u * side, v)], [6.0 * size, 2.0 * size], Tissue.VESSEL))
    return shapes


def _airways(rng: np.random.Generator, mark: Landmarks) -> list[Shape]:
    size = mark.size
    drop = float(rng.normal(0, 6))
    carina = mark.at("T5", -2, 52, drop)
    pipe = ((0.0, Tissue.CARTILAGE), (1.6, Tissue.AIR))
    trachea = [mark.at("C7", 0, 43), mark.at("T2", -1, 48), mark.at("T4", -2, 51), carina]
    # The right main bronchus is wider and steeper.
    right = [carina, mark.at("T6", -26, 46, drop), mark.at("T7", -46, 40, drop)]
    left = [carina, mark.at("T6", 32, 46, drop - 4), mark.at("T7", 54, 38, drop)]
    gullet = [
        ("C6", 2, 32),
        ("T1", 4, 33),
        ("T4", 3, 38),
        ("T6", 3, 43),
        ("T8", 4, 46),
        ("T10", 12, 56),
        ("T10", 34, 60),
    ]
    path = [mark.at(*place) for place in gullet]
    shapes = [
        tube(trachea, 9.5 * size, pipe, squash=(1.0, 0.95, 1.0)),
        tube(left, [7.5 * size, 6.5 * size, 4.0 * size], pipe),
        tube(right, [8.5 * size, 7.5 * size, 4.5 * size], pipe),
        tube(path, 7.0 * size, Tissue.BOWEL_WALL, squash=(1.2, 0.8, 1.0)),
    ]
    swallowed = [path[k : k + 2] for k in range(len(path) - 1) if rng.random() < 0.4]
    return [*shapes, *(tube(piece, 2.8 * size, Tissue.AIR, uneven_mm=1.0) for piece in swallowed)]


def dome(canvas: Canvas, breath: Breath) -> FloatArray:
    """Place of the diaphragm along the canal above or below each voxel [mm]: what lies below it is abdomen."""
    spine, points = canvas.spine, canvas.points
    size = spine.size
    right = spine.level_s("T9") + 2 * size + breath.dome_mm[0]
    left = right + breath.dome_mm[1] - breath.dome_mm[0]
    apex = np.where(points.u < 0, np.float32(right), np.float32(left))
    # Two domes that fall by some 9 cm to the wall, more behind than in front.
    across = (np.abs(points.u) - 58 * size) / (70 * size)
    along = (points.v - 62 * size) / (78 * size)
    fall = across**2 * np.float32(45) + along**2 * np.where(along < 0, np.float32(78), np.float32(40))
    place: FloatArray = apex + np.float32(size) * np.minimum(fall, np.float32(115)) + canvas.blob
    return place


def paint_lungs(canvas: Canvas, breath: Breath, cage: FloatArray, dome_s: FloatArray, front: FloatArray) -> None:
    """Lungs beside the mediastinum, with their small vessels, above the diaphragm; effusions behind them."""
    spine, points, tissue = canvas.spine, canvas.points, canvas.tissue
    size = spine.size
    side = np.abs(points.u)
    chest = (cage < 0.945) & (points.s < dome_s) & (points.s > float(spine.top[table.T1]) + 4)
    wide = np.float32(breath.mediastinum_mm * size)
    upper = points.s < spine.level_s("T4")
    middle = (points.v > front) & (points.v < front + 44 * size)
    # Narrow beside the spine and behind the sternum, wide at the hila.
    half = np.where(middle, wide, np.where(points.v < front, spine.canal.body_b[points.index] + 5 * size, 12 * size))
    half = np.where(upper & (points.v > front), wide + 6 * size, half)
    lung = chest & (side > half + 2.5 * canvas.blob)
    tissue[lung] = Tissue.LUNG
    # Behind the spine's sides lie its own muscles.
    tissue[chest & ~lung & (points.v < -spine.canal.canal_a[points.index])] = Tissue.MUSCLE
    # Vessels thin out towards the chest wall.
    tissue[lung & (canvas.rough > 1.5 + 1.1 * cage)] = Tissue.VESSEL
    if breath.effusion_mm > 0:
        level = breath.effusion_mm - 40 * size
        tissue[lung & (points.v < level) & (points.s > spine.level_s("T6"))] = Tissue.FLUID
    muscle = (cage < 0.95) & (np.abs(points.s - dome_s) < 2.5) & (side > spine.canal.body_b[points.index])
    tissue[muscle] = Tissue.MUSCLE
