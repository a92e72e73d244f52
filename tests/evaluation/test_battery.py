from __future__ import annotations

from dataclasses import replace

import pytest

from spineseg.domain.escc import EsccGrade
from spineseg.evaluation.battery import EsccRow, run_battery, run_escc
from spineseg.evaluation.battery_errors import MaskError


@pytest.fixture(scope="module")
def severe() -> EsccRow:
    """A true 2 on slices of 4.8 mm, as graded."""
    return run_escc(4)[0]


def test_a_case_is_graded_once_for_its_masks_and_once_for_each_error():
    """Ten rows, the first without an error; all carry the same truth."""
    rows = run_escc(4, errors=True)
    assert [row.error for row in rows] == [None, *MaskError]
    assert {row.true_low for row in rows} == {EsccGrade.G2}


def test_distance_counts_from_the_nearest_true_grade(severe):
    """Of two true grades the nearer one counts."""
    row = replace(severe, true_low=EsccGrade.G1A, true_high=EsccGrade.G1B, point=EsccGrade.G2)
    assert row.distance == 2
    assert replace(row, point=EsccGrade.G1A).distance == replace(row, point=EsccGrade.G1B).distance == 0


@pytest.mark.parametrize(
    ("truth", "high", "dangerous"),
    [("2", "1b", True), ("3", "0", True), ("2", "1c", False), ("1c", "1b", False), ("3", "not_applicable", True)],
)
def test_a_severe_compression_called_mild_is_dangerous(severe, truth, high, dangerous):
    """True 2 or 3 with an upper end of at most 1b, or with no grade at all."""
    grade = EsccGrade(truth)
    row = replace(severe, true_low=grade, true_high=grade, low=EsccGrade.G0, high=EsccGrade(high))
    assert row.dangerous == dangerous


def test_an_interval_holds_one_of_the_true_grades(severe):
    """Overlap is enough where two grades are true; no interval holds nothing."""
    row = replace(severe, true_low=EsccGrade.G1B, true_high=EsccGrade.G1C, low=EsccGrade.G1C, high=EsccGrade.G2)
    assert row.holds
    assert not replace(row, low=EsccGrade.G2).holds
    assert not replace(row, low=EsccGrade.NOT_APPLICABLE, high=EsccGrade.NOT_APPLICABLE).holds


def test_kinds_of_cases_come_in_proportion():
    """One case gives one row of the grade and nothing else; the stages are told."""
    told: list[str] = []
    scores = run_battery(1, on_stage=told.append)
    assert len(scores.escc) == 1
    others = (scores.errors, scores.sins, scores.levels, scores.negatives, scores.compartments)
    assert others == ((),) * 5
    assert told[0] == "grades 0 of 1"
    assert scores.cpu_s > 0
