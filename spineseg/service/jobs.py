"""Life of a job: received, complete, running, done or failed or abandoned; every change is one transaction's."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, event, or_, select
from sqlalchemy.orm import Session

from spineseg.errors import InputError
from spineseg.files import write_bytes
from spineseg.service.layout import Layout, sync
from spineseg.service.studies import write_audit
from spineseg.service.tables import (
    OPEN_STATES,
    Delivery,
    Job,
    JobKind,
    JobState,
    ResultInstance,
    Study,
)
from spineseg.service.triage import Triage

_OPEN = [state.value for state in OPEN_STATES]
NODE = "node"  # who acts in the audit trail where no person does
LESIONS_NAME, CLINICAL_NAME = "lesions.dcm", "clinical.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How often an attempt is repeated: after `backoff_s`, then twice that, up to `longest_s` [s]."""

    attempts: int
    backoff_s: float
    longest_s: float = 3600.0  # [P]

    def next_at(self, attempts_made: int, now: datetime) -> datetime | None:
        """When to try again; None where no attempt is left."""
        if attempts_made >= self.attempts:
            return None
        return now + timedelta(seconds=min(self.backoff_s * 2.0 ** max(attempts_made - 1, 0), self.longest_s))


def note_received(session: Session, study_instance_uid: str, *, now: datetime, sent_by: str, count: int) -> Study:
    """Images of a study came: its waiting job waits on, or a new one is opened; a running one is left to end."""
    study = session.scalar(select(Study).where(Study.study_instance_uid == study_instance_uid))
    if study is None:
        study = Study(
            study_instance_uid=study_instance_uid, first_received_at=now, last_received_at=now, sent_by=sent_by
        )
        session.add(study)
        session.flush()
    study.last_received_at, study.instance_count = now, count
    study.sent_by = sent_by or study.sent_by
    study.images_purged_at = study.results_purged_at = None
    job = open_job(session, study)
    if job is None:
        _new_job(session, study, JobKind.STUDY, now)
    elif job.state != JobState.RUNNING:
        job.state, job.next_attempt_at = JobState.RECEIVED.value, None
    return study


def open_job(session: Session, study: Study) -> Job | None:
    """The job of a study that is neither done nor abandoned; there is one at most."""
    return session.scalar(select(Job).where(Job.study_id == study.id, Job.state.in_(_OPEN)))


def latest_result(study: Study) -> Job | None:
    """The newest job that is done."""
    return next((job for job in reversed(study.jobs) if job.state == JobState.DONE), None)


def latest_analysis(study: Study) -> Job | None:
    """The newest job that read images; a correction does not."""
    return next((job for job in reversed(study.jobs) if job.kind != JobKind.CORRECTION), None)


def mark_complete(session: Session, study: Study, header: Mapping[str, str], *, fingerprint: str) -> bool:
    """The study's images are all there: its waiting job may run.

    Parameters
    ----------
    fingerprint
        Of the images that are there.
    header
        Columns of `Study` that come from an image: patient_name, study_date, ...

    Returns
    -------
    bool
        Whether there was such a job.
    """
    job = open_job(session, study)
    if job is None or job.state != JobState.RECEIVED:
        return False
    for column, value in header.items():
        setattr(study, column, value)
    study.complete_requested = False
    job.state, job.fingerprint = JobState.COMPLETE.value, fingerprint
    return True


def any_due(session: Session, now: datetime) -> bool:
    """Whether a job waits for a worker."""
    return session.scalar(select(Job.id).where(_due(now)).limit(1)) is not None


def claim(session: Session, *, now: datetime, limit: int) -> Sequence[Job]:
    """Take up to `limit` jobs that are due, the oldest first; each is `running` from here on."""
    jobs = session.scalars(select(Job).where(_due(now)).order_by(Job.created_at, Job.id).limit(limit)).all()
    for job in jobs:
        job.state, job.started_at, job.next_attempt_at = JobState.RUNNING.value, now, None
        job.attempts += 1
    return jobs


def finish(
    session: Session,
    job: Job,
    *,
    now: datetime,
    seconds: float | None,
    found: Triage,
    destinations: Iterable[tuple[str, str]],
    result_uids: Iterable[str],
) -> None:
    """A job is done: its results are known as ours and wait for their destinations.

    Parameters
    ----------
    destinations
        (kind, name) of each delivery.
    """
    job.state, job.finished_at, job.seconds, job.reason = JobState.DONE.value, now, seconds, ""
    study = job.study
    study.urgency, study.grade, study.outcome = int(found.urgency), found.grade, found.outcome
    for kind, name in destinations:
        session.add(Delivery(job_id=job.id, kind=kind, destination=name, created_at=now))
    for uid in result_uids:
        session.merge(ResultInstance(sop_instance_uid=uid, study_instance_uid=study.study_instance_uid))


def fail(job: Job, *, now: datetime, reason: str, retry: Retry | None) -> None:
    """An attempt failed; another one follows while `retry` has any, and never where it is None."""
    again = None if retry is None else retry.next_at(job.attempts, now)
    job.reason, job.next_attempt_at = reason, again
    job.state = JobState.ABANDONED.value if again is None else JobState.FAILED.value
    job.finished_at = now if again is None else None


