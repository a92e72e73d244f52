"""Tests of spineseg.service.work: jobs to tasks and outcomes to results, with a cluster of the test's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydicom import dcmwrite
from sqlalchemy.exc import OperationalError

from spineseg.service.activity import Activity, Counters
from spineseg.service.cluster import LOST
from spineseg.service.database import Sessions
from spineseg.service.jobs import enqueue_regrade, mark_complete, note_received
from spineseg.service.layout import Layout
from spineseg.service.studies import find_study
from spineseg.service.tables import Job
from spineseg.service.work import Work, result_uids
from spineseg.service.worker import Outcome, Task
from tests.service.peers_and_files import STUDY, instance, node_settings, store_directly


class _Cluster:
    """Keeps tasks until the test says what became of them."""

    def __init__(self) -> None:
        self.tasks: dict[int, Task] = {}
        self.outcomes: list[tuple[int, Outcome]] = []

    @property
    def free(self) -> int:
        return 1 - len(self.tasks)

    def ready(self) -> bool:
        return True

    def submit(self, key: int, task: Task) -> None:
        self.tasks[key] = task

    def end(self, reason: str = "", *, repeatable: bool = False) -> Task:
        key, task = self.tasks.popitem()
        if not reason:
            out = Path(task.out.removeprefix("file://"))
            out.mkdir(parents=True, exist_ok=True)
            dcmwrite(out / "report.sr.dcm", instance(90 + key), enforce_file_format=True)
        self.outcomes.append(
            (key, Outcome(seconds=2.0, host="x", stages={"grade": 1.0}, reason=reason, repeatable=repeatable))
        )
        return task

    def finished(self) -> Iterator[tuple[int, Outcome]]:
        while self.outcomes:
            yield self.outcomes.pop()


class _Node:
    def __init__(self, work: Work, cluster: _Cluster, now: datetime) -> None:
        self.work, self.cluster, self.now = work, cluster, now

    def state(self) -> tuple[str, str]:
        with self.work.sessions.begin() as session:
            row = find_study(session, STUDY)
            assert row is not None
            assert row.latest is not None
            return row.latest.state, row.latest.reason


def _node(layout: Layout, sessions: Sessions, now: datetime, **storage: object) -> _Node:
    cluster = _Cluster()
    peer = {"name": "pacs", "peer": {"host": "127.0.0.1", "port": 1, "called_ae_title": "X"}}
    settings = node_settings(
        layout.root, storage=storage, work={"attempts": 2, "backoff_s": 5},
        destinations={"pacs": peer}, send={"routes": [{"to": ["pacs"]}]},
    )  # fmt: skip
    work = Work(
        settings=settings, layout=layout, sessions=sessions, activity=Activity(), cluster=cluster,  # type: ignore[arg-type]
        counters=Counters(),
    )  # fmt: skip
    store_directly(layout, [instance(1)])
    with sessions.begin() as session:
        mark_complete(session, note_received(session, STUDY, now=now, sent_by="CT1", count=1), {}, fingerprint="f")
    return _Node(work, cluster, now)


@pytest.fixture
def node(layout: Layout, sessions: Sessions, now: datetime) -> _Node:
    """A study that is complete, and one worker."""
    return _node(layout, sessions, now)


def test_a_result_is_known_and_waits_for_its_destination(node: _Node) -> None:
    """Done: its UIDs are ours, its delivery is due, its study is looked at again, its stages are counted."""
    node.work.start(node.now)
    node.cluster.end()
    node.work.collect(node.now)

    assert node.state() == ("done", "")
    assert result_uids(node.work.layout.result(STUDY, 1)) == (f"{STUDY}.91",)
    with node.work.sessions.begin() as session:
        row = find_study(session, STUDY)
        assert row is not None
        assert row.result is not None
        assert [one.destination for one in row.result.deliveries] == ["pacs"]
    assert [one.study_instance_uid for one in node.work.activity.arrivals()] == [STUDY]
    assert list(node.work.counters.labels("stage_seconds")) == [("grade", 1.0)]


def test_an_attempt_begins_with_an_empty_folder(node: _Node) -> None:
    """What a node left that was killed between a correction's files and its commit is not sent as this run's result."""
    left = node.work.layout.result(STUDY, 1)
    left.mkdir(parents=True)
    dcmwrite(left / "verified.sr.dcm", instance(80), enforce_file_format=True)
    node.work.start(node.now)
    node.cluster.end()
    node.work.collect(node.now)

    assert result_uids(left) == (f"{STUDY}.91",)


def test_a_failed_attempt_is_repeated_once_and_a_hopeless_one_never(node: _Node) -> None:
    """A killed worker is tried again after the back-off; a study that cannot be used is not."""
    node.work.start(node.now)
    node.cluster.end("the worker died", repeatable=True)
    node.work.collect(node.now)
    assert node.state() == ("failed", "the worker died")
    node.work.start(node.now)
    assert not node.cluster.tasks
    later = node.now + timedelta(seconds=6)
    node.work.start(later)
    node.cluster.end("no series can be used")
    node.work.collect(later)

    assert node.state() == ("abandoned", "no series can be used")


def test_a_lost_scheduler_costs_no_attempt(node: _Node) -> None:
    """What was lost with its scheduler is run again at once."""
    for _ in range(4):
        node.work.start(node.now)
        node.cluster.end(LOST, repeatable=True)
        node.work.collect(node.now)

    assert node.state() == ("complete", "")


def test_a_result_outlives_a_locked_database(node: _Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """An outcome that the database did not take is kept and told again."""
    node.work.start(node.now)
    node.cluster.end()

    def locked(*_: object, **__: object) -> None:
        raise OperationalError("update", {}, Exception("database is locked"))

    with monkeypatch.context() as patch:
        patch.setattr("spineseg.service.work.finish", locked)
        with pytest.raises(OperationalError):
            node.work.collect(node.now)
    assert node.state()[0] == "running"
    node.work.collect(node.now)

    assert node.state() == ("done", "")


def test_a_regrade_is_given_the_mask_and_the_report_that_it_supersedes(node: _Node) -> None:
    """The task names the person's mask and the last report."""
    node.work.start(node.now)
    node.cluster.end()
    node.work.collect(node.now)
    with node.work.sessions.begin() as session:
        enqueue_regrade(session, node.work.layout, STUDY, now=node.now, who="node", lesions=b"SEG")
    node.work.start(node.now)

    task = node.cluster.end()

    assert Path(task.lesions).read_bytes() == b"SEG"
    assert task.previous == str(node.work.layout.result(STUDY, 1) / "report.sr.dcm")
    assert task.out == str(node.work.layout.result(STUDY, 2))


