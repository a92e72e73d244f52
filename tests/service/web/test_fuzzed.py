"""The page under requests that schemathesis makes up from its description: none is answered by a defect."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from starlette.testclient import TestClient

from tests.service.web.conftest import Browse, Node, token_of

pytestmark = pytest.mark.slow
EXAMPLES = 30  # requests a route


def test_no_request_is_answered_by_a_defect(browse: Browse, node: Node) -> None:
    """Every route, with right tokens: what is sent is refused or done, and nothing is a 5xx."""
    schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
    browser = browse()
    token = token_of(browser, f"/studies/{node.analysed}")
    schema = schemathesis.openapi.from_dict(browser.get("/openapi.json").json())
    routes = [route.ok() for route in schema.get_all_operations()]
    answers = [status for route in routes for status in _statuses(browser, route, token)]

    assert len(routes) >= 13
    assert len(answers) >= len(routes)
    assert max(answers) < 500
    assert 200 in answers


def _statuses(browser: TestClient, route: object, token: str) -> list[int]:
    """Status of each request that is made up for a route."""
    found: list[int] = []

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=route.as_strategy())  # type: ignore[attr-defined]
    def send(case: object) -> None:
        request = case.as_transport_kwargs(base_url="http://127.0.0.1:8042")  # type: ignore[attr-defined]
        request["headers"] = {**dict(request.get("headers") or {}), "x-csrf-token": token}
        kept = {
            name: request[name] for name in ("method", "url", "headers", "params", "data", "json") if name in request
        }
        kept["headers"] = {name: value for name, value in kept["headers"].items() if value.isascii()}
        found.append(browser.request(**kept, follow_redirects=False).status_code)

    send()
    return found
