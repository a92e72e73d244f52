"""Tests of spineseg.service.commitment_reports: a peer asks, we report on a new association."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pynetdicom import AE
from pynetdicom.sop_class import StorageCommitmentPushModel
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from spineseg.archive.commitment import (
    PUSH_MODEL_INSTANCE,
    REQUEST_COMMITMENT,
    CommitmentInbox,
    commitment_handler,
    commitment_request,
)
from spineseg.service.database import open_database
from spineseg.service.settings import ReceiveSettings
from tests.service.peers_and_files import STUDY, instance, receiving, send

CT = "1.2.840.10008.5.1.4.1.1.2"


# A node's receiver in a process of its own, which says at which port it listens.
RECEIVER = """
import sys, time
from pathlib import Path
from spineseg.service.database import open_database
from spineseg.service.database import open_database
from spineseg.service.settings import ReceiveSettings
from tests.service.peers_and_files import receiving
folder = Path(sys.argv[1])
settings = ReceiveSettings(report_peers={"PACS": sys.argv[2]})
receiver, _ = receiving(folder, settings, sessions=open_database(f"sqlite:///{folder / 'node.db'}"))
print(receiver.port, flush=True)
time.sleep(600)
"""


def test_what_is_on_disk_is_committed_to(tmp_path: Path) -> None:
    """The report names what is safe and what is not; an AE whose address is not known is told at once."""
    port = _free_port()
    receiver, _ = receiving(tmp_path, ReceiveSettings(report_peers={"PACS": f"127.0.0.1:{port}"}))
    try:
        with _reported_to(port) as inbox:
            assert send(receiver.port, [instance(1)], calling="PACS") == [0]
            statuses = [_ask(receiver.port, title) for title in ("PACS", "OTHER")]
            report = inbox.take("1.2.99", 20)
    finally:
        receiver.stop()

    assert statuses == [0x0000, 0x0110]
    assert report is not None
    assert report.committed == {f"{STUDY}.1"}
    assert dict(report.failed) == {f"{STUDY}.2": 0x0112, "../x": 0x0112}


def test_a_kill_between_answer_and_report_loses_nothing(tmp_path: Path) -> None:
    """A request that was answered 0x0000 is reported on after the node was killed and started again."""
    hanging = socket.create_server(("127.0.0.1", 0))  # takes connections and never answers
    address = f"127.0.0.1:{hanging.getsockname()[1]}"
    command = [sys.executable, "-c", RECEIVER, str(tmp_path), address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            port = int(process.stdout.readline())
            assert send(port, [instance(1)], calling="PACS") == [0]
            assert _ask(port, "PACS") == 0x0000
        finally:
            process.kill()
    hanging.close()

    sessions = open_database(f"sqlite:///{tmp_path / 'node.db'}")
    with _reported_to(int(address.rpartition(":")[2])) as inbox:
        receiver, _ = receiving(tmp_path, ReceiveSettings(report_peers={"PACS": address}), sessions=sessions)
        try:
            report = inbox.take("1.2.99", 30)
        finally:
            receiver.stop()

    assert report is not None
    assert report.committed == {f"{STUDY}.1"}


def test_a_request_that_cannot_be_kept_is_not_promised(tmp_path: Path) -> None:
    """Without a database the answer is a failure, so that the peer asks again."""
    settings = ReceiveSettings(report_peers={"PACS": "127.0.0.1:1"})
    receiver, _ = receiving(tmp_path, settings, sessions=sessionmaker(create_engine("sqlite://")))
    try:
        assert _ask(receiver.port, "PACS") == 0x0110
    finally:
        receiver.stop()


@contextmanager
def _reported_to(port: int) -> Iterator[CommitmentInbox]:
    """A peer that takes reports."""
    inbox = CommitmentInbox()
    entity = AE(ae_title="PACS")
    entity.add_supported_context(StorageCommitmentPushModel, scu_role=False, scp_role=True)
    server = entity.start_server(("127.0.0.1", port), block=False, evt_handlers=[commitment_handler(inbox)])
    try:
        yield inbox
    finally:
        server.shutdown()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ask(port: int, title: str) -> int:
    entity = AE(ae_title=title)
    entity.add_requested_context(StorageCommitmentPushModel)
    association = entity.associate("127.0.0.1", port, ae_title="SPINESEG")
    assert association.is_established
    names = [(CT, f"{STUDY}.1"), (CT, f"{STUDY}.2"), (CT, "../x")]
    answer, _ = association.send_n_action(
        commitment_request(names, "1.2.99"), REQUEST_COMMITMENT, StorageCommitmentPushModel, PUSH_MODEL_INSTANCE
    )
    association.release()
    return int(answer.Status)
