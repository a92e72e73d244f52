"""Tests of spineseg.evaluation.drawn_card."""

from __future__ import annotations

import json

from spineseg.domain.escc import AbstentionReason, EsccGrade
from spineseg.evaluation.drawn_card import markdown, write_drawn
from spineseg.evaluation.drawn_causes import Cause
from spineseg.evaluation.drawn_lesions import GradeGiven
from spineseg.evaluation.drawn_study import DrawnOn
from tests.evaluation.drawn_toys import row

WITHHELD = {"point": EsccGrade.UNDETERMINED, "reason": AbstentionReason.INTERVAL_CROSSES, "causes": (Cause.CORD,)}


def test_silence_is_counted_apart_with_its_reason():
    """One of two is exact of all, and all of the answered."""
    page = markdown([row(), row(number=5, **WITHHELD)])

    assert "exact, of all: 1 of 2 (50.0 %); of the answered: 1 of 1 (100.0 %)" in page
    assert "not answered: 1 (interval_crosses 1)" in page
    assert "true grade inside the interval: 2 of 2" in page


def test_another_grade_on_another_grid_is_named():
    """The case and both grades stand in the table."""
    other = GradeGiven(drawn_on=DrawnOn.SAGITTAL, low=EsccGrade.G1C, point=EsccGrade.G3, high=EsccGrade.G3)
    page = markdown([row(others=(row().others[0], other))])

    assert "| 1 mm isotropic | 1 of 1 (100.0 %) | · |" in page
    assert "| sagittal T2 | 0 of 1 (0.0 %) | 4 (2 to 3) |" in page


def test_causes_are_counted_and_misses_listed():
    """A case counts with each cause; the miss names its truth and report."""
    page = markdown([row(point=EsccGrade.G1C, causes=(Cause.CORD, Cause.SAC))])

    assert "| cord | 1 |" in page
    assert "| sac | 1 |" in page
    assert "- 4 escc-2-t8 (0.6 x 3.0 mm): truth 2, reported 1c / 1c / 3; cord, sac" in page


def test_both_files_hold_the_cases(tmp_path):
    """The JSON has every row, the page the table."""
    page = write_drawn([row()], tmp_path)

    content = json.loads((tmp_path / "lesions.json").read_bytes())
    assert [case["point"] for case in content["cases"]] == ["2"]
    assert page.read_text().startswith("# Lesion masks given: 1 phantom studies, anatomy by truth 1")
