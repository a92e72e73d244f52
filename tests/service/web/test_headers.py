"""Tests of spineseg.service.web.headers: what every answer carries."""

from __future__ import annotations

import re

from starlette.testclient import TestClient

from spineseg.service.web.headers import LARGEST_FORM_BYTES
from tests.service.web.conftest import Browse, Node


def test_no_script_of_a_page_can_run_but_the_server_s_own(browser: TestClient, node: Node) -> None:
    """The policy allows no inline script or style, and the pages have none."""
    for path in ("/", f"/studies/{node.analysed}", "/audit", "/studies/99"):
        answer = browser.get(path)
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert re.findall(r"<script(?![^>]* src=)", answer.text) == []
        assert re.findall(r"\s(?:style|on\w+)=", answer.text) == []
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_report_runs_nothing_in_its_frame(browser: TestClient, node: Node) -> None:
    """It is sandboxed by its own header also when it is opened alone."""
    policy = browser.get(f"/studies/{node.analysed}/report").headers["content-security-policy"]

    assert policy.startswith("sandbox; default-src 'none'")
    assert "script-src" not in policy


def test_what_is_larger_than_any_form_is_refused(browser: TestClient, node: Node) -> None:
    """Before it is read, also where the length is not said."""
    path = f"/studies/{node.analysed}/options"

    assert browser.post(path, content=b"x" * (LARGEST_FORM_BYTES + 1)).status_code == 413
    assert browser.post(path, content=iter([b"x"])).status_code == 413


def test_the_cookie_is_hidden_from_scripts_and_other_sites(browse: Browse) -> None:
    """With HTTPS it is bound to the host and never sent without."""
    plain = browse().get("/").headers["set-cookie"].lower()
    secure = browse(certificate="a.pem", key="a.key").get("/").headers

    assert "httponly" in plain
    assert "samesite=strict" in plain
    assert secure["set-cookie"].startswith("__Host-spineseg=")
    assert "Secure" in secure["set-cookie"]
    assert "strict-transport-security" in secure
