"""Masks of this study and of the prior one -> their lesions in one patient space, and which places were in view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.domain.findings import Findings
from spineseg.domain.prior import PriorMasks, PriorStudy
from spineseg.domain.quality import QualityCode
from spineseg.domain.rigid import move_grid
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import LabelMap, make_grid, sample_at, to_index, to_patient, voxel_volume_mm3
from spineseg.grading.landmarks import relate

_MOST_POINTS = 5000  # voxels of a lesion that are looked up; more change a share by less than 1 %
# Small lesions whose middles are so near are one, whatever their outlines: contours differ by a voxel or two. [P]
_NEAR_MM = 5.0
# Faces of voxels overestimate the surface of a ball by the mean of |x| + |y| + |z| of its normals, 3/2.
_STAIRCASE = 1.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LesionPlace:
    """One lesion's mask in the common space.

    Parameters
    ----------
    mask : (slice, row, column) uint8
        Cropped to the lesion, with an empty border.
    points : (N, 3) [mm, LPS]
        Its voxel centres, thinned out.
    """

    mask: LabelMap
    points: NDArray[np.float64]

    @property
    def centre_mm(self) -> NDArray[np.float64]:
        """Mean of the points: (3,) [mm, LPS]."""
        return np.asarray(self.points.mean(axis=0))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Space:
    """Both studies in the patient space of this one.

    Parameters
    ----------
    known
        Whether the prior study's patient space is related to this one.
    residual_mm
        0 where both share a frame of reference.
    now, before
        Lesions by Tracking UID; `before` is empty where the spaces are not related.
    views, prior_views
        Grids of this study's series that lesions were looked for in, and of the prior anatomy.
    """

    known: bool
    residual_mm: float
    now: Mapping[str, LesionPlace]
    before: Mapping[str, LesionPlace]
    views: tuple[LabelMap, ...] = ()
    prior_views: tuple[LabelMap, ...] = ()

    @property
    def slack_mm(self) -> float:
        """Distance of two middles that may still be one lesion [mm]."""
        return _NEAR_MM + self.residual_mm

    def current_view_share(self, place: LesionPlace) -> float:
        """Greatest share of a place that one series of this study shows."""
        return max((_inside(grid, place) for grid in self.views), default=0.0)

    def prior_view_share(self, place: LesionPlace) -> float:
        """Greatest share of a place that one series of the prior study showed."""
        return max((_inside(grid, place) for grid in self.prior_views), default=0.0)


def common_space(findings: Findings, segmentations: Sequence[Segmentation], prior: PriorStudy) -> Space:
    """Lesions of both studies in the patient space of this one's first series that can be related."""
    by_series = {one.series_instance_uid: one for one in reversed(segmentations)}
    now = {
        lesion.tracking_uid: place_of(by_series[lesion.series_instance_uid].lesions, lesion.number)
        for lesion in findings.lesions
        if lesion.series_instance_uid in by_series
    }
    before = [one for one in prior.masks if one.anatomy is not None]
    for frame in dict.fromkeys(one.anatomy.frame_of_reference_uid for one in segmentations):
        own = [one for one in segmentations if one.anatomy.frame_of_reference_uid == frame]
        for earlier in dict.fromkeys(_frame(one) for one in before):
            masks = [one for one in before if _frame(one) == earlier]
            related = relate([one.anatomy for one in masks if one.anatomy], [one.anatomy for one in own])
            if related is None:
                continue
            rigid, residual_mm = related
            places = {
                uid: place_of(move_grid(one.lesions, rigid, frame), number)
                for one in reversed(masks)
                if one.lesions is not None
                for number, uid in one.tracking_uids.items()
            }
            return Space(
                known=True, residual_mm=residual_mm, now=now, before=places,
                views=tuple(one.lesions for one in own if _looked_for_lesions(one, findings)),
                prior_views=tuple(move_grid(one.anatomy, rigid, frame) for one in masks if one.anatomy),
            )  # fmt: skip
    return Space(known=False, residual_mm=0.0, now=now, before={})


def place_of(lesions: LabelMap, number: int) -> LesionPlace:
    """Mask and points of one lesion."""
    box = ndimage.find_objects(lesions.array, max_label=number)[number - 1]
    mask = np.pad((lesions.array[box] == number).astype(np.uint8), 1)
    corner = np.array([side.start - 1 for side in box])
    part = _cropped(lesions, mask, corner)
    index = np.argwhere(mask)
    return LesionPlace(mask=part, points=to_patient(part, index[:: max(1, len(index) // _MOST_POINTS)]))


def overlap(one: LesionPlace, other: LesionPlace) -> float:
    """Share of the smaller lesion that lies in the other."""
    inside = (sample_at(other.mask, one.points, order=0), sample_at(one.mask, other.points, order=0))
    return float(max(np.mean(values != 0) for values in inside))


def volume_doubt_mm3(place: LesionPlace) -> float:
    """Half a voxel on both sides of the outline: each face of the mask counts for half a voxel [mm³].

    It is the lesion's surface times half the voxel's size across it, on any grid.
    """
    mask = place.mask.array.astype(np.int8)
    faces = sum(int(np.count_nonzero(np.diff(mask, axis=axis))) for axis in range(3))
    return faces * 0.5 * voxel_volume_mm3(place.mask) / _STAIRCASE


def _cropped(grid: LabelMap, part: NDArray[np.uint8], corner: NDArray[np.intp]) -> LabelMap:
    affine = np.asarray(grid.affine, dtype=np.float64).copy()
    affine[:3, 3] = to_patient(grid, corner)
    return make_grid(part, affine, grid.frame_of_reference_uid)


def _frame(masks: PriorMasks) -> str | None:
    return None if masks.anatomy is None else masks.anatomy.frame_of_reference_uid


def _looked_for_lesions(segmentation: Segmentation, findings: Findings) -> bool:
    uid = segmentation.series_instance_uid
    notes = (*segmentation.quality, *(note for note in findings.quality if note.series_instance_uid == uid))
    return not any(note.code is QualityCode.LESIONS_NOT_ASSESSED for note in notes)


def _inside(grid: LabelMap, place: LesionPlace) -> float:
    index = to_index(grid, place.points)
    upper = np.asarray(grid.spatial_shape) - 0.5
    return float(np.mean(np.all((index >= -0.5) & (index < upper), axis=-1)))
