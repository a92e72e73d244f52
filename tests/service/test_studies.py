"""Tests of spineseg.service.studies: the worklist's order and the audit trail."""

from __future__ import annotations

from datetime import datetime, timedelta

from spineseg.service.database import Sessions
from spineseg.service.jobs import fail, note_received
from spineseg.service.studies import audit_trail, count_by_state, find_study, list_studies, write_audit
from spineseg.service.tables import JobState
from spineseg.service.triage import Urgency


def test_the_most_urgent_comes_first_and_the_unknown_is_not_last(sessions: Sessions, now: datetime) -> None:
    """By urgency, then by waiting time; a study that failed or waits stands above one with a known low grade."""
    with sessions.begin() as session:
        for number, urgency in enumerate((Urgency.NOTHING_FOUND, Urgency.NOW, None, Urgency.LESION)):
            moment = now + timedelta(minutes=number)
            study = note_received(session, f"1.{number}", now=moment, sent_by="CT1", count=1)
            study.urgency = None if urgency is None else int(urgency)
    with sessions.begin() as session:
        order = [row.study.study_instance_uid for row in list_studies(session)]

    assert order == ["1.1", "1.2", "1.3", "1.0"]


def test_an_abandoned_run_makes_a_study_unknown_again(sessions: Sessions, now: datetime) -> None:
    """An old low grade says nothing of images that could not be analysed."""
    with sessions.begin() as session:
        study = note_received(session, "1.1", now=now, sent_by="CT1", count=1)
        study.urgency = int(Urgency.NOTHING_FOUND)
        fail(study.jobs[0], now=now, reason="no memory", retry=None)
    with sessions.begin() as session:
        row = find_study(session, "1.1")
        assert list_studies(session, state=JobState.ABANDONED)
        assert not list_studies(session, state=JobState.DONE)
        assert count_by_state(session)[JobState.ABANDONED] == 1

    assert row is not None
    assert row.urgency is Urgency.UNKNOWN


def test_the_audit_trail_is_by_study(sessions: Sessions, now: datetime) -> None:
    """Entries come back newest first, of one study or of all; an unknown study is none."""
    with sessions.begin() as session:
        write_audit(session, now, who="reader", action="restart", study_instance_uid="1.1")
        write_audit(session, now, who="reader", action="login")
    with sessions.begin() as session:
        of_study = [one.action for one in audit_trail(session, "1.1")]
        of_all = [one.action for one in audit_trail(session)]
        assert find_study(session, "9.9") is None

    assert of_study == ["restart"]
    assert of_all == ["login", "restart"]
