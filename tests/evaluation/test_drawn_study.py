"""Tests of spineseg.evaluation.drawn_study."""

from __future__ import annotations

import numpy as np
import pytest

from spineseg.domain.volume import SeriesRole, spacing_mm, to_patient, voxel_volume_mm3
from spineseg.evaluation.drawn_study import DrawnOn, SegmentedStudy


def test_the_anatomy_knows_nothing_of_the_lesion(small_study: SegmentedStudy):
    """No lesion in any mask before one is given, and the truth of the axial series has it."""
    assert not any(one.lesions.array.any() for one in small_study.masks)
    assert small_study.truth.lesions.array.any()
    assert small_study.volumes[small_study.axial].role is SeriesRole.AXIAL_T2


@pytest.mark.parametrize("drawn_on", list(DrawnOn))
def test_the_mask_is_one_lesion_at_one_place_on_every_grid(small_study: SegmentedStudy, drawn_on: DrawnOn):
    """Volume within 15 % and middle within 2 mm of the axial mask's; no frame of reference, as in an image file."""
    mask, axial = small_study.lesion_mask(drawn_on), small_study.lesion_mask(DrawnOn.AXIAL)
    (own, other) = (np.argwhere(one.array) for one in (mask, axial))

    assert len(own) * voxel_volume_mm3(mask) == pytest.approx(len(other) * voxel_volume_mm3(axial), rel=0.15)
    distance = np.linalg.norm(to_patient(mask, own).mean(axis=0) - to_patient(axial, other).mean(axis=0))
    assert distance < 2.0
    assert mask.frame_of_reference_uid is None


def test_the_isotropic_grid_has_cubes_of_a_millimetre(small_study: SegmentedStudy):
    """Another lattice than that of any series."""
    assert spacing_mm(small_study.lesion_mask(DrawnOn.ISOTROPIC)).tolist() == [1.0, 1.0, 1.0]
