"""Tests of spineseg.service.commitment_reports: a peer asks, we report on a new association."""

from __future__ import annotations

import socket
from pathlib import Path

from pynetdicom import AE
from pynetdicom.sop_class import StorageCommitmentPushModel

from spineseg.archive.commitment import (
    PUSH_MODEL_INSTANCE,
    REQUEST_COMMITMENT,
    CommitmentInbox,
    commitment_handler,
    commitment_request,
)
from spineseg.service.settings import ReceiveSettings
from tests.service.peers_and_files import STUDY, instance, receiving, send

CT = "1.2.840.10008.5.1.4.1.1.2"


def test_what_is_on_disk_is_committed_to(tmp_path: Path) -> None:
    """The report names what is safe and what is not; an AE whose address is not known is told at once."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = ReceiveSettings(report_peers={"PACS": f"127.0.0.1:{port}"})
    receiver, _ = receiving(tmp_path, settings)
    inbox = CommitmentInbox()
    entity = AE(ae_title="PACS")
    entity.add_supported_context(StorageCommitmentPushModel, scu_role=False, scp_role=True)
    server = entity.start_server(("127.0.0.1", port), block=False, evt_handlers=[commitment_handler(inbox)])
    try:
        assert send(receiver.port, [instance(1)], calling="PACS") == [0]
        statuses = [_ask(receiver.port, title) for title in ("PACS", "OTHER")]
        report = inbox.take("1.2.99", 20)
    finally:
        server.shutdown()
        receiver.stop()

    assert statuses == [0x0000, 0x0110]
    assert report is not None
    assert report.committed == {f"{STUDY}.1"}
    assert dict(report.failed) == {f"{STUDY}.2": 0x0112, "../x": 0x0112}


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
