"""Tests of spineseg.service.node: a whole node in this process, from storescu to an archive."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import dcmread
from pynetdicom import AE, AllStoragePresentationContexts, evt

from spineseg.errors import SettingsError
from spineseg.reporting import build_report, write_report
from spineseg.service import node as module
from spineseg.service.node import Node, start_node, stop_on_signals
from spineseg.service.settings import WorkSettings
from spineseg.service.studies import find_study
from spineseg.service.worker import Outcome, Task
from tests.reporting.samples import NOW, make_findings, make_sample
from tests.service.peers_and_files import node_settings, send


class _Cluster:
    """A cluster in this process whose analyses were made before."""

    prepared: Path

    def __init__(self, settings: WorkSettings) -> None:
        self.free, self.running = settings.workers, ()
        self._outcomes: list[tuple[int, Outcome]] = []

    def ready(self) -> bool:
        return True

    def submit(self, key: int, task: Task) -> None:
        shutil.copytree(self.prepared, task.out, dirs_exist_ok=True)
        self._outcomes.append((key, Outcome(seconds=0.1, host="x", stages={"grade": 0.1})))

    def finished(self) -> Iterator[tuple[int, Outcome]]:
        while self._outcomes:
            yield self._outcomes.pop()

    def cancel(self, key: int) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study and what an analysis leaves of it."""
    folder = tmp_path_factory.mktemp("prepared")
    sample = make_sample(folder / "study", shape=(6, 72, 64))
    findings = make_findings(sample.input.series.series_instance_uid)
    write_report(build_report([sample.input], findings, now=NOW), folder / "out")
    (folder / "out" / "run.json").write_text(json.dumps({"outcome": "lesions_suspected"}))
    return folder


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def archive() -> Iterator[tuple[int, list[str]]]:
    """A destination that keeps the UIDs of what it stores."""
    port, stored = _free_port(), []

    def store(event: object) -> int:
        stored.append(str(event.request.AffectedSOPInstanceUID))  # type: ignore[attr-defined]
        return 0

    entity = AE(ae_title="ARCHIVE")
    for context in AllStoragePresentationContexts:
        entity.add_supported_context(context.abstract_syntax)
    server = entity.start_server(("127.0.0.1", port), block=False, evt_handlers=[(evt.EVT_C_STORE, store)])
    yield port, stored
    server.shutdown()


@pytest.fixture
def node(
    tmp_path: Path, prepared: Path, archive: tuple[int, list[str]], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Node]:
    """A node that runs in a thread."""
    monkeypatch.setattr(_Cluster, "prepared", prepared / "out", raising=False)
    monkeypatch.setattr(module, "Cluster", _Cluster)
    monkeypatch.setattr(module, "_TICK_S", 0.02)
    peer = {"name": "a", "peer": {"host": "127.0.0.1", "port": archive[0], "called_ae_title": "ARCHIVE"}}
    settings = node_settings(
        tmp_path / "node", receive={"port": 0}, completion={"quiet_s": 0.3}, destinations={"a": peer},
        send={"routes": [{"to": ["a"]}]}, page={"enabled": False}, operations={"port": _free_port()},
    )  # fmt: skip
    made = start_node(settings)
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    yield made
    made.stop()
    thread.join(10)
    assert not any(made.alive().values())


def _wait(condition: object, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.02)


def test_a_study_goes_through(node: Node, prepared: Path, archive: tuple[int, list[str]]) -> None:
    """Received, analysed, sent: every result is at the archive once, and nothing starts again when it comes back."""
    images = [dcmread(path) for path in sorted((prepared / "study").rglob("*.dcm"))]
    wanted = sorted(str(dcmread(path).SOPInstanceUID) for path in (prepared / "out").glob("*.dcm"))
    assert send(node.receiver.port, images) == [0] * len(images)

    _wait(lambda: len(archive[1]) == len(wanted))
    results = [dcmread(path) for path in sorted((prepared / "out").glob("*.dcm"))]
    send(node.receiver.port, results)  # as an archive does that forwards everything
    _wait(lambda: not node.intake.activity.arrivals())
    with urllib.request.urlopen(f"http://127.0.0.1:{node.settings.operations.port}/healthz") as answer:
        health = json.loads(answer.read())
    with node.intake.sessions.begin() as session:
        row = find_study(session, str(images[0].StudyInstanceUID))

    assert sorted(archive[1]) == wanted
    assert health == {"keeper": True, "sender": True, "database": True, "disk": True}
    assert row is not None
    assert [(job.state, job.deliveries[0].state) for job in row.study.jobs] == [("done", "done")]


def test_a_part_that_ends_ends_the_node(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of the keeper is not hidden: `run` says so, and whoever started the node starts it again."""
    monkeypatch.setattr(Node, "_keep", lambda _: None)
    second = Node(
        settings=node.settings, layout=node.layout, intake=node.intake, work=node.work, sender=node.sender,
        receiver=node.receiver,
    )  # fmt: skip

    assert second.run() is False
    second.stopping.set()


def test_a_folder_has_one_node(node: Node) -> None:
    """A second node would take the first one's work for interrupted; it is refused before it touches anything."""
    with pytest.raises(SettingsError, match="another node"):
        start_node(node.settings)


def test_signals_stop_it(node: Node) -> None:
    """SIGTERM asks the node to end in order."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        stop_on_signals(node)
        signal.raise_signal(signal.SIGTERM)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

    assert node.stopping.is_set()
