"""Tests of spineseg.service.operations: what a monitor sees and a router may trigger."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families

from spineseg.service.activity import Counters
from spineseg.service.database import Sessions
from spineseg.service.jobs import note_received
from spineseg.service.layout import Layout
from spineseg.service.operations import NodeState, serve_operations
from spineseg.service.settings import OperationsSettings
from spineseg.service.studies import find_study

ALIVE = {"keeper": True}


@pytest.fixture
def address(layout: Layout, sessions: Sessions) -> Iterator[str]:
    """A running server."""
    counters = Counters()
    counters.add("stage_seconds", "segment", 2.5)
    state = NodeState(layout=layout, sessions=sessions, counters=counters, free_disk_mb=1, alive=lambda: ALIVE)
    server = serve_operations(state, OperationsSettings(port=0))
    assert server is not None
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def _get(address: str, path: str, body: bytes | None = None) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"{address}{path}", data=body, timeout=10) as answer:  # noqa: S310 (ours)
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_health_names_what_is_wrong(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """200 while every part lives, 503 with its name when one does not."""
    assert _get(address, "/healthz")[0] == 200
    monkeypatch.setitem(ALIVE, "keeper", False)
    status, body = _get(address, "/healthz")

    assert status == 503
    assert json.loads(body) == {"keeper": False, "database": True, "disk": True}


def test_metrics_are_prometheus_text(address: str, sessions: Sessions, now: datetime) -> None:
    """Queue, stages and disk are told in the form that Prometheus reads."""
    with sessions.begin() as session:
        note_received(session, "1.2", now=now, sent_by="CT1", count=1)
    families = {one.name: one for one in text_string_to_metric_families(_get(address, "/metrics")[1])}

    jobs = {sample.labels["state"]: sample.value for sample in families["spineseg_jobs"].samples}
    assert jobs["received"] == 1
    assert families["spineseg_stage_seconds"].samples[0].value == 2.5
    assert families["spineseg_disk_free_bytes"].samples[0].value > 0


def test_a_router_may_say_that_a_study_is_complete(address: str, sessions: Sessions, now: datetime) -> None:
    """The UID travels in the body; what is no UID or not known is refused."""
    with sessions.begin() as session:
        note_received(session, "1.2", now=now, sent_by="CT1", count=1)

    assert _get(address, "/complete", b'{"study_instance_uid": "1.2"}')[0] == 202
    assert _get(address, "/complete", b'{"study_instance_uid": "9.9"}')[0] == 404
    assert _get(address, "/complete", b'{"study_instance_uid": "../x"}')[0] == 400
    assert _get(address, "/complete", b"noise")[0] == 400
    assert _get(address, "/elsewhere")[0] == 404
    with sessions.begin() as session:
        row = find_study(session, "1.2")
        assert row is not None
        assert row.study.complete_requested


def test_without_a_port_nothing_is_served(layout: Layout, sessions: Sessions) -> None:
    """Port none is no server."""
    state = NodeState(layout=layout, sessions=sessions, counters=Counters(), free_disk_mb=1, alive=dict)

    assert serve_operations(state, OperationsSettings(port=None)) is None
