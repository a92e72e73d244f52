"""Landmarks + seed -> iliac bones, hips, pubis and pelvic organs; the muscles around them painted.

Places are in the frame of `Landmarks.pelvis`: left, posterior and up from the middle of S1's end plate [mm at size 1].
The hip joints lie some 10 cm below and 2 cm in front of it, the crests at L4 (Vialle et al., J Bone Joint Surg
Am 2005;87:260 for incidence and tilt; the other places read off CT [P]).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.volume import FloatArray
from spineseg.phantom.ground import BONE, Block, Ground, Point, Shape, ball, tube
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.trunk import Landmarks, pelvic_turn

Mask = NDArray[np.bool_]

# Outline of the iliac bone from the side (posterior, up) and how far lateral its plate lies there [mm].
_PLATE = (
    (74, -38, 42), (68, 4, 56), (36, 36, 96), (0, 44, 122), (-38, 26, 127), (-64, -20, 118), (-54, -52, 104),
    (-42, -100, 88), (0, -100, 82), (28, -74, 64), (58, -68, 50),
)  # fmt: skip
# Places on the plate, the last column their weight: at the joint it must meet the sacrum.
_ON_PLATE = ((22, -20, 59, 3), (40, -36, 53, 3), (56, -44, 48, 3), (10, -8, 68, 2), (-20, -20, 106, 1))
_MIDDLE = (2.0, -28.0)  # the outline is a star around this place (posterior, up)
_ANGLES = 72


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HipPlate:
    """Iliac bone as a curved plate: lateral place as a polynomial of (posterior, up), outline by direction.

    Parameters
    ----------
    origin : [mm, LPS]
        Middle of S1's end plate.
    turn
        Cosine and sine of the pelvis' turn.
    size
        Factor of all lengths.
    lateral : (6,)
        Of 1, y, z, y², yz, z².
    reach : (72,)
        Radius of the outline [mm at size 1].
    """

    origin: Point
    turn: tuple[float, float]
    size: float
    lateral: NDArray[np.float64]
    reach: FloatArray

    def frame(self, ground: Ground, block: Block) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Side, posterior and up of the voxels of a block [mm at size 1]."""
        scale = np.float32(1 / self.size)
        x, y, z = ((ground.place[k][block] - np.float32(self.origin[k])) * scale for k in range(3))
        cosine, sine = np.float32(self.turn[0]), np.float32(self.turn[1])
        return np.abs(x), y * cosine - z * sine, y * sine + z * cosine

    def plate_mm(self, y: FloatArray, z: FloatArray) -> FloatArray:
        """How far lateral the plate lies [mm at size 1]."""
        c = self.lateral.astype(np.float32)
        lateral: FloatArray = c[0] + y * (c[1] + c[3] * y + c[4] * z) + z * (c[2] + c[5] * z)
        return lateral

    def inside_mm(self, y: FloatArray, z: FloatArray) -> FloatArray:
        """Distance from the outline [mm at size 1], positive inside."""
        back, up = y - np.float32(_MIDDLE[0]), z - np.float32(_MIDDLE[1])
        sector = (np.arctan2(up, back) * np.float32(_ANGLES / (2 * np.pi))).astype(np.int32) % _ANGLES
        inside: FloatArray = self.reach.take(sector) - np.hypot(back, up)
        return inside


