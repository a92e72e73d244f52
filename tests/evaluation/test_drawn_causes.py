"""Tests of spineseg.evaluation.drawn_causes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spineseg.anatomy import describe_spine
from spineseg.domain.anatomy import SpineAnatomy
from spineseg.domain.escc import EsccGrade
from spineseg.domain.labels import CSF, SPINAL_CORD
from spineseg.domain.volume import like
from spineseg.evaluation.drawn_causes import Cause, Structure, find_causes, with_true
from spineseg.evaluation.drawn_study import SegmentedStudy


@pytest.fixture(scope="module")
def without_cord(small_study: SegmentedStudy) -> SpineAnatomy:
    """The true masks with the cord lost on the lesion's slices, as networks lose it under a tumour."""
    truth = small_study.truth
    labels = truth.anatomy.array.copy()
    lost = (truth.lesions.array > 0).any(axis=(1, 2))[:, None, None] & (labels == SPINAL_CORD)
    labels[lost] = CSF
    return describe_spine(replace(truth, anatomy=like(truth.anatomy, labels)))


def test_a_lost_cord_is_found_to_be_the_cause(small_study: SegmentedStudy, without_cord: SpineAnatomy):
    """Only the true cord mends the grade."""
    two = (EsccGrade.G2, EsccGrade.G2)
    assert find_causes(without_cord, small_study.truth, two) == (Cause.CORD,)


def test_a_grade_that_true_masks_do_not_give_is_the_gradings(small_study: SegmentedStudy):
    """With true masks and a truth that was never built nothing helps."""
    whole = describe_spine(small_study.truth)
    assert find_causes(whole, small_study.truth, (EsccGrade.G0, EsccGrade.G0)) == (Cause.GRADING,)


def test_structures_are_replaced_and_stay_nested(small_study: SegmentedStudy, without_cord: SpineAnatomy):
    """The true cord comes back voxel for voxel; the sac and the canal are as they were."""
    mended = with_true(without_cord, small_study.truth, {Structure.CORD}).segmentation.anatomy.array
    truth, before = small_study.truth.anatomy.array, without_cord.segmentation.anatomy.array

    assert np.array_equal(mended == SPINAL_CORD, truth == SPINAL_CORD)
    assert np.array_equal(Structure.SAC.mask(mended), Structure.SAC.mask(before))
    assert np.array_equal(Structure.CANAL.mask(mended), Structure.CANAL.mask(truth))
