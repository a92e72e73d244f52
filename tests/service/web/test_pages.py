"""Tests of spineseg.service.web.pages: worklist, study, report and audit trail."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from spineseg.service.web.pages import Order, ordered
from tests.service.web.conftest import ATTACK, Node


def test_the_worklist_shows_urgency_grade_state_and_reason(browser: TestClient, node: Node) -> None:
    """The lesion of ESCC 2 stands above the study that could not be analysed, whose reason is told."""
    text = browser.get("/").text

    assert text.index(f"/studies/{node.analysed}") < text.index(f"/studies/{node.failed}")
    assert "2 (1c to 2)" in text
    assert "the model is missing" in text
    only = browser.get("/?state=abandoned&order=grade").text
    assert "the model is missing" in only
    assert "P-4711" not in only


def test_markup_in_a_name_stays_text(browser: TestClient, node: Node) -> None:
    """Patient name, description and AE title that are scripts are shown as they are written, and never run."""
    for path in ("/", f"/studies/{node.analysed}"):
        text = browser.get(path).text
        assert ATTACK not in text
        assert "&lt;script&gt;" in text


def test_the_study_shows_options_facts_and_history(browser: TestClient, node: Node) -> None:
    """With the run whose result is on the screen, and who has opened it."""
    text = browser.get(f"/studies/{node.analysed}").text

    for part in ('id="viewer"', 'id="facts-form"', 'id="options"', 'id="correction"', "<iframe", "sandbox", "open"):
        assert part in text
    assert "Try again" in browser.get(f"/studies/{node.failed}").text


@pytest.mark.parametrize(
    "path",
    ["/studies/99", "/studies/2147483648", "/studies/1.2.3", "/studies/..%2f..%2fetc", "/studies/1/../../x",
     "/static/..%2fgate.py", "/static/%2e%2e/app.py", "/studies/0/report", "/studies/1/slices/..%2f/0"],
)  # fmt: skip
def test_no_path_leads_out_of_the_node(browser: TestClient, path: str) -> None:
    """Addresses hold numbers of the worklist: what is none is refused, and no file is named by an address."""
    assert browser.get(path).status_code in (404, 422)


def test_no_address_holds_patient_data(browser: TestClient, node: Node) -> None:
    """No link or form names the patient or the study's UID."""
    text = browser.get(f"/studies/{node.analysed}").text
    addresses = [
        part.split('"')[0]
        for attribute in ("href", "action", "src", "data-url")
        for part in text.split(f'{attribute}="')[1:]
    ]

    assert len(addresses) > 10
    assert not any("4711" in one or "script" in one or "1.2.826" in one for one in addresses)


def test_the_unknown_grade_comes_before_all_others() -> None:
    """By grade, what was not determined stands above ESCC 3, and no lesion is last."""
    grades = ("1b", "", "undetermined (0 to 3)", "not applicable", "1c (1b to 3)", "undetermined", "2")
    rows: Any = tuple(SimpleNamespace(study=SimpleNamespace(grade=one)) for one in grades)

    found = [row.study.grade for row in ordered(rows, Order.GRADE)]

    assert found == ["undetermined", "undetermined (0 to 3)", "1c (1b to 3)", "2", "1b", "not applicable", ""]


def test_the_audit_trail_is_shown(browser: TestClient, node: Node) -> None:
    """Who opened which study."""
    browser.get(f"/studies/{node.analysed}")

    assert "open" in browser.get("/audit").text
