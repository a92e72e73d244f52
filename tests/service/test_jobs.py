"""Tests of spineseg.service.jobs: the life of a job, on SQLite and, where SPINESEG_TEST_POSTGRESQL names one, there."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from spineseg.errors import InputError
from spineseg.service import jobs
from spineseg.service.database import Sessions
from spineseg.service.layout import Layout
from spineseg.service.studies import find_study
from spineseg.service.tables import Job, JobKind, JobState, Study
from spineseg.service.triage import Triage, Urgency

UID = "1.2.3"
RETRY = jobs.Retry(attempts=2, backoff_s=10.0)
FOUND = Triage(urgency=Urgency.SOON, grade="2", outcome="lesions_suspected", worst=None)


def _received(sessions: Sessions, now: datetime, *, count: int = 3) -> None:
    with sessions.begin() as session:
        jobs.note_received(session, UID, now=now, sent_by="CT1", count=count)


def _complete(sessions: Sessions) -> None:
    with sessions.begin() as session:
        assert jobs.mark_complete(session, _study(session), {"patient_name": "Doe^Jane"}, fingerprint="f")


def _study(session: object) -> Study:
    row = find_study(session, UID)  # type: ignore[arg-type]
    assert row is not None
    return row.study


def _claimed(sessions: Sessions, now: datetime) -> list[str]:
    with sessions.begin() as session:
        return [job.state for job in jobs.claim(session, now=now, limit=9)]


def _done(sessions: Sessions, now: datetime) -> None:
    with sessions.begin() as session:
        job = _study(session).jobs[-1]
        jobs.finish(
            session, job, now=now, seconds=1.0, found=FOUND, destinations=[("dicom", "pacs")], result_uids=["1.9"]
        )


def test_a_study_goes_its_way(sessions: Sessions, now: datetime) -> None:
    """Received, complete, running, done; its results wait for their destination and the study has its grade."""
    _received(sessions, now)
    assert _claimed(sessions, now) == []
    _complete(sessions)
    assert _claimed(sessions, now) == ["running"]
    assert _claimed(sessions, now) == []
    _done(sessions, now)
    with sessions.begin() as session:
        row = find_study(session, UID)

    assert row is not None
    assert row.result is not None
    assert (row.result.state, row.study.grade, row.urgency) == ("done", "2", Urgency.SOON)
    assert [one.destination for one in row.result.deliveries] == ["pacs"]


def test_what_ran_when_the_power_went_runs_again(sessions: Sessions, now: datetime) -> None:
    """A running job is handed back after a start, and the interrupted attempt does not count."""
    _received(sessions, now)
    _complete(sessions)
    for _ in range(5):
        assert _claimed(sessions, now) == ["running"]
        with sessions.begin() as session:
            assert jobs.recover(session) == 1

    with sessions.begin() as session:
        assert _study(session).jobs[0].attempts == 0


def test_attempts_back_off_and_end(sessions: Sessions, now: datetime) -> None:
    """A failed attempt is repeated after the back-off; the last one leaves the job abandoned with its reason."""
    _received(sessions, now)
    _complete(sessions)
    _claimed(sessions, now)
    with sessions.begin() as session:
        jobs.fail(_study(session).jobs[0], now=now, reason="no memory", retry=RETRY)
    assert _claimed(sessions, now + timedelta(seconds=9)) == []
    assert _claimed(sessions, now + timedelta(seconds=11)) == ["running"]
    with sessions.begin() as session:
        jobs.fail(_study(session).jobs[0], now=now, reason="no memory", retry=RETRY)

    with sessions.begin() as session:
        job = _study(session).jobs[0]
        assert (job.state, job.reason) == ("abandoned", "no memory")
        assert jobs.restart_job(session, UID, now=now, who="reader").attempts == 0
    assert _claimed(sessions, now) == ["running"]


def test_back_off_doubles_up_to_its_limit() -> None:
    """10, 20, 40 seconds and never more than the longest."""
    retry = jobs.Retry(attempts=9, backoff_s=10.0, longest_s=35.0)
    start = datetime(2026, 1, 1)

    waits = [retry.next_at(made, start) for made in (1, 2, 3)]

    assert [(one - start).total_seconds() for one in waits if one] == [10.0, 20.0, 35.0]
    assert retry.next_at(9, start) is None


def test_late_instances_wait_for_the_running_job_and_then_start_another(sessions: Sessions, now: datetime) -> None:
    """A running job is not disturbed; the next arrival after it opens run 2."""
    _received(sessions, now)
    _complete(sessions)
    _claimed(sessions, now)
    _received(sessions, now, count=4)
    with sessions.begin() as session:
        assert [job.state for job in _study(session).jobs] == ["running"]
    _done(sessions, now)
    _received(sessions, now, count=5)

    with sessions.begin() as session:
        assert [(job.run, job.state) for job in _study(session).jobs] == [(1, "done"), (2, "received")]


def test_a_study_has_one_open_job(sessions: Sessions, now: datetime) -> None:
    """The database itself refuses a second open job of a study."""
    _received(sessions, now)
    with sessions() as session:
        session.add(Job(study_id=_study(session).id, run=7, created_at=now))
        with pytest.raises(IntegrityError):
            session.commit()


def test_what_a_person_gave_stands_in_later_runs(sessions: Sessions, layout: Layout, now: datetime) -> None:
    """A re-grade keeps its mask, a later one adds facts, and late images keep both."""
    _received(sessions, now)
    with sessions.begin() as session, pytest.raises(InputError, match="received or analysed"):
        jobs.enqueue_regrade(session, layout, UID, now=now, who="reader", lesions=b"SEG")
    _complete(sessions)
    _claimed(sessions, now)
    _done(sessions, now)
    with sessions.begin() as session:
        first = jobs.enqueue_regrade(session, layout, UID, now=now, who="reader", lesions=b"SEG")
        assert (first.kind, first.state) == (JobKind.REGRADE, JobState.COMPLETE)
    _done(sessions, now)
    with sessions.begin() as session:
        jobs.enqueue_regrade(session, layout, UID, now=now, who="reader", clinical="a: b")
    _done(sessions, now)
    _received(sessions, now, count=9)

    with sessions.begin() as session:
        last = _study(session).jobs[-1]
        assert (last.kind, last.lesions, last.clinical) == ("study", "2.given/lesions.dcm", "3.given/clinical.yaml")
    assert (layout.results / UID / last.lesions).read_bytes() == b"SEG"


def test_a_correction_is_a_result_of_its_own(sessions: Sessions, layout: Layout, now: datetime) -> None:
    """The corrected report lies beside the machine's, whose files stay as they were."""
    _received(sessions, now)
    _complete(sessions)
    _claimed(sessions, now)
    _done(sessions, now)
    with sessions.begin() as session:
        job = jobs.begin_correction(session, layout, UID, now=now, who="reader", files={"report.sr.dcm": b"SR"})
        jobs.finish(
            session, job, now=now, seconds=None, found=FOUND, destinations=[("dicom", "pacs")], result_uids=["1.10"]
        )

    assert (layout.result(UID, 2) / "report.sr.dcm").read_bytes() == b"SR"
    with sessions.begin() as session:
        row = find_study(session, UID)
        assert row is not None
        assert row.result is not None
        assert (row.result.kind, row.result.run) == ("correction", 2)


