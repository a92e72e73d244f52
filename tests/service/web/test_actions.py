"""Tests of spineseg.service.web.actions: facts, corrections and another attempt."""

from __future__ import annotations

from pydicom import dcmread
from starlette.testclient import TestClient

from spineseg.reporting.sr_header import read_header
from spineseg.reporting.sr_reader import read_findings
from spineseg.service.studies import audit_trail, find_study
from spineseg.service.tables import Delivery, DeliveryState, JobKind, JobState
from spineseg.treatment import read_clinical
from tests.reporting.samples import STUDY_UID
from tests.service.web.conftest import Node, token_of

OBSERVER = {"observer": "DOE^JANE", "organization": "Hospital", "seen": "yes"}


def test_options_follow_the_facts_at_once_and_nothing_is_kept(browser: TestClient, node: Node) -> None:
    """A deficit brings another answer, said to be not kept; a refused value is named; the study stays as it was."""
    path = f"/studies/{node.analysed}"
    token = token_of(browser, path)
    same = browser.post(f"{path}/options", data={"csrf_token": token})
    told = browser.post(f"{path}/options", data={"csrf_token": token, "clin.neuro_deficit": "myelopathy"})
    refused = browser.post(f"{path}/options", data={"img.sins": "<b>99"}, headers={"x-csrf-token": token})

    assert "not kept yet" not in same.text
    assert "not kept yet" in told.text
    assert "New or changed:" in told.text
    assert "Not used" in refused.text
    assert "<b>99" not in refused.text
    with node.sessions.begin() as session:
        row = find_study(session, STUDY_UID)
        assert row is not None
        assert len(row.study.jobs) == 1


def test_kept_facts_start_a_new_analysis(browser: TestClient, node: Node) -> None:
    """The facts lie beside the results as the analysis reads them; a second one has to wait."""
    path = f"/studies/{node.analysed}"
    data = {"csrf_token": token_of(browser, path), "run": "1", "clin.neuro_deficit": "myelopathy"}
    assert browser.post(f"{path}/facts", data={**data, "img.sins": "99"}).status_code == 422
    assert browser.post(f"{path}/facts", data={**data, "run": "7"}).status_code == 409
    assert browser.post(f"{path}/facts", data=data).status_code == 200

    with node.sessions.begin() as session:
        row = find_study(session, STUDY_UID)
    assert row is not None
    assert row.latest is not None
    assert (row.latest.kind, row.latest.state, row.latest.requested_by) == ("regrade", "complete", "local")
    facts = read_clinical(node.layout.results / STUDY_UID / row.latest.clinical).facts
    assert facts["clin.neuro_deficit"].value == "myelopathy"
    assert browser.post(f"{path}/facts", data=data).status_code == 422
    assert "under way" in browser.get(path).text


def test_a_correction_writes_a_verified_report_and_sends_it(browser: TestClient, node: Node) -> None:
    """The new SR names observer, predecessor and grade; the page shows both; the old result takes no more."""
    path = f"/studies/{node.analysed}"
    data = {"csrf_token": token_of(browser, path), "run": "1", "escc-1": "1c", **OBSERVER}
    assert browser.post(f"{path}/correction", data={**data, "seen": ""}).status_code == 422
    assert browser.post(f"{path}/correction", data={**data, "escc-1": "9"}).status_code == 422
    shown = browser.post(f"{path}/correction", data=data)

    new = node.layout.result(STUDY_UID, 2) / "report.sr.dcm"
    old = dcmread(node.layout.result(STUDY_UID, 1) / "report.sr.dcm")
    header, findings = read_header(new), read_findings(new)
    assert header.verified
    assert header.verified_by == "DOE JANE"
    predecessor = dcmread(new).PredecessorDocumentsSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence[0]
    assert predecessor.ReferencedSOPInstanceUID == old.SOPInstanceUID
    assert findings.lesions[0].escc.point.value == "1c"
    assert shown.status_code == 200
    assert "verified by DOE JANE" in shown.text
    assert "before: 2" in shown.text
    with node.sessions.begin() as session:
        row = find_study(session, STUDY_UID)
        trail = [(one.who, one.action) for one in audit_trail(session, STUDY_UID)]
    assert row is not None
    assert row.result is not None
    assert (row.result.kind, row.result.state, row.study.grade) == (JobKind.CORRECTION, JobState.DONE, "1c")
    assert [one.destination for one in row.result.deliveries] == ["pacs"]
    assert ("local", "correct") in trail
    assert browser.post(f"{path}/correction", data=data).status_code == 409


def test_a_failed_analysis_is_tried_again(browser: TestClient, node: Node) -> None:
    """Once; a study that has not failed cannot be restarted."""
    path = f"/studies/{node.failed}"
    data = {"csrf_token": token_of(browser, path)}

    assert "the model is missing" in browser.get(path).text
    assert browser.post(f"{path}/restart", data=data).status_code == 200
    with node.sessions.begin() as session:
        row = find_study(session, "1.2.3")
    assert row is not None
    assert row.latest is not None
    assert row.latest.state == JobState.COMPLETE
    assert browser.post(f"{path}/restart", data=data).status_code == 422


def test_a_failed_delivery_is_tried_again(browser: TestClient, node: Node, now: object) -> None:
    """By the study that it belongs to only."""
    with node.sessions.begin() as session:
        row = find_study(session, STUDY_UID)
        assert row is not None
        assert row.result is not None
        delivery = Delivery(job_id=row.result.id, destination="pacs", created_at=now, state="abandoned")  # type: ignore[arg-type]
        session.add(delivery)
    token = token_of(browser, f"/studies/{node.analysed}")
    path = f"deliveries/{delivery.id}/restart"

    assert browser.post(f"/studies/{node.failed}/{path}", data={"csrf_token": token}).status_code == 404
    assert browser.post(f"/studies/{node.analysed}/{path}", data={"csrf_token": token}).status_code == 200
    with node.sessions.begin() as session:
        found = session.get(Delivery, delivery.id)
        assert found is not None
        assert found.state == DeliveryState.WAITING
