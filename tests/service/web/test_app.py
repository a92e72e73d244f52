"""Tests of spineseg.service.web.app: who is refused, how refusals are told, and the description."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from spineseg.errors import SettingsError
from tests.service.web.conftest import Browse, Node


def test_another_address_without_a_login_is_refused(browse: Browse, node: Node) -> None:
    """Every page, picture and description; nothing of the study is in the answer."""
    browser = browse("10.0.0.9", url="http://10.0.0.1:8042")

    for path in ("/", f"/studies/{node.analysed}", f"/studies/{node.analysed}/report", "/audit", "/openapi.json",
                 f"/studies/{node.analysed}/slices/0/0"):  # fmt: skip
        answer = browser.get(path)
        assert answer.status_code == 403
        assert "4711" not in answer.text
    with pytest.raises(SettingsError):
        browse(host="0.0.0.0")  # noqa: S104


def test_a_refusal_is_a_line_for_programs_and_a_page_for_browsers(browser: TestClient) -> None:
    """Both without a traceback."""
    assert browser.get("/studies/99", headers={"accept": "*/*"}).text == "no such study"
    assert "<h1>Not possible</h1>" in browser.get("/studies/99").text


def test_every_route_is_described(browser: TestClient) -> None:
    """The description names all routes, and a summary for each."""
    paths = browser.get("/openapi.json").json()["paths"]

    study = "/studies/{number}"
    parts = ("", "/report", "/slices", "/slices/{series}/{place}", "/options", "/facts", "/correction", "/restart")

    assert {"/", "/login", "/audit", *(f"{study}{part}" for part in parts)} <= set(paths)
    assert all(operation["summary"] for routes in paths.values() for operation in routes.values())
