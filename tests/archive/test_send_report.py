from __future__ import annotations

from pathlib import Path

from spineseg.archive.send_report import CommitmentOutcome, CommitmentReport, InstanceOutcome, SendReport


def outcome(uid: str, *, stored: bool = True) -> InstanceOutcome:
    """Of one file."""
    return InstanceOutcome(path=Path(f"{uid}.dcm"), sop_class_uid="1", sop_instance_uid=uid, stored=stored)


def test_complete_without_commitment() -> None:
    """Everything stored is complete, one refusal is not."""
    assert SendReport(destination="x", outcomes=(outcome("1"),)).complete
    assert not SendReport(destination="x", outcomes=(outcome("1"), outcome("2", stored=False))).complete


def test_commitment_that_was_asked_for_must_come() -> None:
    """Where commitment was asked for, no report and a report that leaves one out are both incomplete."""
    outcomes = (outcome("1"), outcome("2"))

    def with_report(report: CommitmentReport | None) -> SendReport:
        return SendReport(destination="x", outcomes=outcomes, commitment=CommitmentOutcome(report=report))

    half = CommitmentReport(transaction_uid="9", committed=frozenset({"1"}), failed={"2": 0x0112})
    whole = CommitmentReport(transaction_uid="9", committed=frozenset({"1", "2"}), failed={})

    assert not with_report(None).complete
    assert [one.sop_instance_uid for one in with_report(half).uncommitted] == ["2"]
    assert with_report(whole).complete
