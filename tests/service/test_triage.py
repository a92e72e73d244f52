"""Tests of spineseg.service.triage: what is looked at first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spineseg.domain.escc import EsccGrade
from spineseg.service.triage import Urgency, at_least, triage


def _result(
    folder: Path, lesions: list[tuple[str, str, str]], *, outcome: str = "lesions_suspected", alert: str = ""
) -> Path:
    findings = {"lesions": [{"escc": {"low": low, "point": point, "high": high}} for low, point, high in lesions]}
    options = [{"status": "alert", "urgency": alert}] if alert else []
    (folder / "findings.json").write_text(json.dumps(findings))
    (folder / "recommendation.json").write_text(json.dumps({"options": options}))
    (folder / "run.json").write_text(json.dumps({"outcome": outcome}))
    return folder


@pytest.mark.parametrize(
    ("lesions", "alert", "urgency", "grade"),
    [
        ([("0", "0", "0")], "", Urgency.LESION, "0"),
        ([("1b", "1b", "1b"), ("1c", "1c", "2")], "", Urgency.SOON, "1c (1c to 2)"),
        ([("3", "3", "3")], "E0", Urgency.NOW, "3"),
        ([("0", "0", "0")], "E1", Urgency.SOON, "0"),
        ([("undetermined", "undetermined", "undetermined")], "", Urgency.UNKNOWN, "undetermined"),
        ([("0", "undetermined", "3")], "", Urgency.SOON, "undetermined (0 to 3)"),
        ([("not_applicable",) * 3], "", Urgency.LESION, "not applicable"),
    ],
)
def test_the_worst_possible_grade_decides(
    tmp_path: Path, lesions: list[tuple[str, str, str]], alert: str, urgency: Urgency, grade: str
) -> None:
    """The upper end of the interval counts; what is not known is never below a lesion of a low grade."""
    found = triage(_result(tmp_path, lesions, alert=alert))

    assert (found.urgency, found.grade) == (urgency, grade)


@pytest.mark.parametrize("outcome", ["no_spine_found", "lesions_not_assessed"])
def test_not_assessed_is_not_nothing(tmp_path: Path, outcome: str) -> None:
    """A study in which nothing could be assessed does not sink to the bottom."""
    assert triage(_result(tmp_path, [], outcome=outcome)).urgency is Urgency.UNKNOWN
    assert triage(_result(tmp_path, [], outcome="no_lesion_detected")).urgency is Urgency.NOTHING_FOUND


def test_a_damaged_result_is_unknown(tmp_path: Path) -> None:
    """Without readable findings nothing is known, and nothing is raised."""
    (tmp_path / "findings.json").write_text("{")

    assert triage(tmp_path).urgency is Urgency.UNKNOWN


def test_an_unknown_grade_may_be_high() -> None:
    """Alerts take an undetermined grade as one that may be at least the threshold; none at all as none."""
    assert at_least(EsccGrade.UNDETERMINED, EsccGrade.G3)
    assert at_least(EsccGrade.G2, EsccGrade.G2)
    assert not at_least(EsccGrade.G1C, EsccGrade.G2)
    assert not at_least(EsccGrade.NOT_APPLICABLE, EsccGrade.G0)
    assert not at_least(None, EsccGrade.G0)
