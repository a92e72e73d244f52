"""Phantom cases -> rows: grades of known cases on the grid of their axial T2, and on that grid turned and mirrored.

`run_battery` is also what the documentation's table is made from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from spineseg.anatomy import describe_spine
from spineseg.domain.escc import ESCC_RANK, EsccGrade
from spineseg.domain.findings import Findings, LesionFinding
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import LabelMap, Modality, SeriesRole, Volume, make_grid
from spineseg.grading import grade_spine
from spineseg.phantom.cases import make_case
from spineseg.phantom.rasterize import Phantom
from spineseg.phantom.segmenter import TruthSegmenter

LEVELS = ("c5", "t7", "t12")  # a cervical, a thoracic and a thoracolumbar level above the conus
GRADES = tuple(grade.value for grade in ESCC_RANK)
_SPACING_MM = (3.0, 0.6, 0.6)
_SHAPE = (26, 170, 130)  # 78 mm along the canal, 102 x 78 mm across: the case's own axial T2, cropped
_FRAME = "1.2.826.0.1.3680043.8.498.7"


class Placement(StrEnum):
    """How the stack lies in the scanner."""

    AXIAL = "axial"
    MIRRORED = "mirrored"  # the patient's left and right swapped
    REVERSED = "reversed slices"
    FEET_FIRST = "feet first"  # rows, columns and slices all run the other way
    OBLIQUE = "oblique 20 degrees"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryRow:
    """One graded case."""

    level: str
    grade: str
    placement: Placement
    seed: int
    lesion: LesionFinding

    @property
    def right(self) -> bool:
        """Whether the point grade is the true one."""
        return self.lesion.escc.point.value == self.grade

    @property
    def contained(self) -> bool:
        """Whether the interval holds the true grade."""
        low, high = (ESCC_RANK[end] for end in (self.lesion.escc.low, self.lesion.escc.high))
        return low <= ESCC_RANK[EsccGrade(self.grade)] <= high


def run_battery(
    *,
    levels: Sequence[str] = LEVELS,
    grades: Sequence[str] = GRADES,
    placements: Sequence[Placement] = tuple(Placement),
    seeds: Sequence[int] = (0,),
) -> tuple[BatteryRow, ...]:
    """Grade every case in every placement."""
    return tuple(
        BatteryRow(level=level, grade=grade, placement=placement, seed=seed, lesion=_graded(segmentation).lesions[0])
        for level in levels
        for grade in grades
        for seed in seeds
        for placement, segmentation in segment_case(f"escc-{grade}-{level}", placements, seed).items()
    )


def _graded(segmentation: Segmentation) -> Findings:
    return grade_spine(describe_spine(segmentation), study_instance_uid="1.2.3")


def segment_case(name: str, placements: Sequence[Placement], seed: int = 0) -> dict[Placement, Segmentation]:
    """True masks of one case, vertebrae unnamed as a network leaves them, on the grid of each placement."""
    case = make_case(name, seed)
    spine = case.phantom.spine
    s = case.phantom.lesions[0].s if case.phantom.lesions else spine.level_s("T8")
    node = int(spine.curve.node(np.array([s], dtype=np.float32))[0])
    middle, tangent = spine.curve.to_patient(s), spine.curve.tangent[:, node].astype(np.float64)
    straight: Segmentation | None = None
    masks = {}
    for placement in placements:
        if placement is Placement.OBLIQUE:
            masks[placement] = true_masks(case.phantom, _affine(middle, tangent, tilt_deg=20.0), _SHAPE)
            continue
        straight = straight or true_masks(case.phantom, _affine(middle, tangent), _SHAPE)
        masks[placement] = _placed(straight, placement)
    return masks


def true_masks(
    phantom: Phantom,
    affine: NDArray[np.float64],
    shape: tuple[int, int, int],
    *,
    modality: Modality = Modality.MR,
    role: SeriesRole = SeriesRole.AXIAL_T2,
    series: str = "1.2.3.4",
) -> Segmentation:
    """True masks of a phantom on a grid."""
    grid = make_grid(np.broadcast_to(np.float32(0), shape), affine, _FRAME)
    volume = Volume(image=grid, modality=modality, role=role, series_instance_uid=series)
    return TruthSegmenter(phantom)(volume)


def _placed(straight: Segmentation, placement: Placement) -> Segmentation:
    """The same voxels as another scan would have them: mirrored, or stored in another order."""
    flips = {Placement.REVERSED: (0,), Placement.FEET_FIRST: (0, 1, 2)}.get(placement, ())
    mirror = np.diag([-1.0 if placement is Placement.MIRRORED else 1.0, 1.0, 1.0, 1.0])

    def move(grid: LabelMap) -> LabelMap:
        affine = mirror @ grid.affine
        for axis in flips:
            affine[:3, 3] += (grid.spatial_shape[axis] - 1) * affine[:3, axis]
            affine[:3, axis] *= -1
        return make_grid(np.flip(grid.array, flips), affine, _FRAME)

    return replace(
        straight, anatomy=move(straight.anatomy), subregions=move(straight.subregions), lesions=move(straight.lesions)
    )


def _affine(middle: NDArray[np.float64], tangent: NDArray[np.float64], *, tilt_deg: float = 0.0) -> NDArray[np.float64]:
    """Stack across the canal, columns to the left, rows to posterior, slices to the head."""
    left = np.array([1.0, 0.0, 0.0]) - tangent[0] * tangent
    left /= np.linalg.norm(left)
    posterior = np.cross(left, tangent)
    axes = np.stack([-tangent, posterior, left], axis=1)
    cosine, sine = np.cos(np.deg2rad(tilt_deg)), np.sin(np.deg2rad(tilt_deg))
    axes[:, :2] = axes[:, :2] @ np.array([[cosine, -sine], [sine, cosine]])
    affine = np.eye(4)
    affine[:3, :3] = axes * np.asarray(_SPACING_MM)
    centre = np.asarray(middle) - 12 * posterior  # bodies lie in front of the canal
    affine[:3, 3] = centre - affine[:3, :3] @ ((np.asarray(_SHAPE) - 1) / 2)
    return affine
