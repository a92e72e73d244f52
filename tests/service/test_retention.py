"""Tests of spineseg.service.retention: what goes after its time, and what never does."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from spineseg.errors import InputError
from spineseg.service.database import Sessions
from spineseg.service.jobs import claim, finish, mark_complete, note_received
from spineseg.service.layout import Layout
from spineseg.service.retention import purge_old, purge_study
from spineseg.service.settings import StorageSettings
from spineseg.service.studies import audit_trail, find_study
from spineseg.service.tables import ResultInstance
from spineseg.service.triage import Triage, Urgency
from tests.service.peers_and_files import STUDY, instance, store_directly

FOUND = Triage(urgency=Urgency.LESION, grade="0", outcome="lesions_suspected", worst=None)


def _study(sessions: Sessions, layout: Layout, now: datetime, *, done: bool, sending: bool = False) -> None:
    store_directly(layout, [instance(1)])
    with sessions.begin() as session:
        study = note_received(session, STUDY, now=now, sent_by="CT1", count=1)
        mark_complete(session, study, {"patient_name": "Doe^Jane"}, fingerprint="f")
        if done:
            (job,) = claim(session, now=now, limit=1)
            to = [("dicom", "pacs")] if sending else []
            finish(session, job, now=now, seconds=1, found=FOUND, destinations=to, result_uids=["1.9"])
            layout.result(STUDY, 1).mkdir(parents=True)


def test_old_studies_lose_their_files_and_their_names(sessions: Sessions, layout: Layout, now: datetime) -> None:
    """Images go first, results later with what names the patient; the audit trail and our UIDs stay."""
    _study(sessions, layout, now, done=True)
    settings = StorageSettings(folder=Path("x"), keep_received_days=10, keep_results_days=20)

    def purge(days: float) -> int:
        with sessions.begin() as session:
            return purge_old(session, layout, settings, now + timedelta(days=days))

    assert purge(9) == 0
    assert purge(11) == 1
    assert not layout.study(STUDY).exists()
    assert layout.result(STUDY, 1).exists()
    assert purge(21) == 1
    assert purge(22) == 0
    assert not layout.result(STUDY, 1).exists()
    with sessions.begin() as session:
        row = find_study(session, STUDY)
        assert row is not None
        assert row.study.patient_name == ""
        assert [one.action for one in audit_trail(session, STUDY)] == ["purge results", "purge images"]
        assert session.get(ResultInstance, "1.9") is not None


@pytest.mark.parametrize(("done", "sending"), [(False, False), (True, True)], ids=["waiting", "being sent"])
def test_work_in_hand_is_never_purged(
    sessions: Sessions, layout: Layout, now: datetime, done: bool, sending: bool
) -> None:
    """A study that waits for a worker or whose results wait for an archive keeps everything."""
    _study(sessions, layout, now, done=done, sending=sending)
    settings = StorageSettings(folder=Path("x"), keep_received_days=1, keep_results_days=1)

    with sessions.begin() as session:
        assert purge_old(session, layout, settings, now + timedelta(days=99)) == 0
        with pytest.raises(InputError, match="analysed or sent"):
            purge_study(session, layout, STUDY, now=now, who="reader")
        with pytest.raises(InputError, match="no such study"):
            purge_study(session, layout, "9.9", now=now, who="reader")
    assert layout.study(STUDY).exists()
