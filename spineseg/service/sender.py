"""Deliveries -> archives and alert hooks: one thread a destination, back-off, commitment; what was answered stays."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from spineseg.archive.commitment import CommitmentInbox
from spineseg.archive.destination import Destination
from spineseg.archive.send import send_files
from spineseg.archive.send_report import SendReport
from spineseg.errors import SpinesegError
from spineseg.service.activity import Counters
from spineseg.service.alerts import Alert, mail_alert, post_alert
from spineseg.service.database import Sessions
from spineseg.service.deliveries import (
    ALERT,
    answered_names,
    awaited_commitments,
    due_deliveries,
    expire_commitments,
    note_answered,
    note_delivered,
    note_refused,
    settle_commitment,
)
from spineseg.service.jobs import Retry
from spineseg.service.layout import Layout
from spineseg.service.settings import NodeSettings
from spineseg.service.tables import Delivery
from spineseg.service.triage import Urgency
from spineseg.service.work import result_files

LOGGER = logging.getLogger(__name__)
_MOST_AT_A_TIME = 8  # destinations [P]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parcel:
    """One delivery in hand."""

    delivery_id: int
    kind: str
    destination: str
    files: tuple[Path, ...]
    alert: Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Sends what is due; a destination that hangs holds up no other one."""

    settings: NodeSettings
    layout: Layout
    sessions: Sessions
    inbox: CommitmentInbox
    counters: Counters
    clock: Callable[[], datetime]
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_MOST_AT_A_TIME, "sender"))
    busy: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self, now: datetime) -> None:
        """Settle commitments and start what is due."""
        self._commitments(now)
        with self.sessions.begin() as session:
            due: dict[str, int] = {}
            for delivery in due_deliveries(session, now):
                due.setdefault(_channel(delivery), delivery.id)
        for channel, delivery_id in due.items():
            with self.lock:
                if channel in self.busy:
                    continue
                self.busy.add(channel)
            self.pool.submit(self._deliver, channel, delivery_id)

    def stop(self) -> None:
        """Let what is in hand end; start nothing more."""
        self.pool.shutdown(wait=True, cancel_futures=True)

    @property
    def retry(self) -> Retry:
        """How often a delivery is repeated."""
        send = self.settings.send
        return Retry(attempts=send.attempts, backoff_s=send.backoff_s, longest_s=send.longest_backoff_s)

    def _commitments(self, now: datetime) -> None:
        with self.sessions.begin() as session:
            for delivery in awaited_commitments(session):
                report = self.inbox.take(delivery.transaction_uid, 0.0)
                if report is not None:
                    settle_commitment(session, delivery, now=now, kept=not report.failed, retry=self.retry)
            expire_commitments(session, now=now, timeout_s=self.settings.send.commitment_timeout_s, retry=self.retry)

    def _deliver(self, channel: str, delivery_id: int) -> None:
        try:
            parcel = self._parcel(delivery_id)
            if parcel is not None:
                self._hand_over(parcel)
        except (SQLAlchemyError, OSError) as error:
            LOGGER.error("a delivery waits: %s", type(error).__name__)  # nothing is noted, so that it stays due
        finally:
            with self.lock:
                self.busy.discard(channel)

    def _parcel(self, delivery_id: int) -> _Parcel | None:
        with self.sessions.begin() as session:
            delivery = session.get(Delivery, delivery_id)
            if delivery is None:
                return None
            job, study = delivery.job, delivery.job.study
            answered = answered_names(session, delivery_id)
            files = result_files(self.layout.result(study.study_instance_uid, job.run))
            urgency = Urgency.UNKNOWN if study.urgency is None else Urgency(study.urgency)
            return _Parcel(
                delivery_id=delivery_id,
                kind=delivery.kind,
                destination=delivery.destination,
                files=tuple(path for path in files if path.name not in answered),
                alert=Alert(
                    worklist_number=study.id,
                    grade=study.grade,
                    urgency=urgency.name.lower(),
                    node=self.settings.receive.ae_title,
                ),
            )

    def _hand_over(self, parcel: _Parcel) -> None:
        reason, report = "", None
        try:
            if parcel.kind == ALERT:
                self._tell(parcel)
            elif parcel.files:
                report = send_files(parcel.files, self._destination(parcel), inbox=self.inbox)
        except SpinesegError as error:
            reason = str(error)
        except (ValueError, TypeError, AttributeError, LookupError, RuntimeError, OSError) as error:
            # A damaged result or a peer that answers nonsense; the message may quote a header.
            reason = f"internal error ({type(error).__name__})"
        now = self.clock()
        with self.sessions.begin() as session:
            delivery = session.get(Delivery, parcel.delivery_id)
            if delivery is None:
                return
            if report is not None:
                note_answered(session, delivery.id, [one.path.name for one in report.outcomes if one.stored])
                reason = _refusal(report)
            if reason:
                note_refused(delivery, now=now, reason=reason, retry=self.retry)
                self.counters.add("deliveries_failed", parcel.destination)
                LOGGER.warning("delivery %s failed: %s", delivery.id, reason)
                return
            commitment = None if report is None else report.commitment
            awaited = commitment is not None and commitment.report is None and commitment.transaction_uid is not None
            transaction = commitment.transaction_uid or "" if awaited and commitment is not None else ""
            note_delivered(delivery, now=now, transaction_uid=transaction)
            if commitment is not None and not awaited:
                delivery.reason = commitment.note
        self.counters.add("deliveries_done", parcel.destination)

    def _tell(self, parcel: _Parcel) -> None:
        if self.settings.alert is None:
            return
        tell = post_alert if parcel.destination == "url" else mail_alert
        tell(parcel.alert, self.settings.alert)

    def _destination(self, parcel: _Parcel) -> Destination:
        try:
            return self.settings.destinations[parcel.destination]
        except KeyError as error:
            raise SpinesegError(
                "the destination is no longer in the settings", parcel.destination, "put it back, or restart the study"
            ) from error


def _channel(delivery: Delivery) -> str:
    return f"{delivery.kind}:{delivery.destination}"


def _refusal(report: SendReport) -> str:
    """Why not everything is there; empty where it is, or where only the archive's commitment is awaited."""
    if report.refused:
        return f"{len(report.refused)} of {len(report.outcomes)} instances refused: {report.refused[0].note}"
    commitment = report.commitment
    if commitment is not None and commitment.report is not None and report.uncommitted:
        return f"{len(report.uncommitted)} instances were not committed"
    return ""
