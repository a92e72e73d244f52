"""Storage commitments that peers ask us for <-> database: none is forgotten before its report was taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from spineseg.service.jobs import Retry
from spineseg.service.layout import is_uid
from spineseg.service.tables import CommitmentRequest

# 5 s, 10 s, ... up to an hour between two attempts to deliver a report: about two days in all. [P]
RETRY = Retry(attempts=56, backoff_s=5.0, longest_s=3600.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that no report has answered yet.

    Parameters
    ----------
    references
        SOP Class UID and SOP Instance UID of each instance, as the peer wrote them.
    """

    id: int
    ae_title: str
    transaction_uid: str
    references: tuple[tuple[str, str], ...]


def note_request(
    session: Session, ae_title: str, transaction_uid: str, references: Iterable[tuple[str, str]], *, now: datetime
) -> None:
    """Keep a request; the same transaction again, of a peer that saw no answer, takes the place of the first.

    Raises
    ------
    ValueError
        The transaction or a SOP class is named by no UID, or an instance by something that is no word.
    """
    lines = [_line(*pair) for pair in references]
    if not is_uid(transaction_uid):
        raise ValueError("not a UID")
    former = session.scalar(
        select(CommitmentRequest).where(
            CommitmentRequest.ae_title == ae_title, CommitmentRequest.transaction_uid == transaction_uid
        )
    )
    if former is not None:
        session.delete(former)
        session.flush()
    session.add(
        CommitmentRequest(
            ae_title=ae_title, transaction_uid=transaction_uid, instances="\n".join(lines), requested_at=now,
            next_attempt_at=now,
        )
    )  # fmt: skip


def due_requests(session: Session, now: datetime) -> Sequence[Asked]:
    """Requests whose report is to be delivered now, the longest due first."""
    rows = session.scalars(
        select(CommitmentRequest)
        .where(CommitmentRequest.next_attempt_at <= now)
        .order_by(CommitmentRequest.next_attempt_at, CommitmentRequest.id)
    )
    return tuple(
        Asked(
            id=row.id, ae_title=row.ae_title, transaction_uid=row.transaction_uid,
            references=tuple(_pair(line) for line in row.instances.splitlines()),
        )
        for row in rows
    )  # fmt: skip


def note_reported(session: Session, request_id: int) -> None:
    """The peer has taken the report."""
    row = session.get(CommitmentRequest, request_id)
    if row is not None:
        session.delete(row)


def note_not_reported(session: Session, request_id: int, *, now: datetime) -> bool:
    """The report was not taken: it is due again later. False where no attempt is left, and the request is given up."""
    row = session.get(CommitmentRequest, request_id)
    if row is None:
        return True
    row.attempts += 1
    again = RETRY.next_at(row.attempts, now)
    if again is None:
        session.delete(row)
        return False
    row.next_attempt_at = again
    return True


def _line(sop_class_uid: str, sop_instance_uid: str) -> str:
    if not is_uid(sop_class_uid) or len(sop_instance_uid.split()) != 1:
        raise ValueError("not a UID")
    return f"{sop_class_uid} {sop_instance_uid}"


def _pair(line: str) -> tuple[str, str]:
    sop_class_uid, _, sop_instance_uid = line.partition(" ")
    return sop_class_uid, sop_instance_uid
