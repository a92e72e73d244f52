"""Tests of spineseg.evaluation.agreement."""

from __future__ import annotations

import math

import pytest

from spineseg.domain.escc import EsccGrade, EsccResult
from spineseg.evaluation.agreement import NOT_FOUND, GradePair, grade_agreement, quadratic_kappa


def _graded(low: str, point: str, high: str) -> EsccResult:
    return EsccResult(low=EsccGrade(low), point=EsccGrade(point), high=EsccGrade(high))


def test_agreement_counts_exact_near_missed_and_covered() -> None:
    """One exact, one off by two but covered, one abstained and one missed lesion give their shares."""
    pairs = [
        GradePair(truth=EsccGrade.G2, found=_graded("1c", "2", "3")),
        GradePair(truth=EsccGrade.G1C, found=_graded("1a", "1a", "1c")),
        GradePair(truth=EsccGrade.G3, found=_graded("1b", "undetermined", "2")),
        GradePair(truth=EsccGrade.G0, found=None),
    ]

    agreement = grade_agreement(pairs)

    assert (agreement.lesions, agreement.graded) == (4, 2)
    assert agreement.exact == 0.5
    assert agreement.within_one == 0.5
    assert agreement.covered == pytest.approx(2 / 3)
    assert agreement.confusion["0", NOT_FOUND] == 1
    assert agreement.confusion["3", "undetermined"] == 1
    assert agreement.high_grade_sensitivity == 0.5, "of 2 and 3, the one that was graded 2"


def test_kappa_is_one_for_equal_and_negative_for_opposite_grades() -> None:
    """Perfect agreement is 1, systematic reversal is below 0."""
    assert quadratic_kappa([(0, 0), (3, 3), (5, 5)]) == 1.0
    assert quadratic_kappa([(0, 5), (5, 0)]) < 0


def test_kappa_of_the_textbook_example() -> None:
    """Five pairs worked by hand: squared distance 2 of 5 observed, 4 expected by chance."""
    pairs = [(0, 0), (1, 1), (2, 2), (3, 4), (4, 3)]

    # Both raters use each of 0..4 once, so the expected mean squared distance is sum of (i-j)² / 25 = 100 / 25 = 4.
    assert quadratic_kappa(pairs) == pytest.approx(1 - (2 / 5) / 4)


def test_nothing_graded_is_not_a_number() -> None:
    """Without graded lesions the shares are unknown, not zero."""
    agreement = grade_agreement([])

    assert math.isnan(agreement.exact)
    assert math.isnan(agreement.quadratic_kappa)
