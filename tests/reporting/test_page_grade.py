"""Tests of spineseg.reporting.page_grade."""

from __future__ import annotations

from dataclasses import replace

import pytest

from spineseg.domain.escc import EsccGrade
from spineseg.domain.grade_evidence import GradeQuestion, MetricTest
from spineseg.reporting.page_grade import numbers_note, numbers_table
from tests.reporting.evidence import make_evidence
from tests.reporting.samples import make_findings

LESION = make_findings("1.2.3").lesions[0]
EVIDENCE = make_evidence("1.2.3")


def test_each_number_stands_with_unit_threshold_and_answer() -> None:
    """A reader sees what was measured, what it was held against and what came of it; unknown is neither yes nor no."""
    rows = numbers_table(LESION, EVIDENCE).rows

    assert rows == (
        ("Minimum tumour to spinal cord distance", "0.1 mm", "at most 1.0 mm", "yes",
         "Does the tumour touch the cord?"),
        ("Fraction of circumference with visible CSF", "61.7 %", "at least 10.0 %", "yes",
         "Is CSF visible around the cord?"),
        ("Area loss of spinal cord", "not known", "at least 15.0 %", "not known", "Is the cord deformed? (any)"),
    )  # fmt: skip


@pytest.mark.parametrize(("value", "answer", "texts"), [
    (0.96, True, ("0.96 mm", "at most 1.00 mm")), (1.04, False, ("1.04 mm", "at most 1.00 mm")),
    (1.0, True, ("1.0 mm", "at most 1.0 mm")), (30.0, False, ("over 30 mm", "at most 1.0 mm")),
])  # fmt: skip
def test_a_value_near_its_threshold_is_told_apart(value: float, answer: bool, texts: tuple[str, str]) -> None:
    """Rounding never makes a number look as if it were on the other side; no gap beyond the section is invented."""
    test = MetricTest(
        metric="tumour_cord_gap_mm", question=GradeQuestion.TOUCHES_CORD, at_most=True, threshold=1.0, answer=answer
    )
    lesion = replace(LESION, escc=replace(LESION.escc, metrics={"tumour_cord_gap_mm": value}))

    (row,) = numbers_table(lesion, make_evidence("1.2.3", tests=(test,))).rows

    assert row[1:3] == texts


def test_without_thresholds_the_numbers_stand_alone_and_the_reason_is_told() -> None:
    """Where no number decided, no threshold suggests it, and the note says why."""
    na = replace(LESION, escc=replace(LESION.escc, point=EsccGrade.NOT_APPLICABLE))
    undecided = make_evidence("1.2.3", tests=())

    assert numbers_table(na, undecided).header == ("Number", "On the section that was looked at")
    assert "does not apply" in numbers_note(na, undecided)
    assert "cannot be told apart" in numbers_note(LESION, undecided)
    assert "not handed" in numbers_note(LESION, None)


def test_the_note_tells_what_the_expected_outlines_rest_on() -> None:
    """Two sides, one or none of the lesion."""
    notes = [numbers_note(LESION, make_evidence("1.2.3", expected_sides=sides)) for sides in (0, 1, 2)]

    assert ["missing" in notes[0], "one side only" in notes[1], "above and below" in notes[2]] == [True] * 3
    assert all("hold over 3.0 mm" in note and "0.75 mm thick" in note for note in notes)
