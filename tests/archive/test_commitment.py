from __future__ import annotations

import socket

import pytest
from pydicom.dataset import Dataset

from spineseg.archive.commitment import CommitmentInbox, commitment_request, listening, read_commitment
from spineseg.archive.send_report import CommitmentReport
from spineseg.errors import SettingsError


def test_request_names_every_instance() -> None:
    """The request has its transaction and each instance with its class."""
    request = commitment_request([("1.2", "1.2.3"), ("1.2", "1.2.4")], "1.9")

    assert request.TransactionUID == "1.9"
    assert [item.ReferencedSOPInstanceUID for item in request.ReferencedSOPSequence] == ["1.2.3", "1.2.4"]


def test_report_tells_kept_from_lost() -> None:
    """What the peer keeps and what it does not are told apart, with the reason."""
    information = commitment_request([("1.2", "1.2.3")], "1.9")
    failed = Dataset()
    failed.ReferencedSOPInstanceUID = "1.2.4"
    failed.FailureReason = 0x0112
    information.FailedSOPSequence = [failed]

    assert read_commitment(information) == CommitmentReport(
        transaction_uid="1.9", committed=frozenset({"1.2.3"}), failed={"1.2.4": 0x0112}
    )


def test_inbox_gives_a_report_once() -> None:
    """A report that came before anybody waited is there, is taken once, and no other transaction gets it."""
    inbox = CommitmentInbox()
    report = CommitmentReport(transaction_uid="1.9", committed=frozenset(), failed={})
    inbox.put(report)

    assert inbox.take("1.8", 0.01) is None
    assert inbox.take("1.9", 0.01) == report
    assert inbox.take("1.9", 0.01) is None


def test_a_port_in_use() -> None:
    """A port that another program has is a setting that is wrong."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        address = ("127.0.0.1", port)
        with pytest.raises(SettingsError, match=f"port {port}"), listening(address, "SPINESEG", CommitmentInbox()):
            pass
