from __future__ import annotations

from typing import Any

import pytest

from spineseg.domain.clinical import Provenance
from spineseg.treatment import facts_from_findings
from spineseg.treatment.facts import CaseView, merge
from tests.treatment.cases import clinical_of, findings_of


def _views(lesions: list[dict[str, Any]], clinical: dict[str, Any]) -> tuple[CaseView, ...]:
    return merge(facts_from_findings(findings_of({"lesions": lesions})), clinical_of(clinical))


def test_without_a_lesion() -> None:
    """A report without lesions still has one view, so that the clinical picture is judged."""
    (view,) = _views([], {"clin.neuro_deficit": "myelopathy"})

    assert view.lesion is None
    assert view.get("img.escc") is None
    assert view.get("clin.neuro_deficit") is not None


@pytest.mark.parametrize(
    ("machine", "reader", "ends"),
    [
        (["1b", "1c", "2"], "1c", (3, 3)),
        ("2", "1a", (1, 4)),
        ("1a", "3", (5, 5)),
        ("undetermined", "1b", (2, 2)),
        ("3", "not_applicable", (5, 5)),
    ],
)
def test_a_reader_narrows_or_widens(machine: Any, reader: str, ends: tuple[int, int]) -> None:
    """A reader's grade stands; below the range it only widens it downwards, so that no alert is lost by one voice."""
    (view,) = _views([{"escc": machine}], {"img.escc": reader})

    escc = view.get("img.escc")
    assert escc is not None
    assert (escc.low, escc.high) == ends


@pytest.mark.parametrize(
    ("machine", "reader", "text", "conflict"),
    [
        (["1b", "1c", "2"], "1c", "1c (a reader; the report says 1c (range 1b to 2))", ""),
        ("2", "2", "2 (a reader and the report)", ""),
        ("2", "1a", "1a to 2 (a reader says 1a, the report 2)", "Approximate ESCC 1a against 2"),
        ("1a", "3", "3 (a reader; the report says 1a)", "Approximate ESCC 3 against 1a"),
        ("3", "not_applicable", "3 (a reader says not applicable)", "Approximate ESCC not applicable against 3"),
        ("not_applicable", "2", "2 (a reader; the report says not applicable)",
         "Approximate ESCC 2 against not applicable"),
        ("undetermined", "1b", "1b", ""),
    ],
)  # fmt: skip
def test_what_the_report_says_stays_shown(machine: Any, reader: str, text: str, conflict: str) -> None:
    """Beside a reader's grade stand the report's, the reader's as the point, and a disagreement by name."""
    (view,) = _views([{"escc": machine}], {"img.escc": reader})

    known = {name: fact.text for name, fact in view.known.items()}
    assert known["img.escc"] == text
    assert known.get("img.reader_conflict", "") == conflict
    assert ("img.escc.report" in known) == (machine != "undetermined")
    if reader != "not_applicable":
        assert known["img.escc.point"] == reader


def test_reading_is_about_the_worst_lesion() -> None:
    """What a person states about images is said of the first lesion only."""
    first, second = _views([{"escc": "2"}, {"escc": "0"}], {"img.posterior_wall_breach": True})

    assert first.get("img.posterior_wall_breach") is not None
    assert second.get("img.posterior_wall_breach") is None


def test_radiosensitivity() -> None:
    """It follows from the histology, and a clinician's own goes before the table and a site's row too."""
    facts = facts_from_findings(findings_of({}))
    histology = {"clin.histology": "breast"}

    by_table = merge(facts, clinical_of(histology))[0].get("clin.radiosensitivity")
    by_site = merge(facts, clinical_of(histology), {"breast": "sensitive"})[0].get("clin.radiosensitivity")
    stated = merge(facts, clinical_of({**histology, "clin.radiosensitivity": "resistant"}), {"breast": "sensitive"})

    assert by_table is not None
    assert (by_table.answer, by_table.provenance) == ("intermediate", Provenance.DERIVED)
    assert by_site is not None
    assert by_site.answer == "sensitive"
    last = stated[0].get("clin.radiosensitivity")
    assert last is not None
    assert last.answer == "resistant"
