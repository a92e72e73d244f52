"""Tables of the node's database: studies, jobs, deliveries, commitments, audit trail (SQLAlchemy 2)."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import DateTime, Dialect, ForeignKey, Index, String, Text, TypeDecorator, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column, relationship


class JobState(StrEnum):
    """Life of a job.

    `RECEIVED`: instances are still coming. `COMPLETE`: ready for a worker. `RUNNING`: a worker has it.
    `FAILED`: an attempt failed and another one is due. `ABANDONED`: no more attempts; a person may restart it.
    """

    RECEIVED = "received"
    COMPLETE = "complete"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    ABANDONED = "abandoned"


OPEN_STATES = (JobState.RECEIVED, JobState.COMPLETE, JobState.RUNNING, JobState.FAILED)


class JobKind(StrEnum):
    """Why a job exists.

    `STUDY`: images came. `REGRADE`: a person's lesion mask or facts of the clinic came. `CORRECTION`: a person
    corrected and verified the report; nothing is computed, its files are sent.
    """

    STUDY = "study"
    REGRADE = "regrade"
    CORRECTION = "correction"


class DeliveryState(StrEnum):
    """Life of a job's results on their way to one destination; `COMMITTING`: sent, the archive's promise is awaited."""

    WAITING = "waiting"
    COMMITTING = "committing"
    DONE = "done"
    FAILED = "failed"
    ABANDONED = "abandoned"


OPEN_DELIVERIES = (DeliveryState.WAITING, DeliveryState.COMMITTING, DeliveryState.FAILED)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC times on every database; SQLite keeps no time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Aware time to UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Stored time, aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(MappedAsDataclass, DeclarativeBase):
    """Base of the tables."""

    type_annotation_map = {datetime: UtcDateTime()}  # noqa: RUF012 (SQLAlchemy reads it as a plain mapping)


class Study(Base, kw_only=True):
    """A study that was received.

    Attributes
    ----------
    sent_by
        Calling AE title of the latest association that brought some of it.
    patient_name ... study_description
        From a header, for the page; empty until the study was complete once, and after a purge.
    urgency
        `triage.Urgency`, lower is more urgent; None until it was analysed.
    images_purged_at, results_purged_at
        When retention removed them.
    """

    __tablename__ = "studies"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    study_instance_uid: Mapped[str] = mapped_column(String(64), unique=True)
    sent_by: Mapped[str] = mapped_column(String(16), default="")
    first_received_at: Mapped[datetime]
    last_received_at: Mapped[datetime]
    instance_count: Mapped[int] = mapped_column(default=0)
    complete_requested: Mapped[bool] = mapped_column(default=False)
    patient_name: Mapped[str] = mapped_column(Text, default="")
    patient_id: Mapped[str] = mapped_column(Text, default="")
    accession_number: Mapped[str] = mapped_column(Text, default="")
    study_date: Mapped[str] = mapped_column(Text, default="")
    study_description: Mapped[str] = mapped_column(Text, default="")
    modalities: Mapped[str] = mapped_column(Text, default="")
    urgency: Mapped[int | None] = mapped_column(default=None)
    grade: Mapped[str] = mapped_column(String(40), default="")
    outcome: Mapped[str] = mapped_column(String(40), default="")
    images_purged_at: Mapped[datetime | None] = mapped_column(default=None)
    results_purged_at: Mapped[datetime | None] = mapped_column(default=None)

    jobs: Mapped[list[Job]] = relationship(
        back_populates="study", init=False, cascade="all, delete-orphan", order_by="Job.run", repr=False
    )


class Job(Base, kw_only=True):
    """One analysis of a study, or one correction by a person.

    Attributes
    ----------
    run
        1, 2, ... within the study; its results lie in `results/STUDY/RUN`.
    fingerprint
        SHA-256 of the names of the images that it read; empty until it began.
    lesions, clinical
        Names of files beside the results, in `results/STUDY/RUN.given/`; empty for none.
    reason
        One line on why the last attempt failed.
    seconds : [s]
        Of the attempt that succeeded.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("study_id", "run"),
        Index(
            "one_open_job_a_study",
            "study_id",
            unique=True,
            sqlite_where=text("state IN ('received', 'complete', 'running', 'failed')"),
            postgresql_where=text("state IN ('received', 'complete', 'running', 'failed')"),
        ),
        Index("jobs_by_state", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id", ondelete="CASCADE"))
    run: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12), default=JobKind.STUDY.value)
    state: Mapped[str] = mapped_column(String(12), default=JobState.RECEIVED.value)
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    instance_count: Mapped[int] = mapped_column(default=0)
    lesions: Mapped[str] = mapped_column(Text, default="")
    clinical: Mapped[str] = mapped_column(Text, default="")
    requested_by: Mapped[str] = mapped_column(Text, default="")
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None] = mapped_column(default=None)
    finished_at: Mapped[datetime | None] = mapped_column(default=None)
    seconds: Mapped[float | None] = mapped_column(default=None)
    reason: Mapped[str] = mapped_column(Text, default="")

    study: Mapped[Study] = relationship(back_populates="jobs", init=False, repr=False)
    deliveries: Mapped[list[Delivery]] = relationship(
        back_populates="job", init=False, cascade="all, delete-orphan", order_by="Delivery.id", repr=False
    )


