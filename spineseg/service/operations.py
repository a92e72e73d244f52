"""State of the node -> /healthz and /metrics on a port of their own; POST /complete is a router's trigger."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from spineseg.errors import SettingsError
from spineseg.service.activity import Counters
from spineseg.service.database import Sessions
from spineseg.service.layout import Layout, is_uid
from spineseg.service.settings import OperationsSettings
from spineseg.service.studies import count_by_state
from spineseg.service.tables import Delivery, DeliveryState, Study

LOGGER = logging.getLogger(__name__)

# Metric: (name of the counters, label, help).
_COUNTERS = {
    "spineseg_instances_received": ("instances_received", "kind", "instances answered with success"),
    "spineseg_instances_refused": ("instances_refused", "reason", "instances answered with a failure"),
    "spineseg_associations_refused": ("associations_refused", "reason", "associations rejected"),
    "spineseg_studies_done": ("studies_done", "", "analyses that succeeded"),
    "spineseg_study_seconds": ("study_seconds", "", "seconds of all analyses that succeeded"),
    "spineseg_attempts_failed": ("attempts_failed", "", "attempts that failed"),
    "spineseg_stage_seconds": ("stage_seconds", "stage", "seconds of each stage, all analyses together"),
    "spineseg_stage_runs": ("stage_runs", "stage", "how often each stage ran"),
    "spineseg_deliveries_done": ("deliveries_done", "destination", "deliveries that succeeded"),
    "spineseg_deliveries_failed": ("deliveries_failed", "destination", "delivery attempts that failed"),
}
_MOST_BODY_BYTES = 4096
Respond = Callable[[str, list[tuple[str, str]]], Any]
Environment = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeState:
    """What is told.

    Parameters
    ----------
    alive
        Whether each part of the node runs, by name.
    """

    layout: Layout
    sessions: Sessions
    counters: Counters
    free_disk_mb: float
    alive: Callable[[], dict[str, bool]]

    def health(self) -> dict[str, bool]:
        """Whether each thing that the node needs is there."""
        try:
            with self.sessions() as session:
                session.execute(select(1))
            database = True
        except SQLAlchemyError:
            database = False
        return {**self.alive(), "database": database, "disk": self.layout.free_mb() >= self.free_disk_mb}


class _NodeCollector(Collector):
    def __init__(self, state: NodeState) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        """Metrics as they are now."""
        jobs = GaugeMetricFamily("spineseg_jobs", "jobs by state", labels=["state"])
        deliveries = GaugeMetricFamily("spineseg_deliveries", "deliveries by state", labels=["state"])
        with self._state.sessions() as session:
            for job_state, count in count_by_state(session).items():
                jobs.add_metric([job_state.value], count)
            rows = session.execute(select(Delivery.state, func.count()).group_by(Delivery.state))
            found = {state: count for state, count in rows}  # noqa: C416 (a Row is no pair for dict())
            for state in DeliveryState:
                deliveries.add_metric([state.value], found.get(state.value, 0))
        disk = GaugeMetricFamily("spineseg_disk_free_bytes", "free space where instances are written")
        disk.add_metric([], self._state.layout.free_mb() * 1e6)
        yield from (jobs, deliveries, disk)
        for metric, (name, label, words) in _COUNTERS.items():
            family = CounterMetricFamily(metric, words, labels=[label] if label else [])
            values = list(self._state.counters.labels(name)) or ([] if label else [("", 0.0)])
            for one, value in values:
                family.add_metric([one] if label else [], value)
            yield family


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _QuietHandler(WSGIRequestHandler):
    timeout = 10

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing: requests are no news."""


def operations_app(state: NodeState) -> Callable[[Environment, Respond], Iterable[bytes]]:
    """WSGI application of a node."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_NodeCollector(state))
    metrics = make_wsgi_app(registry)

    def app(environment: Environment, respond: Respond) -> Iterable[bytes]:
        route = (environment["REQUEST_METHOD"], environment["PATH_INFO"])
        if route == ("GET", "/metrics"):
            return list(metrics(environment, respond))
        if route == ("GET", "/healthz"):
            health = state.health()
            status = HTTPStatus.OK if all(health.values()) else HTTPStatus.SERVICE_UNAVAILABLE
            return _answer(respond, status, health)
        if route == ("POST", "/complete"):
            return _answer(respond, _complete(state, environment), {})
        return _answer(respond, HTTPStatus.NOT_FOUND, {})

    return app


def serve_operations(state: NodeState, settings: OperationsSettings) -> WSGIServer | None:
    """Serve in a thread; None where no port is set.

    Raises
    ------
    SettingsError
        The port is taken.
    """
    if settings.port is None:
        return None
    try:
        server = make_server(
            settings.host, settings.port, operations_app(state), server_class=_Server, handler_class=_QuietHandler
        )
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        where = f"{settings.host}:{settings.port}"
        raise SettingsError(f"cannot listen: {reason}", where, "choose another operations.port") from error
    threading.Thread(target=server.serve_forever, name="operations", daemon=True).start()
    return server


def _complete(state: NodeState, environment: Environment) -> HTTPStatus:
    """Body: {"study_instance_uid": "1.2..."}; not in the address, which would be logged on its way."""
    try:
        length = min(int(environment.get("CONTENT_LENGTH") or 0), _MOST_BODY_BYTES)
        uid = str(json.loads(environment["wsgi.input"].read(length))["study_instance_uid"])
    except (ValueError, KeyError, TypeError):
        return HTTPStatus.BAD_REQUEST
    if not is_uid(uid):
        return HTTPStatus.BAD_REQUEST
    with state.sessions.begin() as session:
        study = session.scalar(select(Study).where(Study.study_instance_uid == uid))
        if study is None:
            return HTTPStatus.NOT_FOUND
        study.complete_requested = True
    return HTTPStatus.ACCEPTED


def _answer(respond: Respond, status: HTTPStatus, content: dict[str, Any]) -> list[bytes]:
    body = (json.dumps(content) + "\n").encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    respond(f"{status.value} {status.phrase}", headers)
    return [body]
