"""Life of a delivery: which results go to which destination, what was answered for, and when to try again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from spineseg.service.jobs import Retry
from spineseg.service.settings import NodeSettings
from spineseg.service.tables import Delivery, DeliveryState, Job, SentFile
from spineseg.service.triage import Triage, at_least

DICOM, ALERT = "dicom", "alert"


def destinations_for(settings: NodeSettings, *, sent_by: str, found: Triage) -> tuple[tuple[str, str], ...]:
    """(kind, name) of everything that is to be told of a result, each once."""
    wanted: dict[tuple[str, str], None] = {}
    for route in settings.send.routes:
        by_sender = route.calling_ae_title is None or route.calling_ae_title.strip() == sent_by.strip()
        if by_sender and (not route.outcomes or found.outcome in route.outcomes):
            wanted |= {(DICOM, name): None for name in route.to}
    alert = settings.alert
    if alert is not None and at_least(found.worst, alert.at_least):
        wanted |= {(ALERT, "url"): None} if alert.url else {}
        wanted |= {(ALERT, "mail"): None} if alert.mail_to else {}
    return tuple(wanted)


def due_deliveries(session: Session, now: datetime) -> Sequence[Delivery]:
    """Deliveries to attempt now, the oldest first."""
    due = or_(
        Delivery.state == DeliveryState.WAITING.value,
        (Delivery.state == DeliveryState.FAILED.value) & (Delivery.next_attempt_at <= now),
    )
    return session.scalars(select(Delivery).where(due).order_by(Delivery.created_at, Delivery.id)).all()


def answered_names(session: Session, delivery_id: int) -> frozenset[str]:
    """Files that the destination has taken already."""
    return frozenset(session.scalars(select(SentFile.name).where(SentFile.delivery_id == delivery_id)))


def note_answered(session: Session, delivery_id: int, names: Iterable[str]) -> None:
    """The destination has taken these files; they are not sent to it again."""
    for name in names:
        session.merge(SentFile(delivery_id=delivery_id, name=name))


def note_delivered(delivery: Delivery, *, now: datetime, transaction_uid: str = "") -> None:
    """Everything was answered for; with a transaction the archive's commitment is awaited."""
    delivery.reason, delivery.next_attempt_at = "", None
    delivery.attempts += 1
    if transaction_uid:
        delivery.state, delivery.transaction_uid = DeliveryState.COMMITTING.value, transaction_uid
        delivery.committing_since = now
    else:
        delivery.state, delivery.finished_at = DeliveryState.DONE.value, now


def note_refused(delivery: Delivery, *, now: datetime, reason: str, retry: Retry) -> None:
    """An attempt failed; the next one is due after the back-off, or a person must look."""
    delivery.attempts += 1
    delivery.reason, delivery.next_attempt_at = reason, retry.next_at(delivery.attempts, now)
    state = DeliveryState.ABANDONED if delivery.next_attempt_at is None else DeliveryState.FAILED
    delivery.state, delivery.committing_since = state.value, None


def settle_commitment(session: Session, delivery: Delivery, *, now: datetime, kept: bool, retry: Retry) -> None:
    """The archive has reported on a commitment: done, or everything is sent again."""
    if kept:
        delivery.state, delivery.finished_at = DeliveryState.DONE.value, now
        return
    forget(session, delivery, answered_names(session, delivery.id))
    note_refused(delivery, now=now, reason="the archive has not committed to every instance", retry=retry)


def awaited_commitments(session: Session) -> Sequence[Delivery]:
    """Deliveries whose archive has not yet reported."""
    return session.scalars(select(Delivery).where(Delivery.state == DeliveryState.COMMITTING.value)).all()


def expire_commitments(session: Session, *, now: datetime, timeout_s: float, retry: Retry) -> int:
    """Commitments that were waited for too long: everything is sent again. Returns how many."""
    late = session.scalars(
        select(Delivery).where(
            Delivery.state == DeliveryState.COMMITTING.value,
            Delivery.committing_since <= now - timedelta(seconds=timeout_s),
        )
    ).all()
    for delivery in late:
        forget(session, delivery, answered_names(session, delivery.id))
        note_refused(delivery, now=now, reason="no storage commitment came", retry=retry)
    return len(late)


def restart_delivery(session: Session, delivery_id: int) -> bool:
    """Give a failed or abandoned delivery a fresh set of attempts; False where there is none."""
    delivery = session.get(Delivery, delivery_id)
    if delivery is None or delivery.state not in (DeliveryState.FAILED, DeliveryState.ABANDONED):
        return False
    delivery.state, delivery.attempts, delivery.next_attempt_at = DeliveryState.WAITING.value, 0, None
    return True


def forget(session: Session, delivery: Delivery, names: Iterable[str]) -> None:
    """These files are to be sent again."""
    for name in names:
        kept = session.get(SentFile, (delivery.id, name))
        if kept is not None:
            session.delete(kept)


def job_of(session: Session, delivery: Delivery) -> Job:
    """Job whose results a delivery carries."""
    job = session.get(Job, delivery.job_id)
    if job is None:
        raise LookupError("a delivery without its job")
    return job