def make_plate(mark: Landmarks) -> HipPlate:
    """The iliac bones of a patient."""
    table = np.array(_PLATE, dtype=np.float64)
    y, z, lateral, weight = np.vstack([np.column_stack([table, np.ones(len(table))]), _ON_PLATE]).T
    terms = np.stack([np.ones_like(y), y, z, y * y, y * z, z * z], axis=1)
    angle = np.arctan2(table[:, 1] - _MIDDLE[1], table[:, 0] - _MIDDLE[0])
    radius = np.hypot(table[:, 1] - _MIDDLE[1], table[:, 0] - _MIDDLE[0])
    order = np.argsort(angle)
    # Sector k of `inside_mm` truncates towards zero; half a sector is less than the outline's unevenness.
    sectors = np.arange(_ANGLES) * 2 * np.pi / _ANGLES
    sectors = np.where(sectors > np.pi, sectors - 2 * np.pi, sectors)
    return HipPlate(
        origin=mark.pelvis(0, 0, 0),
        turn=pelvic_turn(mark.spine),
        size=mark.size,
        lateral=np.linalg.lstsq(terms * weight[:, None], lateral * weight, rcond=None)[0],
        reach=np.interp(sectors, angle[order], radius[order], period=2 * np.pi).astype(np.float32),
    )


def draw_pelvic_organs(rng: np.random.Generator, mark: Landmarks) -> tuple[Shape, ...]:
    """Bladder, uterus or prostate; the rectum comes with the bowel."""
    size = mark.size
    fill = float(rng.uniform(0.55, 1.15)) * size
    organ = (26 * size, 36 * size, 22 * size) if rng.random() < 0.5 else (22 * size, 17 * size, 17 * size)
    place = mark.pelvis(0, 0, -90) if organ[1] > organ[0] else mark.pelvis(0, -38, -128)
    bladder = mark.pelvis(float(rng.normal(0, 4)), -46, -100 + 14 * fill)
    return (
        ball(bladder, (40 * fill, 34 * fill, 32 * fill), ((0.0, Tissue.MUSCLE), (3.0, Tissue.FLUID)), uneven_mm=1.5),
        ball(place, organ, ((0.0, Tissue.SPLEEN), (0.55 * min(organ), Tissue.MUSCLE)), uneven_mm=1.5),
    )


def draw_hips(mark: Landmarks) -> tuple[Shape, ...]:
    """Hip joints, femora, ischia and pubis in the order in which they are painted."""
    size = mark.size
    shapes: list[Shape] = []
    for side in (1, -1):
        joint = mark.pelvis(88 * side, -22, -100)
        neck, shaft = mark.pelvis(128 * side, -8, -118), mark.pelvis(122 * side, -14, -300)
        spine_, tuber = mark.pelvis(58 * side, 14, -112), mark.pelvis(60 * side, 26, -168)
        symphysis = [mark.pelvis(8 * side, -74, -122), mark.pelvis(8 * side, -70, -146)]
        socket = mark.pelvis(82 * side, -20, -96)
        shapes += [
            ball(socket, (33 * size,) * 3, BONE),
            tube([mark.pelvis(74 * side, -42, -98), symphysis[0]], [12 * size, 8 * size], BONE),
            tube(symphysis, 9 * size, BONE),
            tube([symphysis[1], tuber], [7 * size, 9 * size], BONE),
            tube([socket, spine_, tuber], [18 * size, 12 * size, 17 * size], BONE),
            ball(mark.pelvis(44 * side, -40, -136), (14 * size, 20 * size, 17 * size), ((0.0, Tissue.MUSCLE),)),
            ball(joint, (27.5 * size,) * 3, ((0.0, Tissue.CARTILAGE),)),
            tube([joint, neck], [15 * size, 17 * size], BONE),
            tube([mark.pelvis(136 * side, -2, -104), neck, shaft], [14 * size, 18 * size, 14 * size], BONE),
            ball(joint, (24.5 * size,) * 3, BONE),
        ]
    middle = mark.pelvis(0, -73, -134)
    return (*shapes, ball(middle, (3 * size, 9 * size, 18 * size), ((0.0, Tissue.CARTILAGE),)))


