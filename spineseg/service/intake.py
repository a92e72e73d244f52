"""Arrivals -> jobs: when a study is complete, what late or repeated instances mean, and when a person's mask counts."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydicom import config, dcmread
from pydicom.errors import InvalidDicomError
from sqlalchemy import select
from sqlalchemy.orm import Session

from spineseg.service.activity import Activity, Arrival
from spineseg.service.database import Sessions
from spineseg.service.jobs import (
    NODE,
    enqueue_regrade,
    latest_analysis,
    latest_result,
    mark_complete,
    note_received,
    open_job,
)
from spineseg.service.layout import SUFFIX, Layout, fingerprint, instances_in
from spineseg.service.persons_masks import find_mask, mark_used, same_content
from spineseg.service.reception import read_sent_by
from spineseg.service.settings import CompletionSettings
from spineseg.service.tables import Job, JobState, Study

LOGGER = logging.getLogger(__name__)

_HEADER = {
    "patient_name": "PatientName",
    "patient_id": "PatientID",
    "accession_number": "AccessionNumber",
    "study_date": "StudyDate",
    "study_description": "StudyDescription",
    "modalities": "Modality",
}
# While instances come the database is told of them no more often: each look costs the receiver time. [P]
_LOOK_EVERY_S = 5.0
_MOST_CHARACTERS = 200  # of a header value on the page [P]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Turns what arrives into jobs."""

    settings: CompletionSettings
    layout: Layout
    sessions: Sessions
    activity: Activity
    looked_at_s: dict[str, float] = field(default_factory=dict)

    def notice_everything(self) -> None:
        """After a start: look at every study on disk; what came before a power cut may be known to no job."""
        for uid in self.layout.study_uids():
            self.activity.arrived(uid, sent_by=read_sent_by(self.layout, uid))

    def look(self, now: datetime) -> None:
        """Look at everything that arrived and is not dealt with."""
        for arrival in self.activity.arrivals():
            uid = arrival.study_instance_uid
            looked = self.looked_at_s.get(uid)
            if looked is not None and arrival.at_s - looked < _LOOK_EVERY_S and not self._is_quiet(arrival):
                continue
            self.looked_at_s[uid] = arrival.at_s
            try:
                with self.sessions.begin() as session:
                    settled, used = self._look_at(session, arrival, now)
                if used:
                    mark_used(self.layout, uid)
            except OSError as error:  # one folder that cannot be read must not hold up the others
                LOGGER.error("a study cannot be looked at: %s", type(error).__name__)
                continue
            if settled:
                del self.looked_at_s[uid]
                self.activity.settle(arrival)

    def _look_at(self, session: Session, arrival: Arrival, now: datetime) -> tuple[bool, bool]:
        """Whether the arrival is dealt with, and whether the masks beside the images are."""
        uid = arrival.study_instance_uid
        study = session.scalar(select(Study).where(Study.study_instance_uid == uid))
        job = None if study is None else open_job(session, study)
        if job is not None and job.state == JobState.RUNNING:
            return False, False
        images = instances_in(self.layout.images(uid))
        mark = fingerprint(images)
        if not images or _is_known(study, job, mark):
            complete = self._is_complete(arrival, study)
            return complete, complete and study is not None and self._regrade(session, study, now)
        if job is None or job.state != JobState.RECEIVED or study is None or study.instance_count != len(images):
            study = note_received(session, uid, now=now, sent_by=arrival.sent_by, count=len(images))
        if not self._is_complete(arrival, study):
            return False, False
        header = _read_header(self.layout.images(uid) / f"{images[len(images) // 2]}{SUFFIX}")
        mark_complete(session, study, header, fingerprint=mark)
        return True, False

    def _is_complete(self, arrival: Arrival, study: Study | None) -> bool:
        return self._is_quiet(arrival) or (study is not None and study.complete_requested)

    def _is_quiet(self, arrival: Arrival) -> bool:
        released = self.settings.quiet_after_release_s
        if released is not None and not arrival.open_associations:
            return arrival.quiet_s >= released
        return arrival.quiet_s >= self.settings.quiet_s

    def _regrade(self, session: Session, study: Study, now: datetime) -> bool:
        """Start a run with a person's new mask of an analysed study; True where the masks are dealt with."""
        result = latest_result(study)
        if result is None or open_job(session, study) is not None:
            return False
        mask = find_mask(session, self.layout, study.study_instance_uid)
        if mask is None:
            return False
        given = self.layout.results / study.study_instance_uid / result.lesions
        if result.lesions and same_content(mask, given):
            return True
        enqueue_regrade(session, self.layout, study.study_instance_uid, now=now, who=NODE, lesions=mask.content)
        LOGGER.info("a person's mask starts a run of its study")
        return True


def _is_known(study: Study | None, job: Job | None, mark: str) -> bool:
    """Whether these very images were analysed, or are about to be."""
    if study is None or study.results_purged_at is not None:
        return False
    if job is not None:
        return job.state != JobState.RECEIVED and job.fingerprint == mark
    latest = latest_analysis(study)
    return latest is not None and latest.fingerprint == mark


def _read_header(path: Path) -> Mapping[str, str]:
    try:
        with config.disable_value_validation():
            dataset = dcmread(path, stop_before_pixels=True, specific_tags=list(_HEADER.values()))
            return {column: str(dataset.get(name) or "")[:_MOST_CHARACTERS] for column, name in _HEADER.items()}
    except (InvalidDicomError, ValueError, TypeError, AttributeError, OSError, LookupError):
        return {}
