"""Tests of spineseg.evaluation.graded_case."""

from __future__ import annotations

import pytest

from spineseg.domain.escc import EsccGrade
from spineseg.evaluation.graded_case import GradedCase


def case(true: tuple[str, str], found: tuple[str, str, str]) -> GradedCase:
    """True grades, and the reported low, point and high."""
    (low, point, high), (true_low, true_high) = map(EsccGrade, found), map(EsccGrade, true)
    return GradedCase(true_low=true_low, true_high=true_high, low=low, point=point, high=high, reason=None)


@pytest.mark.parametrize(
    ("true", "found", "exact", "distance"),
    [
        (("1a", "1b"), ("1a", "1b", "1b"), True, 0),
        (("1c", "1c"), ("1b", "2", "2"), False, 1),
        (("3", "3"), ("1b", "1c", "2"), False, 2),
    ],
)
def test_exactness_and_distance_count_from_the_nearest_true_grade(true, found, exact, distance):
    """Either of two true grades is exact; else grades to the nearer one."""
    assert (case(true, found).exact, case(true, found).distance) == (exact, distance)


def test_a_withheld_grade_is_not_exact_though_its_interval_holds():
    """Silence is no hit."""
    withheld = case(("1c", "1c"), ("1b", "undetermined", "2"))
    assert withheld.holds
    assert not withheld.answered
    assert not withheld.exact


def test_truth_names_both_grades_at_a_limit():
    """One name where one is true."""
    assert case(("1a", "1b"), ("0", "0", "0")).truth == "1a or 1b"
    assert case(("3", "3"), ("0", "0", "0")).truth == "3"