@pytest.mark.parametrize("where", ["writing", "finish", "flush", "commit"])
def test_a_correction_that_is_not_kept_leaves_no_file(
    sessions: Sessions, layout: Layout, now: datetime, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Wherever it fails there is neither a job nor a folder of it, and the next one takes its place whole."""
    _received(sessions, now)
    _complete(sessions)
    _claimed(sessions, now)
    _done(sessions, now)
    real = jobs.write_bytes

    def fail_at(name: str) -> None:
        if where == name:
            raise OSError("no space")

    def write(path: Path, content: bytes) -> None:
        if path.name == "run.json":
            fail_at("writing")
        real(path, content)

    def correct(files: dict[str, bytes]) -> None:
        with sessions.begin() as session:
            job = jobs.begin_correction(session, layout, UID, now=now, who="reader", files=files)
            fail_at("finish")
            jobs.finish(session, job, now=now, seconds=None, found=FOUND, destinations=[], result_uids=["1.10"])
            if where == "flush":
                event.listen(session, "before_flush", lambda *_: fail_at("flush"))
            if where == "commit":
                event.listen(session, "before_commit", lambda _: fail_at("commit"))

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "write_bytes", write)
        with pytest.raises(OSError, match="no space"):
            correct({"report.sr.dcm": b"SR", "run.json": b"{}"})

    assert not layout.result(UID, 2).exists()
    with sessions.begin() as session:
        assert [job.run for job in _study(session).jobs] == [1]
    where = ""
    correct({"report.sr.dcm": b"the next"})
    assert [path.name for path in layout.result(UID, 2).iterdir()] == ["report.sr.dcm"]
    assert sorted(path.name for path in layout.result(UID, 2).parent.iterdir()) == ["2"]
