"""Tests of spineseg.service.web.desk: forms with the right token only, and values that are escaped."""

from __future__ import annotations

import jinja2
import pytest
from starlette.testclient import TestClient

from spineseg.service.tables import JobState
from spineseg.service.web.desk import make_templates
from tests.service.web.conftest import Browse, Node, token_of


def test_a_form_without_this_browser_s_token_changes_nothing(browse: Browse, browser: TestClient, node: Node) -> None:
    """No token, a wrong one and another browser's are all refused."""
    path = f"/studies/{node.failed}"
    foreign = token_of(browse(), path)
    browser.get(path)

    for data in ({}, {"csrf_token": "0" * 64}, {"csrf_token": "\u00e9"}, {"csrf_token": foreign}):
        assert browser.post(f"{path}/restart", data=data).status_code == 403
    assert JobState.ABANDONED.value in browser.get(path).text


def test_a_missing_value_is_an_error_and_a_given_one_escaped() -> None:
    """A template can neither leave something out silently nor let a value become markup."""
    environment = make_templates()

    assert environment.from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"
    with pytest.raises(jinja2.UndefinedError):
        environment.from_string("{{ y }}").render()
