"""Tests of spineseg.service.tables: states and what belongs to a study."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from spineseg.service.database import Sessions
from spineseg.service.jobs import note_received
from spineseg.service.tables import OPEN_STATES, Delivery, Job, JobState, SentFile, Study


def test_open_states_are_those_of_the_index() -> None:
    """The partial index that allows one open job a study knows the same states as the code."""
    (index,) = (one for one in Job.__table__.indexes if one.name == "one_open_job_a_study")  # type: ignore[attr-defined]

    words = str(index.dialect_options["sqlite"]["where"])
    assert {state.value for state in OPEN_STATES} == {state.value for state in JobState if f"'{state.value}'" in words}


def test_everything_of_a_study_goes_with_it(sessions: Sessions, now: datetime) -> None:
    """Jobs, deliveries and sent files are removed with their study."""
    with sessions.begin() as session:
        study = note_received(session, "1.2", now=now, sent_by="CT1", count=1)
        delivery = Delivery(job_id=study.jobs[0].id, destination="pacs", created_at=now)
        session.add(delivery)
        session.flush()
        session.add(SentFile(delivery_id=delivery.id, name="report.sr.dcm"))
    with sessions.begin() as session:
        session.delete(session.scalars(select(Study)).one())
    with sessions.begin() as session:
        left = [session.scalar(select(func.count()).select_from(table)) for table in (Job, Delivery, SentFile)]

    assert left == [0, 0, 0]
