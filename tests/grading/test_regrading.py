from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spineseg.domain.escc import ESCC_RANK, EsccGrade
from spineseg.grading.escc_rules import EsccThresholds
from spineseg.grading.regrading import Regrading, regrade
from tests.grading.analytic import Spec
from tests.grading.views import masks_of, view_in, view_of


def regraded(view) -> Regrading:
    """All planes of a view."""
    return regrade(view, EsccThresholds(pixel_mm=view.sampling.in_plane_mm))


def over_all(one: Regrading):
    """Grade of all planes."""
    return one.over(np.ones(len(one.ranks), dtype=bool))


@pytest.mark.parametrize("grade", ["1a", "1c", "3"])
def test_the_grade_of_all_planes_is_that_of_the_lesion(grade):
    """All planes together have the grade as built, inside an interval, below or at the highest single plane."""
    found = over_all(regraded(view_of(Spec(grade=grade))))
    assert found.point == ESCC_RANK[EsccGrade(grade)]
    assert found.low <= found.point <= found.any_plane <= found.high


def test_some_planes_are_never_graded_higher_than_all():
    """A part of the planes has no higher point and no higher end than the whole, and no lower low end is hidden."""
    one = regraded(view_of(Spec(grade="2")))
    whole, half = over_all(one), one.over(np.arange(len(one.ranks)) < len(one.ranks) // 2)
    assert half.point <= whole.point
    assert half.high <= whole.high


def test_outlines_coarser_than_the_grid_widen_both_ends():
    """The same masks as of a network that works at 1.5 mm: a grade more at each end, also over some planes alone."""
    masks = masks_of(Spec(grade="1b"))
    sure, coarse = (regraded(view_in(replace(masks, outline_mm=mm))) for mm in (0.0, 1.5))
    assert (sure.doubt, coarse.doubt) == (0, 1)
    first = np.arange(len(coarse.ranks)) < 3
    for planes in (first, ~first):
        assert coarse.over(planes).low <= sure.over(planes).low - 1
        assert coarse.over(planes).high >= sure.over(planes).high + 1