def hand_back(job: Job) -> None:
    """A running job was interrupted by no fault of its own: it is run again, and the attempt does not count."""
    job.state, job.started_at = JobState.COMPLETE.value, None
    job.attempts = max(job.attempts - 1, 0)


def recover(session: Session) -> int:
    """After a start: hand back what was running when the node ended. Returns how many."""
    jobs = session.scalars(select(Job).where(Job.state == JobState.RUNNING.value)).all()
    for job in jobs:
        hand_back(job)
    return len(jobs)


def restart_job(session: Session, study_instance_uid: str, *, now: datetime, who: str) -> Job:
    """Give the failed or abandoned newest job of a study a fresh set of attempts, at once.

    Raises
    ------
    InputError
        There is none.
    """
    study = _known(session, study_instance_uid)
    job = study.jobs[-1] if study.jobs else None
    if job is None or job.state not in (JobState.FAILED, JobState.ABANDONED):
        raise InputError("the study has no failed job", remedy="nothing is to be restarted")
    job.state, job.attempts, job.next_attempt_at, job.finished_at = JobState.COMPLETE.value, 0, None, None
    write_audit(session, now, who=who, action="restart", study_instance_uid=study_instance_uid, detail=f"run {job.run}")
    return job


def enqueue_regrade(
    session: Session,
    layout: Layout,
    study_instance_uid: str,
    *,
    now: datetime,
    who: str,
    lesions: bytes | None = None,
    clinical: str | None = None,
) -> Job:
    """Analyse a study again with a person's lesion mask or with facts of the clinic; what was given earlier stands.

    Parameters
    ----------
    lesions
        A DICOM SEG file.
    clinical
        YAML as of `spineseg facts --template`, already checked by `treatment.read_clinical`.

    Raises
    ------
    InputError
        The study is not known or is being analysed.
    """
    study = _known(session, study_instance_uid)
    if open_job(session, study) is not None:
        raise InputError("the study is being received or analysed", remedy="try again when it is done")
    before = latest_analysis(study)
    job = _new_job(session, study, JobKind.REGRADE, now)
    job.state, job.requested_by = JobState.COMPLETE.value, who
    job.fingerprint = "" if before is None else before.fingerprint  # of the same images
    folder = layout.given(study_instance_uid, job.run)
    folder.mkdir(parents=True, exist_ok=True)
    if lesions is not None:
        write_bytes(folder / LESIONS_NAME, lesions)
        job.lesions = f"{folder.name}/{LESIONS_NAME}"
    if clinical is not None:
        write_bytes(folder / CLINICAL_NAME, clinical.encode())
        job.clinical = f"{folder.name}/{CLINICAL_NAME}"
    given = [name for name, content in (("lesions", lesions), ("facts", clinical)) if content is not None]
    write_audit(
        session, now, who=who, action="regrade", study_instance_uid=study_instance_uid, detail=" and ".join(given)
    )
    return job


def begin_correction(
    session: Session, layout: Layout, study_instance_uid: str, *, now: datetime, who: str, files: Mapping[str, bytes]
) -> Job:
    """Put a person's corrected, verified report among the results as a job of its own; `finish` it to have it sent.

    Its folder is there whole or not at all, and is gone again where the session is rolled back.

    Parameters
    ----------
    files
        By name: the new `report.sr.dcm`, and the findings, recommendation and run files that go with it.

    Raises
    ------
    InputError
        The study is not known.
    """
    study = _known(session, study_instance_uid)
    job = _new_job(session, study, JobKind.CORRECTION, now, state=JobState.DONE)
    job.requested_by, job.started_at = who, now
    folder = layout.result(study_instance_uid, job.run)
    event.listen(session, "after_rollback", lambda _: shutil.rmtree(folder, ignore_errors=True))
    _place(folder, files)
    write_audit(session, now, who=who, action="correct", study_instance_uid=study_instance_uid, detail=f"run {job.run}")
    return job


def _place(folder: Path, files: Mapping[str, bytes]) -> None:
    """Files to a folder that appears under its name once they are on disk."""
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    for leftover in (unfinished, folder):  # of a node that was killed before it committed
        shutil.rmtree(leftover, ignore_errors=True)
    unfinished.mkdir(parents=True)
    for name, content in files.items():
        write_bytes(unfinished / name, content)
        sync(unfinished / name)
    sync(unfinished)
    unfinished.replace(folder)
    sync(folder.parent)


def _due(now: datetime) -> ColumnElement[bool]:
    return or_(
        Job.state == JobState.COMPLETE.value,
        (Job.state == JobState.FAILED.value) & (Job.next_attempt_at <= now),
    )


def _known(session: Session, study_instance_uid: str) -> Study:
    study = session.scalar(select(Study).where(Study.study_instance_uid == study_instance_uid))
    if study is None:
        raise InputError("no such study", remedy="take one from the worklist")
    return study


def _new_job(session: Session, study: Study, kind: JobKind, now: datetime, state: JobState = JobState.RECEIVED) -> Job:
    run = max((job.run for job in study.jobs), default=0) + 1
    job = Job(study_id=study.id, run=run, kind=kind.value, created_at=now, state=state.value)
    before = latest_result(study)
    if before is not None:  # what a person gave stands in every later run; what could not be used does not
        job.lesions, job.clinical = before.lesions, before.clinical
    study.jobs.append(job)
    session.flush()
    return job
