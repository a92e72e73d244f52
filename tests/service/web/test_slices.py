"""Tests of spineseg.service.web.slices: pictures by number."""

from __future__ import annotations

from starlette.testclient import TestClient

from tests.service.web.conftest import Node


def test_slices_are_listed_and_drawn(browser: TestClient, node: Node) -> None:
    """One series of six; beyond it there is nothing, and a study without masks says so."""
    url = f"/studies/{node.analysed}/slices"
    (series,) = browser.get(url).json()

    assert series["slices"] == 6
    assert series["outlined"]
    assert 0 <= series["start"] < 6
    answer = browser.get(f"{url}/0/{series['start']}")
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content != browser.get(f"{url}/0/{series['start']}?outlines=false").content
    for path in (f"{url}/0/6", f"{url}/1/0"):
        assert browser.get(path).status_code == 404
    assert browser.get(f"/studies/{node.failed}/slices").status_code == 422
