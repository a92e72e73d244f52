"""Tests of spineseg.service.intake: when a study is complete, and what late, repeated and corrected instances mean."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from spineseg.service.activity import Activity
from spineseg.service.database import Sessions
from spineseg.service.intake import Intake
from spineseg.service.jobs import claim, finish
from spineseg.service.layout import Layout
from spineseg.service.settings import CompletionSettings
from spineseg.service.studies import find_study
from spineseg.service.triage import Triage, Urgency
from tests.service.peers_and_files import STUDY, instance, segmentation, store_directly

FOUND = Triage(urgency=Urgency.LESION, grade="0", outcome="lesions_suspected", worst=None)


class _Node:
    """An intake whose clock the test turns, and a worker that is done at once."""

    def __init__(self, layout: Layout, sessions: Sessions, now: datetime, settings: CompletionSettings) -> None:
        self.seconds = 0.0
        self.layout, self.sessions, self.now = layout, sessions, now
        self.activity = Activity(lambda: self.seconds)
        self.intake = Intake(settings=settings, layout=layout, sessions=sessions, activity=self.activity)

    def receive(self, *datasets: object, association: int | None = None) -> None:
        store_directly(self.layout, datasets)  # type: ignore[arg-type]
        self.activity.arrived(STUDY, sent_by="CT1", association=association)

    def after(self, seconds: float) -> list[tuple[int, str, str]]:
        self.seconds += seconds
        self.intake.look(self.now)
        with self.sessions.begin() as session:
            row = find_study(session, STUDY)
            return [] if row is None else [(job.run, job.kind, job.state) for job in row.study.jobs]

    def analyse(self) -> None:
        with self.sessions.begin() as session:
            for job in claim(session, now=self.now, limit=9):
                finish(
                    session, job, now=self.now, seconds=1.0, found=FOUND, destinations=[], result_uids=[f"9.{job.id}"]
                )


@pytest.fixture
def node(layout: Layout, sessions: Sessions, now: datetime) -> _Node:
    """Complete after 60 quiet seconds, or 5 after a release."""
    return _Node(layout, sessions, now, CompletionSettings(quiet_s=60, quiet_after_release_s=5))


def test_a_study_is_complete_when_it_has_been_quiet(node: _Node) -> None:
    """While an association is open it waits for the long quiet time; the header is read for the page."""
    node.receive(instance(1), instance(2), association=7)

    assert node.after(0) == [(1, "study", "received")]
    assert node.after(59) == [(1, "study", "received")]
    assert node.after(2) == [(1, "study", "complete")]
    assert node.activity.arrivals() == ()
    with node.sessions.begin() as session:
        row = find_study(session, STUDY)
    assert row is not None
    assert (row.study.patient_name, row.study.instance_count, row.study.sent_by) == ("Doe^Jane", 2, "CT1")


def test_a_released_association_shortens_the_wait(node: _Node) -> None:
    """After the release the short quiet time counts."""
    node.receive(instance(1), association=7)
    node.activity.closed(7)

    assert node.after(4) == [(1, "study", "received")]
    assert node.after(2) == [(1, "study", "complete")]


def test_a_routers_trigger_ends_the_wait(node: _Node) -> None:
    """A study that is said to be complete is."""
    node.receive(instance(1), association=7)
    node.after(0)
    with node.sessions.begin() as session:
        row = find_study(session, STUDY)
        assert row is not None
        row.study.complete_requested = True

    assert node.after(6) == [(1, "study", "complete")]


def test_the_same_instances_again_do_nothing(node: _Node) -> None:
    """An analysed study whose images are sent again has no second run, also after a restart of the node."""
    node.receive(instance(1))
    node.after(61)
    node.analyse()
    node.receive(instance(1))
    assert node.after(61) == [(1, "study", "done")]
    node.intake.notice_everything()

    assert node.after(61) == [(1, "study", "done")]
    assert node.activity.arrivals() == ()


def test_late_instances_start_a_new_run(node: _Node) -> None:
    """One more image of an analysed study is a new run of it."""
    node.receive(instance(1))
    node.after(61)
    node.analyse()
    node.receive(instance(2))

    assert node.after(0) == [(1, "study", "done"), (2, "study", "received")]
    assert node.after(61)[1] == (2, "study", "complete")


def test_what_came_before_a_power_cut_is_found(node: _Node) -> None:
    """Images on disk that no job knows become a study after a start."""
    store_directly(node.layout, [instance(1)])
    node.intake.notice_everything()

    assert node.after(61) == [(1, "study", "complete")]


def test_a_waiting_job_is_not_disturbed_by_a_restart(node: _Node) -> None:
    """A complete study whose images have not changed stays complete."""
    node.receive(instance(1))
    node.after(61)
    node.intake.notice_everything()

    assert node.after(0) == [(1, "study", "complete")]


def test_a_persons_mask_starts_a_regrade_once(node: _Node) -> None:
    """A corrected mask of an analysed study is a run with it; the same again, and our own results, are none."""
    node.receive(instance(1))
    node.after(61)
    node.analyse()
    node.receive(segmentation(50))
    assert node.after(61) == [(1, "study", "done"), (2, "regrade", "complete")]
    node.analyse()
    node.receive(segmentation(50))
    node.after(61)
    own = segmentation(51)
    own.SOPInstanceUID = own.file_meta.MediaStorageSOPInstanceUID = "9.2"
    node.receive(own)
    node.intake.notice_everything()

    assert node.after(61) == [(1, "study", "done"), (2, "regrade", "done")]


def test_a_mask_that_came_with_the_images_waits_for_the_analysis(node: _Node) -> None:
    """The machine's run comes first; the person's follows when the study is looked at again."""
    node.receive(instance(1), segmentation(50))
    assert node.after(61) == [(1, "study", "complete")]
    node.analyse()
    node.activity.arrived(STUDY, sent_by="CT1")

    assert node.after(61)[-1] == (2, "regrade", "complete")


def test_a_folder_that_cannot_be_read_holds_up_nobody(node: _Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """The study beside it is complete in time, and the first one when its folder can be read again."""
    from spineseg.service import intake

    real = intake.instances_in
    node.activity.arrived("1.1", sent_by="CT1")
    node.receive(instance(1))

    def unreadable(folder: Path) -> tuple[str, ...]:
        if "1.1" in folder.parts:
            raise PermissionError
        return real(folder)

    with monkeypatch.context() as patch:
        patch.setattr(intake, "instances_in", unreadable)
        assert node.after(61) == [(1, "study", "complete")]
    assert [one.study_instance_uid for one in node.activity.arrivals()] == ["1.1"]
    node.after(61)
    assert node.activity.arrivals() == ()


def test_reports_alone_are_no_study(node: _Node) -> None:
    """Without an image there is nothing to analyse."""
    node.receive(segmentation(50))

    assert node.after(61) == []
    assert node.activity.arrivals() == ()
