"""Tests of spineseg.service.deliveries: who gets a result, and what is not sent twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from spineseg.domain.escc import EsccGrade
from spineseg.service import deliveries
from spineseg.service.database import Sessions
from spineseg.service.jobs import Retry, note_received
from spineseg.service.tables import Delivery
from spineseg.service.triage import Triage, Urgency
from tests.service.peers_and_files import node_settings

RETRY = Retry(attempts=2, backoff_s=10)
PEER = {"name": "x", "peer": {"host": "127.0.0.1", "port": 1, "called_ae_title": "X"}}


def _found(worst: EsccGrade | None, outcome: str = "lesions_suspected") -> Triage:
    return Triage(urgency=Urgency.SOON, grade="2", outcome=outcome, worst=worst)


def test_routes_and_alerts_choose_by_sender_outcome_and_grade(tmp_path: Path) -> None:
    """Every route that fits counts, each destination once; the alert goes out from its grade on."""
    settings = node_settings(
        tmp_path,
        destinations={name: {**PEER, "name": name} for name in ("pacs", "team")},
        send={
            "routes": [
                {"to": ["pacs"], "calling_ae_title": "CT1"},
                {"to": ["pacs", "team"], "outcomes": ["lesions_suspected"]},
            ]
        },
        alert={"url": "http://127.0.0.1:1/x", "at_least": "2"},
    )

    def to(sent_by: str, found: Triage) -> list[str]:
        return [name for _, name in deliveries.destinations_for(settings, sent_by=sent_by, found=found)]

    assert to("CT1", _found(EsccGrade.G2)) == ["pacs", "team", "url"]
    assert to("CT2", _found(EsccGrade.G1C)) == ["pacs", "team"]
    assert to("CT1", _found(None, "no_lesion_detected")) == ["pacs"]
    assert to("CT2", _found(None, "no_lesion_detected")) == []
    assert "url" in to("CT2", _found(EsccGrade.UNDETERMINED))


def _delivery(sessions: Sessions, now: datetime) -> int:
    with sessions.begin() as session:
        study = note_received(session, "1.2", now=now, sent_by="CT1", count=1)
        delivery = Delivery(job_id=study.jobs[0].id, destination="pacs", created_at=now)
        session.add(delivery)
        session.flush()
        return delivery.id


def test_a_refused_delivery_waits_and_remembers_what_was_taken(sessions: Sessions, now: datetime) -> None:
    """After a failure it is due again after the back-off, without the files that were answered for."""
    key = _delivery(sessions, now)
    with sessions.begin() as session:
        (delivery,) = deliveries.due_deliveries(session, now)
        deliveries.note_answered(session, key, ["a.dcm"])
        deliveries.note_answered(session, key, ["a.dcm"])
        deliveries.note_refused(delivery, now=now, reason="away", retry=RETRY)
    with sessions.begin() as session:
        assert not deliveries.due_deliveries(session, now + timedelta(seconds=9))
        (delivery,) = deliveries.due_deliveries(session, now + timedelta(seconds=11))
        assert deliveries.answered_names(session, key) == {"a.dcm"}
        deliveries.note_refused(delivery, now=now, reason="away", retry=RETRY)
        assert delivery.state == "abandoned"
        assert deliveries.restart_delivery(session, key)
        assert not deliveries.restart_delivery(session, key)
        assert [one.id for one in deliveries.due_deliveries(session, now)] == [key]


def test_a_commitment_that_fails_or_never_comes_sends_everything_again(sessions: Sessions, now: datetime) -> None:
    """Only the archive's yes ends a delivery whose commitment is awaited."""
    key = _delivery(sessions, now)

    def sent() -> Delivery:
        (delivery,) = deliveries.due_deliveries(session, now + timedelta(days=1))
        deliveries.note_answered(session, key, ["a.dcm"])
        deliveries.note_delivered(delivery, now=now, transaction_uid="1.9")
        return delivery

    with sessions.begin() as session:
        delivery = sent()
        assert list(deliveries.awaited_commitments(session)) == [delivery]
        deliveries.settle_commitment(session, delivery, now=now, kept=False, retry=Retry(attempts=9, backoff_s=1))
        session.flush()
        assert deliveries.answered_names(session, key) == frozenset()
        delivery = sent()
        late = now + timedelta(hours=2)
        retry = Retry(attempts=9, backoff_s=1)
        assert deliveries.expire_commitments(session, now=late, timeout_s=3600, retry=retry) == 1
        assert (delivery.state, delivery.reason) == ("failed", "no storage commitment came")
        delivery = sent()
        deliveries.settle_commitment(session, delivery, now=now, kept=True, retry=RETRY)
        assert (delivery.state, delivery.finished_at) == ("done", now)
