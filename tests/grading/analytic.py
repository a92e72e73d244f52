"""Grid + grade -> Segmentation: a spine of ellipses and boxes whose ESCC is known by construction.

Independent of `spineseg.phantom`: its formulas are few enough to be checked by hand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.labels import (
    CSF,
    DISC_OFFSET,
    EPIDURAL_SPACE,
    POSTERIOR_ELEMENTS,
    SPINAL_CANAL,
    SPINAL_CORD,
    UNNAMED_OFFSET,
    VERTEBRAL_BODY,
)
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import Modality, SeriesRole, make_grid

FRAME = "1.2.826.0.1.3680043.8.498.1"
ALGORITHM = AlgorithmIdentity(name="analytic", version="1", segmenter="truth")
PITCH_MM = 25.0  # vertebra and disc
BODY_MM = 20.0
MIDDLE_NUMBER = 5  # the vertebra at the origin is V5
GRADES = ("0", "1a", "1b", "1c", "2", "3")
AXIAL_SHAPE = (35, 124, 100)

# Half-axes (left-right, AP) and middle of the canal's contents [mm]; the canal's own middle is 0.
CANAL, SAC, CORD, CORD_V = (11.0, 9.5), (9.0, 6.5), (6.0, 3.5), 0.8
# Where the tumour's posterior face lies (mm behind the canal's middle) at each grade; the cord's front is at -2.7.
FRONT_MM = {"1b": -4.1, "1c": -2.7, "2": -0.6, "3": 0.8}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What stands in the canal.

    Parameters
    ----------
    grade
        "0" to "3", "idem", "im" or "none".
    bend_mm
        Sideways amplitude of a scoliosis over 200 mm.
    """

    grade: str = "none"
    half_length_mm: float = 12.0
    middle_z_mm: float = 0.0
    bend_mm: float = 0.0
    conus_z_mm: float = -1000.0
    undivided: bool = False


def axial_affine(
    *,
    spacing: tuple[float, float, float] = (3.0, 0.6, 0.6),
    shape: tuple[int, int, int] = AXIAL_SHAPE,
    tilt_deg: float = 0.0,
) -> NDArray[np.float64]:
    """Affine of an axial stack around the origin, columns to the left, rows to posterior, slices to the head."""
    angle = np.deg2rad(tilt_deg)
    columns = np.stack(
        [
            [0.0, np.sin(angle), np.cos(angle)],
            [0.0, np.cos(angle), -np.sin(angle)],
            [1.0, 0.0, 0.0],
        ],
        axis=1,
    ) * np.asarray(spacing)
    affine = np.eye(4)
    affine[:3, :3] = columns
    affine[:3, 3] = -columns @ ((np.asarray(shape) - 1) / 2.0)
    return affine


def segment(
    spec: Spec,
    affine: NDArray[np.float64] | None = None,
    shape: tuple[int, int, int] = AXIAL_SHAPE,
    *,
    role: SeriesRole = SeriesRole.AXIAL_T2,
    modality: Modality = Modality.MR,
    series: str = "1.2.3",
) -> Segmentation:
    """True masks on a grid; the default is an axial stack of 105 mm, 0.6 x 0.6 x 3 mm."""
    affine = axial_affine(shape=shape) if affine is None else affine
    index = np.moveaxis(np.indices(shape, dtype=np.float64), 0, -1)
    x, y, z = np.moveaxis(index @ affine[:3, :3].T + affine[:3, 3], -1, 0)
    at = _Points(u=x - spec.bend_mm * np.sin(2 * np.pi * z / 200), v=y, z=z)
    anatomy, subregions, lesions = (np.zeros(shape, dtype=np.uint8) for _ in range(3))
    _paint_bone(anatomy, subregions, at)
    _paint_canal(anatomy, lesions, spec, at)
    return Segmentation(
        anatomy=make_grid(anatomy, affine, FRAME), subregions=make_grid(subregions, affine, FRAME),
        lesions=make_grid(lesions, affine, FRAME), modality=modality, role=role, series_instance_uid=series,
        algorithm=ALGORITHM,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Points:
    """Voxel centres: to the left of the canal's middle, behind it, and to the head [mm]."""

    u: NDArray[np.float64]
    v: NDArray[np.float64]
    z: NDArray[np.float64]

    def within(self, half: tuple[float, float], middle: float = 0.0, left: float = 0.0) -> NDArray[np.bool_]:
        """Inside an ellipse of these half-axes."""
        return ((self.u - left) / half[0]) ** 2 + ((self.v - middle) / half[1]) ** 2 < 1


def _paint_bone(anatomy: NDArray[np.uint8], subregions: NDArray[np.uint8], at: _Points) -> None:
    level = np.round(-at.z / PITCH_MM).astype(int)  # 0 at the origin, growing to caudal
    height = np.abs(at.z + level * PITCH_MM) < BODY_MM / 2
    number = UNNAMED_OFFSET + MIDDLE_NUMBER + level
    front = at.v < -CANAL[1]
    body = height & (np.abs(at.u) < 15) & front & (at.v > -CANAL[1] - 24)
    arch = height & at.within((15.0, 14.0), 1.0) & ~front
    disc = ~height & (np.abs(at.u) < 14) & front & (at.v > -CANAL[1] - 23)
    anatomy[disc] = (DISC_OFFSET + UNNAMED_OFFSET + MIDDLE_NUMBER + np.floor(-at.z / PITCH_MM).astype(int))[disc]
    for part, value in ((arch, POSTERIOR_ELEMENTS), (body, VERTEBRAL_BODY)):
        anatomy[part] = number[part]
        subregions[part] = value


def _paint_canal(anatomy: NDArray[np.uint8], lesions: NDArray[np.uint8], spec: Spec, at: _Points) -> None:
    canal, sac = at.within(CANAL), at.within(SAC)
    cord = at.within(CORD, CORD_V) & (at.z > spec.conus_z_mm)
    here = np.abs(at.z - spec.middle_z_mm) < spec.half_length_mm
    bone = here & (np.abs(at.u) < 12) & (at.v < -CANAL[1]) & (at.v > -CANAL[1] - 15) & (anatomy > 0)
    tumour = np.zeros(canal.shape, dtype=bool)
    if spec.grade in FRONT_MM:
        tumour = canal & here & (at.v < FRONT_MM[spec.grade])
        if spec.grade == "3":
            tumour = canal & here & ~(cord & (at.v >= FRONT_MM["3"]))
    elif spec.grade == "1a":
        tumour = canal & here & ~sac & (at.v < -3)
    inside = np.zeros_like(tumour)
    if spec.grade == "idem":
        inside = here & at.within((4.5, 4.5), 0.5, 4.0)
        cord = np.where(here, at.within((4.2, 3.6), CORD_V, -4.0), cord) & ~inside
    elif spec.grade == "im":
        inside = here & at.within((4.5, 2.8), CORD_V)
        cord = np.where(here, at.within((7.0, 4.6), CORD_V), cord)
    anatomy[canal] = EPIDURAL_SPACE
    anatomy[sac & ~tumour] = CSF
    anatomy[cord & ~tumour] = SPINAL_CORD
    if spec.undivided:
        anatomy[canal] = SPINAL_CANAL
    lesions[tumour | inside | (bone & (spec.grade in GRADES))] = 1
