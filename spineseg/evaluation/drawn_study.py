"""DrawnCase + segmenter -> SegmentedStudy: series and masks of a study, and its lesion mask on several grids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from spineseg.domain.segmentation import Segmentation, Segmenter
from spineseg.domain.volume import (
    ImageGrid,
    LabelMap,
    SeriesRole,
    Volume,
    make_grid,
    resample,
    spacing_mm,
    to_index,
    to_patient,
)
from spineseg.evaluation.drawn_cases import DrawnCase
from spineseg.phantom.protocols import empty_grid
from spineseg.phantom.rasterize import label_maps
from spineseg.phantom.segmenter import TruthSegmenter
from spineseg.phantom.study import render_series
from spineseg.segmentation.manual import WithoutLesions

_OTHER_GRID_MM = 1.0
_MARGIN_MM = 5.0  # empty voxels around a mask of its own grid
_NEAR_MM = 75.0  # around a lesion's middle, so far as the axial stack of a phantom reaches at most


class DrawnOn(StrEnum):
    """Grid that the lesion mask is given on."""

    AXIAL = "axial T2"
    ISOTROPIC = "1 mm isotropic"  # the axial mask, resampled
    SAGITTAL = "sagittal T2"  # drawn there


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SegmentedStudy:
    """A study with its masks, before any lesion is given.

    Parameters
    ----------
    volumes, masks
        One a series, in the order of the study's protocols.
    truth
        Of the axial T2.
    sagittal_lesion : (slice, row, column)
        The true lesion on the voxels of the sagittal T2, cut to its neighbourhood.
    """

    case: DrawnCase
    volumes: tuple[Volume, ...]
    masks: tuple[Segmentation, ...]
    truth: Segmentation
    sagittal_lesion: LabelMap

    @property
    def axial(self) -> int:
        """Place of the axial T2 among the series."""
        return self.volumes.index(_of_role(self.volumes, SeriesRole.AXIAL_T2))

    def lesion_mask(self, drawn_on: DrawnOn) -> LabelMap:
        """The lesion as a person would have it in a file: 0 and 1, no frame of reference."""
        own = self.sagittal_lesion if drawn_on is DrawnOn.SAGITTAL else self.truth.lesions
        mask = make_grid((own.array > 0).astype(np.uint8), own.affine)
        return _isotropic(mask) if drawn_on is DrawnOn.ISOTROPIC else mask


def segment_study(case: DrawnCase, segmenter: Segmenter | None) -> SegmentedStudy:
    """Render the series of a study and segment their anatomy.

    Parameters
    ----------
    segmenter
        None takes the true anatomy.
    """
    volumes = tuple(render_series(case.study, protocol) for protocol in case.study.protocols)
    truth = TruthSegmenter(case.study.phantom)
    segment = WithoutLesions(truth if segmenter is None else segmenter)
    sagittal, axial = (_of_role(volumes, role) for role in (SeriesRole.SAGITTAL_T2, SeriesRole.AXIAL_T2))
    return SegmentedStudy(
        case=case, volumes=volumes, masks=tuple(segment(volume) for volume in volumes), truth=truth(axial),
        sagittal_lesion=_true_lesion_near(case, sagittal.image),
    )  # fmt: skip


def _of_role(volumes: Sequence[Volume], role: SeriesRole) -> Volume:
    return next(volume for volume in volumes if volume.role is role)


def _true_lesion_near(case: DrawnCase, image: ImageGrid) -> LabelMap:
    """The lesion on the voxels of a sagittal stack, in the rows and columns around it."""
    centre = to_index(image, case.study.phantom.spine.curve.to_patient(case.lesion.s))
    upper = np.asarray(image.spatial_shape)
    half = np.array([float(upper[0]), *(_NEAR_MM / spacing_mm(image)[1:])])
    first, last = (np.clip(np.rint(centre + side * half), 0, upper).astype(int) for side in (-1, 1))
    affine = np.array(image.affine)
    affine[:3, 3] = to_patient(image, first)
    slices, rows, columns = (int(count) for count in last - first)
    return label_maps(case.study.phantom, empty_grid((slices, rows, columns), affine)).lesions


def _isotropic(mask: LabelMap) -> LabelMap:
    """A mask on cubes along the patient's axes, nearest voxels."""
    at = to_patient(mask, np.argwhere(mask.array))
    low, high = at.min(axis=0) - _MARGIN_MM, at.max(axis=0) + _MARGIN_MM
    slices, rows, columns = (int(count) for count in np.ceil((high - low) / _OTHER_GRID_MM) + 1)
    affine = np.diag([_OTHER_GRID_MM, _OTHER_GRID_MM, _OTHER_GRID_MM, 1.0])
    affine[:3, 3] = low
    return resample(mask, make_grid(np.zeros((slices, rows, columns), dtype=np.uint8), affine), order=0)
