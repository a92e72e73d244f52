"""Tests of spineseg.evaluation.drawn_cases."""

from __future__ import annotations

from collections import Counter

import pytest

from spineseg.domain.volume import SeriesRole, spacing_mm
from spineseg.evaluation.drawn_cases import DrawnCase, drawn_case


@pytest.fixture(scope="module")
def sixty() -> list[DrawnCase]:
    """The studies that docs/validation.md speaks of."""
    return [drawn_case(number) for number in range(60)]


def test_sixty_studies_hold_every_grade_ten_times_over_the_whole_cord(sixty):
    """Ten of each grade, each at ten levels; both ends of the range are among them; a CT in ten."""
    grades = Counter(case.lesion.grade for case in sixty)
    assert set(grades.values()) == {10}
    assert len({(case.lesion.grade, case.lesion.level) for case in sixty}) == 60
    assert {"C3", "L1"} <= {case.lesion.level for case in sixty}
    assert sum(any(one.role is SeriesRole.CT for one in case.study.protocols) for case in sixty) == 10


def test_the_axial_stack_has_the_drawn_voxels(sixty):
    """Pixels and distance of slices are those that the card names."""
    for case in sixty[:3]:
        (stack,) = (one for one in case.study.protocols if one.role is SeriesRole.AXIAL_T2)
        assert spacing_mm(stack.grid).round(2).tolist() == [case.spacing_mm, case.in_plane_mm, case.in_plane_mm]


def test_truth_widens_only_to_the_neighbouring_grade(sixty):
    """The built grade is one of the true ones."""
    assert all(case.lesion.grade in (case.low, case.high) for case in sixty)
