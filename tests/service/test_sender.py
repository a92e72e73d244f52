"""Tests of spineseg.service.sender: results to a pynetdicom archive that comes and goes."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from pydicom import dcmwrite
from pynetdicom import AE, evt

from spineseg.archive.commitment import CommitmentInbox
from spineseg.service.activity import Counters
from spineseg.service.database import Sessions
from spineseg.service.jobs import claim, finish, mark_complete, note_received
from spineseg.service.layout import Layout
from spineseg.service.sender import Sender
from spineseg.service.studies import find_study
from spineseg.service.tables import Delivery
from spineseg.service.triage import Triage, Urgency
from tests.service.peers_and_files import STUDY, instance, node_settings

CT = "1.2.840.10008.5.1.4.1.1.2"


@contextmanager
def _archive(port: int, status: Callable[[str], int] = lambda _: 0) -> Iterator[list[str]]:
    stored: list[str] = []

    def store(event: object) -> int:
        uid = str(event.request.AffectedSOPInstanceUID)  # type: ignore[attr-defined]
        if (answer := status(uid)) == 0:
            stored.append(uid)
        return answer

    entity = AE(ae_title="ARCHIVE")
    entity.add_supported_context(CT)
    server = entity.start_server(("127.0.0.1", port), block=False, evt_handlers=[(evt.EVT_C_STORE, store)])
    try:
        yield stored
    finally:
        server.shutdown()


class _Node:
    def __init__(self, sender: Sender, port: int, now: datetime) -> None:
        self.sender, self.port, self.now = sender, port, now

    def look(self, seconds: float = 0.0) -> Delivery:
        self.sender.look(self.now + timedelta(seconds=seconds))
        deadline = time.monotonic() + 20
        while self.sender.busy and time.monotonic() < deadline:
            time.sleep(0.01)
        with self.sender.sessions.begin() as session:
            row = find_study(session, STUDY)
            assert row is not None
            assert row.result is not None
            return row.result.deliveries[0]


@pytest.fixture
def node(layout: Layout, sessions: Sessions, now: datetime) -> Iterator[_Node]:
    """A study that is done, with three files for an archive."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    peer = {
        "name": "archive",
        "peer": {"host": "127.0.0.1", "port": port, "called_ae_title": "ARCHIVE"},
        "timeout_s": 5.0,
    }
    settings = node_settings(layout.root, destinations={"archive": peer}, send={"attempts": 3, "backoff_s": 10})
    out = layout.result(STUDY, 1)
    out.mkdir(parents=True)
    for number in (1, 2, 3):
        dcmwrite(out / f"{number}.dcm", instance(number), enforce_file_format=True)
    found = Triage(urgency=Urgency.SOON, grade="2", outcome="lesions_suspected", worst=None)
    with sessions.begin() as session:
        mark_complete(session, note_received(session, STUDY, now=now, sent_by="CT1", count=1), {}, fingerprint="f")
        (job,) = claim(session, now=now, limit=1)
        finish(session, job, now=now, seconds=1, found=found, destinations=[("dicom", "archive")], result_uids=[])
    sender = Sender(
        settings=settings, layout=layout, sessions=sessions, inbox=CommitmentInbox(), counters=Counters(),
        clock=lambda: now,
    )  # fmt: skip
    yield _Node(sender, port, now)
    sender.stop()


def test_everything_is_sent_once(node: _Node) -> None:
    """A delivery that is done is not touched again."""
    with _archive(node.port) as stored:
        assert node.look().state == "done"
        node.look()

    assert sorted(stored) == [f"{STUDY}.{number}" for number in (1, 2, 3)]


def test_what_was_taken_is_not_sent_again(node: _Node) -> None:
    """After a refusal of one instance only that one is sent again."""
    with _archive(node.port, lambda uid: 0xA700 if uid.endswith(".2") else 0) as first:
        delivery = node.look()
    assert (delivery.state, len(first)) == ("failed", 2)
    assert "1 of 3 instances refused" in delivery.reason
    with _archive(node.port) as second:
        assert node.look(5).state == "failed"
        assert node.look(11).state == "done"

    assert second == [f"{STUDY}.2"]


def test_an_archive_that_is_away_is_tried_until_the_attempts_end(node: _Node) -> None:
    """Each failure has its reason; after the last one a person must look."""
    states = [node.look(seconds).state for seconds in (0, 11, 40)]

    assert states == ["failed", "failed", "abandoned"]
    assert "no route to the peer" in node.look(1000).reason


def test_a_damaged_result_is_said(node: _Node) -> None:
    """What cannot be read is a failed delivery with a reason, not a thread that ends in silence."""
    (node.sender.layout.result(STUDY, 1) / "2.dcm").write_bytes(b"noise")

    assert "not a whole DICOM file" in node.look().reason


def test_a_destination_that_is_gone_from_the_settings_is_said(node: _Node) -> None:
    """Nothing is lost silently when a site renames a destination."""
    node.sender.settings.destinations.clear()

    assert "no longer in the settings" in node.look().reason
