"""Canvas + outline -> wall of the trunk, girdles, skin, arms, table and blankets painted; air outside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.volume import FloatArray
from spineseg.phantom.ground import BONE, Ground, Layers, Point, Shape, ball, tube
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.trunk import Landmarks, Trunk

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Couch:
    """What the patient lies on and under.

    Parameters
    ----------
    top_mm
        Upper surface at its middle [mm, LPS y].
    middle_mm
        Middle of the table [mm, LPS x]: patients lie off centre.
    half_mm, rise_mm
        Half width, and how far the edges rise above the middle.
    depth_mm, shell_mm
        Distance of its two shells and their thickness.
    blanket_mm
        Thickness of a blanket, 0 for none.
    """

    top_mm: float
    middle_mm: float
    half_mm: float
    rise_mm: float
    depth_mm: float
    shell_mm: float
    blanket_mm: float


def draw_couch(rng: np.random.Generator, trunk: Trunk) -> Couch:
    """Flat and curved tables, with thin and thick mattresses [P]."""
    return Couch(
        top_mm=float((trunk.y + trunk.half_y).max()) + float(rng.uniform(0, 18)),
        middle_mm=float(trunk.x.mean()) + float(rng.normal(0, 22)),
        half_mm=float(rng.uniform(200, 265)),
        rise_mm=float(rng.choice([0.0, rng.uniform(20, 75)])),
        depth_mm=float(rng.uniform(18, 70)),
        shell_mm=float(rng.uniform(2.0, 6.0)),
        blanket_mm=float(rng.uniform(2, 8)) if rng.random() < 0.3 else 0.0,
    )


def draw_shoulders(rng: np.random.Generator, mark: Landmarks) -> tuple[Shape, ...]:
    """Clavicles, scapulae, humeral heads and the muscles around them; half sizes of adults, read off CT [P]."""
    lift, back = float(rng.normal(-6, 8)), float(rng.normal(0, 4))
    return (*_girdle(mark, 1, lift, back), *_girdle(mark, -1, lift, back))


def _girdle(mark: Landmarks, side: int, lift: float, back: float) -> list[Shape]:
    size = mark.size
    joint = mark.at("T2", 150 * side, -6 + back, lift)
    blade = mark.at("T2", 126 * side, -20 + back, lift + 6)
    inner = [mark.at("T3", 66 * side, -43 + back, lift), mark.at("T7", 80 * side, -48 + back, lift)]
    head = (joint[0] + 16 * side * size, joint[1], joint[2])
    acromion = mark.at("T1", 158 * side, -14 + back, lift)
    thin = ((0.0, Tissue.CORTEX), (2.0, Tissue.MARROW_OTHER))
    lines = [(blade, inner[0]), (blade, inner[1]), (blade, _between(inner[0], inner[1]))]
    return [
        *(tube(line, [14 * size, 11 * size], Tissue.MUSCLE, fleck=(2.2, Tissue.FAT, 99.0)) for line in lines),
        ball(head, (34 * size, 32 * size, 36 * size), ((0.0, Tissue.MUSCLE),), uneven_mm=1.5),
        *(tube(line, [6.0 * size, 5.0 * size], thin, squash=(0.8, 0.45, 1.0)) for line in lines),
        tube([inner[0], acromion], [4.5 * size, 7 * size], BONE, squash=(1.0, 0.8, 0.8)),
        tube([blade, joint], [7 * size, 15 * size], BONE, squash=(0.55, 1.0, 1.1)),
        tube([joint, mark.at("T2", 132 * side, 24 + back, lift - 8)], 5.5 * size, BONE),
        tube([mark.at("T2", 18 * side, 68, 4), mark.at("T1", 80 * side, 40, lift), acromion], 6.2 * size, BONE),
        ball(head, (26 * size,) * 3, ((0.0, Tissue.CARTILAGE), (2.5, Tissue.CORTEX), (4.0, Tissue.MARROW_OTHER))),
    ]


def _between(one: Point, other: Point) -> Point:
    return ((one[0] + other[0]) / 2, (one[1] + other[1]) / 2, (one[2] + other[2]) / 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arms:
    """Flesh, painted outside the trunk only, and the bones in it."""

    flesh: tuple[Shape, ...]
    bones: tuple[Shape, ...]


def draw_arms(rng: np.random.Generator, mark: Landmarks, trunk: Trunk, fat_mm: float, *, raised: bool) -> Arms:
    """Arms beside the trunk, or raised beside the head as for CT of chest and belly."""
    size = mark.size
    bulk = size * float(rng.uniform(0.9, 1.1))
    rim = 2.0 + 0.35 * fat_mm
    layers: Layers = ((0.0, Tissue.SKIN), (2.0, Tissue.FAT), (rim, Tissue.MUSCLE))
    flesh, bones = [], []
    for side in (1, -1):
        shoulder = mark.at("T2", 166 * side, -6)
        if raised:
            elbow, wrist = mark.head(40, 178 * side, 30), mark.head(150, float(rng.uniform(40, 120)) * side, 40)
        else:
            x, y, z = mark.at("L2", 0, 10)
            gap = (float(trunk.half_x.max()) + float(rng.uniform(34, 60)) * size) * side
            elbow, wrist = (x + gap, y + 10, z), (x + gap, y - 20, mark.at("S5", 0, 0)[2])
        flesh.append(tube([shoulder, elbow, wrist], [46 * bulk, 40 * bulk + rim / 3, 28 * bulk], layers))
        bones.append(tube([shoulder, elbow], [13 * bulk, 10.5 * bulk], BONE))
        bones.append(tube([elbow, (wrist[0] + 10, wrist[1], wrist[2])], 7 * bulk, BONE))
        bones.append(tube([elbow, (wrist[0] - 12, wrist[1] + 8, wrist[2])], 6 * bulk, BONE))
    return Arms(flesh=tuple(flesh), bones=tuple(bones))


def paint_arms(ground: Ground, arms: Arms, depth: FloatArray) -> None:
    """Arms outside the skin; the humerus reaches into the shoulder."""
    if any(_in_view(ground, shape) for shape in arms.flesh):
        ground.paint(arms.flesh, where=depth < 0)
        ground.paint(arms.bones)


def _in_view(ground: Ground, shape: Shape) -> bool:
    return ground.block(*shape.bounds) is not None


def paint_wall(ground: Ground, depth: FloatArray, fat_mm: float, *, cage: FloatArray, where: Mask, belly: Mask) -> None:
    """Muscle between the subcutaneous fat and the inside: flat layers at the belly, thick ones around the chest.

    Parameters
    ----------
    depth : (slices, rows, columns) [mm]
        Below the skin.
    cage : (slices, rows, columns)
        Gauge of the rib cage.
    where, belly : (slices, rows, columns)
        Chest; belly, where the wall is three layers around the side and one in front.
    """
    tissue = ground.tissue
    under = depth - np.float32(fat_mm) + np.float32(1.2) * ground.blob
    around = (under > 0) & (cage > 0.945) & where
    planes = np.abs(ground.field + 0.35 * ground.blob) < 0.07
    tissue[around] = Tissue.MUSCLE
    tissue[around & planes & (cage > 1.06)] = Tissue.FAT
    flank = (under > 0) & (under < 15) & belly
    tissue[flank] = Tissue.MUSCLE
    tissue[flank & ((np.abs(under - 5) < 0.5) | (np.abs(under - 10) < 0.5))] = Tissue.FAT


def paint_skin(ground: Ground, depth: FloatArray, fat_mm: float) -> None:
    """Subcutaneous fat with its septa and vessels, skin, and the air outside."""
    tissue = ground.tissue
    septa = (np.abs(ground.rough) < 0.03) & (depth > 2) & (depth < 0.8 * fat_mm) & (tissue == Tissue.FAT)
    tissue[septa] = Tissue.LIGAMENT
    tissue[depth < 2.0] = Tissue.SKIN
    tissue[depth < 0] = Tissue.AIR


def paint_couch(ground: Ground, depth: FloatArray, couch: Couch) -> None:
    """Two shells of the table behind the body, and a blanket over it; MR shows neither."""
    x, y = ground.place[0] - np.float32(couch.middle_mm), ground.place[1]
    outside = depth < 0
    if ground.high[1] > couch.top_mm - couch.rise_mm - 2:
        surface = y - np.float32(couch.top_mm) + np.float32(couch.rise_mm / couch.half_mm**2) * x * x
        shells = (surface > 0) & (surface < couch.shell_mm)
        shells |= (surface > couch.depth_mm) & (surface < couch.depth_mm + couch.shell_mm)
        ground.tissue[shells & outside & (np.abs(x) < couch.half_mm)] = Tissue.TABLE
    if couch.blanket_mm > 0:
        cover = outside & (depth > -6 - couch.blanket_mm) & (depth < -6 + 3 * ground.field) & (y < couch.top_mm - 60)
        ground.tissue[cover] = Tissue.TABLE