class Delivery(Base, kw_only=True):
    """Results of one job on their way to one destination, or an alert about them.

    Attributes
    ----------
    kind
        "dicom" or "alert".
    destination
        Name of a destination; of an alert "url" or "mail".
    transaction_uid
        Of the storage commitment that was asked for.
    """

    __tablename__ = "deliveries"
    __table_args__ = (UniqueConstraint("job_id", "kind", "destination"), Index("deliveries_by_state", "state"))

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(8), default="dicom")
    destination: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(12), default=DeliveryState.WAITING.value)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None] = mapped_column(default=None)
    transaction_uid: Mapped[str] = mapped_column(String(64), default="")
    committing_since: Mapped[datetime | None] = mapped_column(default=None)
    reason: Mapped[str] = mapped_column(Text, default="")

    job: Mapped[Job] = relationship(back_populates="deliveries", init=False, repr=False)
    sent: Mapped[list[SentFile]] = relationship(
        back_populates="delivery", init=False, cascade="all, delete-orphan", repr=False
    )


class SentFile(Base, kw_only=True):
    """One file that a destination has answered for; it is not sent to it again."""

    __tablename__ = "sent_files"

    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), primary_key=True)

    delivery: Mapped[Delivery] = relationship(back_populates="sent", init=False, repr=False)


class ResultInstance(Base, kw_only=True):
    """SOP Instance UID of a result of ours, by which it is known when it comes back; kept after a purge."""

    __tablename__ = "result_instances"

    sop_instance_uid: Mapped[str] = mapped_column(String(64), primary_key=True)
    study_instance_uid: Mapped[str] = mapped_column(String(64))


class AuditEntry(Base, kw_only=True):
    """Who did what and when; kept after a purge, without patient data."""

    __tablename__ = "audit_trail"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(String(40))
    study_instance_uid: Mapped[str] = mapped_column(String(64), default="", index=True)
    detail: Mapped[str] = mapped_column(Text, default="")


class CommitmentRequest(Base, kw_only=True):
    """Storage commitment that a peer asked us for and that no report of ours has answered yet (PS3.4 annex J).

    Attributes
    ----------
    instances
        A line each: SOP Class UID, a space, SOP Instance UID.
    """

    __tablename__ = "commitment_requests"
    __table_args__ = (UniqueConstraint("ae_title", "transaction_uid"),)

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    ae_title: Mapped[str] = mapped_column(String(16))
    transaction_uid: Mapped[str] = mapped_column(String(64))
    instances: Mapped[str] = mapped_column(Text)
    requested_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
