"""Database -> studies as the worklist shows them, and the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, nulls_last, select
from sqlalchemy.orm import Session, selectinload

from spineseg.service.tables import AuditEntry, Job, JobState, Study
from spineseg.service.triage import Urgency


@dataclass(frozen=True, slots=True, kw_only=True)
class WorklistRow:
    """One line of the worklist.

    Parameters
    ----------
    study
        Detached from its session; its jobs are loaded.
    latest
        Its newest job.
    result
        Its newest job that is done, whose results are shown; None before the first.
    urgency
        A study without a result, or whose latest job was abandoned, is `UNKNOWN`.
    """

    study: Study
    latest: Job | None
    result: Job | None
    urgency: Urgency


def list_studies(
    session: Session, *, limit: int = 200, offset: int = 0, state: JobState | None = None
) -> tuple[WorklistRow, ...]:
    """Studies, the most urgent first, and among equals the one that waits longest.

    Parameters
    ----------
    state
        Only studies whose newest job is in this state.
    """
    newest = select(Job.study_id, func.max(Job.run).label("run")).group_by(Job.study_id).subquery()
    job = (
        select(Job.study_id, Job.state)
        .join(newest, (Job.study_id == newest.c.study_id) & (Job.run == newest.c.run))
        .subquery()
    )
    urgency = func.coalesce(Study.urgency, int(Urgency.UNKNOWN))
    query = (
        select(Study)
        .outerjoin(job, job.c.study_id == Study.id)
        .options(selectinload(Study.jobs).selectinload(Job.deliveries))
        .order_by(urgency, nulls_last(Study.first_received_at), Study.id)
        .limit(limit)
        .offset(offset)
    )
    if state is not None:
        query = query.where(job.c.state == state.value)
    return tuple(_row(study) for study in session.scalars(query))


def find_study(session: Session, study_instance_uid: str) -> WorklistRow | None:
    """One study with its jobs, deliveries and results."""
    query = (
        select(Study)
        .where(Study.study_instance_uid == study_instance_uid)
        .options(selectinload(Study.jobs).selectinload(Job.deliveries))
    )
    study = session.scalar(query)
    return None if study is None else _row(study)


def count_by_state(session: Session) -> dict[JobState, int]:
    """Number of jobs in each state."""
    rows = session.execute(select(Job.state, func.count()).group_by(Job.state))
    counts = {state: count for state, count in rows}  # noqa: C416 (a Row is no pair for dict())
    return {state: counts.get(state.value, 0) for state in JobState}


def write_audit(
    session: Session, now: datetime, *, who: str, action: str, study_instance_uid: str = "", detail: str = ""
) -> None:
    """Add to the audit trail.

    Parameters
    ----------
    who
        Name of a user, or "node".
    action
        A word or two: "restart", "correct", "purge".
    detail
        Without patient data.
    """
    session.add(AuditEntry(at=now, who=who, action=action, study_instance_uid=study_instance_uid, detail=detail))


def audit_trail(session: Session, study_instance_uid: str = "", *, limit: int = 200) -> Sequence[AuditEntry]:
    """Entries of a study, or of all, the newest first."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if study_instance_uid:
        query = query.where(AuditEntry.study_instance_uid == study_instance_uid)
    return session.scalars(query).all()


def _row(study: Study) -> WorklistRow:
    latest = study.jobs[-1] if study.jobs else None
    done = [job for job in study.jobs if job.state == JobState.DONE]
    known = study.urgency is not None and (latest is None or latest.state != JobState.ABANDONED)
    stored = Urgency.UNKNOWN if study.urgency is None else Urgency(study.urgency)
    return WorklistRow(
        study=study,
        latest=latest,
        result=done[-1] if done else None,
        urgency=stored if known else min(stored, Urgency.UNKNOWN),
    )