def paint_hip_muscles(ground: Ground, plate: HipPlate, depth: FloatArray, fat_mm: float) -> None:
    """Gluteal, hip and thigh muscles outside the true pelvis, iliacus inside the plate; sheets of fat between them."""
    low, high = _box(plate, up=(-400.0, 48.0))
    block = ground.block(low, high)
    if block is None:
        return
    side, y, z = plate.frame(ground, block)
    lateral = plate.plate_mm(y.clip(-80, 70), z.clip(-110, 50))
    cavity = _cavity(side, y, z)
    outside = (side > lateral) & (z < 46)
    # In front the belly reaches down to the groin, which runs from the iliac spine to the pubis.
    groin = ((-10 - y) / 30).clip(0, 1) * (118 - side).clip(0, None)
    muscle = (z < -40 - 0.75 * groin) & (cavity > 1)
    muscle |= outside & (plate.inside_mm(y, z) > -16)
    # Gluteus maximus comes from the sacrum's back and runs outwards and down.
    muscle |= (y > 22) & (side > 3 + 0.06 * (y - 22)) & (z < -22 + 0.1 * side + 3 * ground.blob[block])
    muscle |= outside & (y > 0) & (z < 12 - 0.22 * side)
    # Multifidus fills the hollow between the posterior spines.
    muscle |= (np.hypot((side - 17) / 25, (y - 60) / 30) < 1) & (z < 30) & (z > -75)
    # Iliacus: some 15 mm on the inside of the wing.
    muscle |= (side > lateral - 16) & (z < 30) & (z > -80) & (y < 10) & (y > -62)
    # Piriformis from the sacrum's front through the notch.
    muscle |= (np.hypot(y - 22 + 0.1 * side, z + 74 + 0.2 * side) < 11) & (side > 18)
    inner = muscle & (depth[block] > fat_mm)
    tissue = ground.tissue[block]
    tissue[inner] = Tissue.MUSCLE
    sheets = np.abs(ground.field[block] + 0.3 * ground.blob[block]) < 0.11
    tissue[inner & sheets] = Tissue.FAT


def _cavity(side: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
    """Gauge of the true pelvis: below 1 inside; narrower downwards, closed by its floor."""
    narrow = ((z + 60) / np.float32(-80)).clip(0, 1)
    across = side / (64 - 34 * narrow)
    along = (y + 22 + 10 * narrow) / (62 - 20 * narrow)
    gauge = np.hypot(across, along)
    cavity: FloatArray = np.where(z < 0.7 * side - 140, np.float32(2), gauge)
    return cavity


def paint_plate(ground: Ground, plate: HipPlate) -> None:
    """Iliac wings: thin in the middle, thick at crest, hip and sacroiliac joint."""
    low, high = _box(plate, up=(-110.0, 50.0))
    block = ground.block(low, high)
    if block is None:
        return
    side, y, z = plate.frame(ground, block)
    inside = plate.inside_mm(y, z)
    half = 4.2 + 4 * ((y - 14) / 30).clip(0, 1) + 7 * ((-z - 62) / 35).clip(0, 1) + 2.5 * ((9 - inside) / 9).clip(0, 1)
    # Towards the joint it reaches inwards until it meets the sacrum, which covers what is too much.
    inward = 10 * ((y + 4) / 10).clip(0, 1) * ((z + 64) / 12).clip(0, 1) * ((6 - z) / 12).clip(0, 1)
    beyond = side - plate.plate_mm(y, z)
    bone = np.minimum(np.minimum(half - beyond, half + inward + beyond), inside) * np.float32(plate.size)
    bone += np.float32(0.3) * ground.rough[block]
    tissue = ground.tissue[block]
    tissue[bone > 0] = Tissue.CORTEX
    tissue[bone > 1.5] = Tissue.MARROW_OTHER


def _box(plate: HipPlate, *, up: tuple[float, float]) -> tuple[Point, Point]:
    # Wide enough for any turn of the pelvis.
    x, y, z = plate.origin
    size = plate.size
    return (x - 190 * size, y - 150 * size, z + (up[0] - 20) * size), (
        x + 190 * size,
        y + 150 * size,
        z + (up[1] + 25) * size,
    )
