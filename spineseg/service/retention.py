"""Age -> what is removed: received images and results of studies that are done, never what is being worked on."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from spineseg.errors import InputError
from spineseg.service.jobs import NODE, open_job
from spineseg.service.layout import Layout
from spineseg.service.settings import StorageSettings
from spineseg.service.studies import write_audit
from spineseg.service.tables import OPEN_DELIVERIES, Delivery, Job, Study

_PERSONAL = ("patient_name", "patient_id", "accession_number", "study_date", "study_description")
_OPEN = [state.value for state in OPEN_DELIVERIES]


def purge_old(session: Session, layout: Layout, settings: StorageSettings, now: datetime) -> int:
    """Remove what the settings no longer keep. Returns how many removals there were."""
    removed = 0
    if settings.keep_received_days is not None:
        before = now - timedelta(days=settings.keep_received_days)
        for study in _idle(session, before, Study.images_purged_at.is_(None)):
            _purge_images(session, layout, study, now, NODE)
            removed += 1
    if settings.keep_results_days is not None:
        before = now - timedelta(days=settings.keep_results_days)
        for study in _idle(session, before, Study.results_purged_at.is_(None)):
            _purge_results(session, layout, study, now, NODE)
            removed += 1
    return removed


def purge_study(session: Session, layout: Layout, study_instance_uid: str, *, now: datetime, who: str) -> None:
    """Remove images, results and what names the patient; the audit trail and the UIDs of our results stay.

    Raises
    ------
    InputError
        The study is not known, is being worked on, or some of its results are still to be sent.
    """
    study = session.scalar(select(Study).where(Study.study_instance_uid == study_instance_uid))
    if study is None:
        raise InputError("no such study", remedy="take one from the worklist")
    if _is_busy(session, study):
        raise InputError("the study is being analysed or sent", remedy="try again when it is done")
    _purge_images(session, layout, study, now, who)
    _purge_results(session, layout, study, now, who)


def _idle(
    session: Session, before: datetime, condition: ColumnElement[bool] | InstrumentedAttribute[bool]
) -> list[Study]:
    studies = session.scalars(select(Study).where(Study.last_received_at < before, condition)).all()
    return [study for study in studies if not _is_busy(session, study)]


def _is_busy(session: Session, study: Study) -> bool:
    if open_job(session, study) is not None:
        return True
    sending = select(Delivery.id).join(Job).where(Job.study_id == study.id, Delivery.state.in_(_OPEN)).limit(1)
    return session.scalar(sending) is not None


def _purge_images(session: Session, layout: Layout, study: Study, now: datetime, who: str) -> None:
    uid = study.study_instance_uid
    shutil.rmtree(layout.study(uid), ignore_errors=True)
    study.images_purged_at = now
    write_audit(session, now, who=who, action="purge images", study_instance_uid=uid)


def _purge_results(session: Session, layout: Layout, study: Study, now: datetime, who: str) -> None:
    uid = study.study_instance_uid
    shutil.rmtree(layout.result(uid, 1).parent, ignore_errors=True)
    for column in _PERSONAL:
        setattr(study, column, "")
    study.results_purged_at = now
    write_audit(session, now, who=who, action="purge results", study_instance_uid=uid)