def test_a_storage_that_is_away_is_a_failed_attempt(
    tmp_path: Path, layout: Layout, sessions: Sessions, now: datetime
) -> None:
    """What cannot be staged is not left running for ever."""
    (tmp_path / "shared").write_bytes(b"a file where a folder is needed")
    node = _node(layout, sessions, now, shared=f"file://{tmp_path / 'shared'}")
    node.work.start(now)
    node.work.collect(now)

    assert node.state()[0] == "failed"
    assert "shared storage" in node.state()[1]


def test_shared_storage_carries_study_and_results(
    tmp_path: Path, layout: Layout, sessions: Sessions, now: datetime
) -> None:
    """With a URL the images are put there, the results fetched from there, and nothing is left."""
    shared = tmp_path / "shared"
    node = _node(layout, sessions, now, shared=f"file://{shared}")
    node.work.start(now)
    assert len(list(shared.rglob("*/in/*.dcm"))) == 1
    task = node.cluster.end()
    node.work.collect(now)

    assert task.staged
    assert node.state() == ("done", "")
    assert result_uids(layout.result(STUDY, 1)) == (f"{STUDY}.91",)
    assert not [path for path in shared.rglob("*") if path.is_file()]
    with sessions.begin() as session:
        assert session.get(Job, 1) is not None
