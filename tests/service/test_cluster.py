"""Tests of spineseg.service.cluster: Dask workers that die, hang and go away."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from spineseg.service import cluster as module
from spineseg.service.cluster import LOST, Cluster
from spineseg.service.settings import WorkSettings
from spineseg.service.worker import Outcome, Task
from tests.service.workers import pretend

pytestmark = pytest.mark.slow  # processes that start, die and are replaced
SETTINGS = WorkSettings(workers=1, time_limit_s=4, memory_mb=2000)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """One worker of this machine that only pretends to analyse."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "analyse", pretend)
        made = Cluster(SETTINGS)
        assert made.connect()
        yield made
        made.close()


def _run(cluster: Cluster, name: str, key: int = 1) -> Outcome:
    while not cluster.free:
        time.sleep(0.05)
    cluster.submit(key, Task(study=f"/x/{name}", out="/x/out"))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for found, outcome in cluster.finished():
            assert found == key
            return outcome
        time.sleep(0.05)
    raise AssertionError("no outcome")


def test_a_worker_that_dies_is_a_failed_attempt(cluster: Cluster) -> None:
    """The study's attempt fails with a reason, and a new worker does the next one."""
    died = _run(cluster, "kill")
    well = _run(cluster, "well")

    assert "worker died" in died.reason
    assert died.repeatable
    assert well.reason == ""


def test_a_worker_that_hangs_is_replaced(cluster: Cluster) -> None:
    """Over the time limit the attempt fails and its process is ended; the next study has a worker."""
    before = _run(cluster, "well").host
    hung = _run(cluster, "sleep")
    after = _run(cluster, "well").host

    assert hung.reason == "not done within 4 s"
    assert before != after


def test_a_scheduler_that_is_away_costs_no_attempt(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a scheduler there is no connection; what it had in hand is lost by no fault of the study."""
    monkeypatch.setattr(module, "_CONNECT_S", 0.5)
    assert not Cluster(SETTINGS.model_copy(update={"scheduler": "tcp://127.0.0.1:9"})).connect()
    assert cluster.ready()
    cluster.submit(2, Task(study="/x/sleep", out="/x/out"))
    running = cluster._running[2]
    running.future.cancel()

    (found,) = list(cluster.finished())

    assert found[1].reason == LOST
