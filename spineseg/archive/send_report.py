"""What a peer answered -> SendReport: which instances it took, which not and why, and what it has committed to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceOutcome:
    """What became of one file.

    Parameters
    ----------
    sop_class_uid, sop_instance_uid
        Of the instance as it was sent: a label map that went as a binary segmentation has those of the latter.
    stored
        Whether the peer has it.
    note
        What the reader should know: why it was not taken, or what was changed for this peer; empty for nothing.
    transient
        Whether the same instance may be taken later.
    """

    path: Path
    sop_class_uid: str
    sop_instance_uid: str
    stored: bool
    note: str = ""
    transient: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentReport:
    """What a peer says it keeps safe (PS3.4 J.3.3).

    Parameters
    ----------
    failed
        DICOM failure reason by SOP instance UID.
    """

    transaction_uid: str
    committed: frozenset[str]
    failed: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentOutcome:
    """What became of a request for storage commitment.

    Parameters
    ----------
    transaction_uid
        None where the peer did not take the request.
    report
        The peer's answer; None where none came in time.
    note
        What is missing, in words; empty for nothing.
    """

    transaction_uid: str | None = None
    report: CommitmentReport | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendReport:
    """What became of everything that was sent.

    Parameters
    ----------
    commitment
        None where storage commitment was not asked for.
    """

    destination: str
    outcomes: tuple[InstanceOutcome, ...]
    commitment: CommitmentOutcome | None = None

    @property
    def refused(self) -> tuple[InstanceOutcome, ...]:
        """What the peer did not take."""
        return tuple(one for one in self.outcomes if not one.stored)

    @property
    def uncommitted(self) -> tuple[InstanceOutcome, ...]:
        """What the peer took, but has not committed to where it was asked to."""
        if self.commitment is None:
            return ()
        report = self.commitment.report
        safe = frozenset() if report is None else report.committed
        return tuple(one for one in self.outcomes if one.stored and one.sop_instance_uid not in safe)

    @property
    def complete(self) -> bool:
        """Whether the peer took everything, and committed to everything where it was asked to."""
        return not self.refused and not self.uncommitted
