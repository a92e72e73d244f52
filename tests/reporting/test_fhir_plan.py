from __future__ import annotations

from dataclasses import replace

from spineseg.domain.recommendation import OptionStatus
from spineseg.domain.sins import SinsScore
from tests.reporting.bundles import FINDINGS, made, resources
from tests.reporting.recommendations import ALERT, RECOMMENDATION, entry


def test_alerts_are_risks_and_options_are_a_plan() -> None:
    """Every alert is a risk; options, what speaks against them and what they wait for are activities of the plan."""
    bundle = made()

    (risk,) = resources(bundle, "RiskAssessment")
    (plan,) = resources(bundle, "CarePlan")
    details = [one["detail"] for one in plan["activity"]]
    assert "examine the patient now" in risk["mitigation"]
    assert [one["status"] for one in details] == ["not-started", "not-started", "on-hold", "not-started"]
    assert [one["doNotPerform"] for one in details] == [False, False, False, True]
    assert "Does anything speak against steroids?" in details[2]["statusReason"]["text"]
    assert "R050: radiosensitive histology" in details[0]["description"]
    assert "R053: high-grade compression" in details[1]["description"]
    notes = " ".join(one["text"] for one in plan["note"])
    assert "A CT would settle the bone quality" in notes
    assert "UNVERIFIED" in notes.upper()


def test_a_risk_rests_on_the_lesions_that_it_is_about() -> None:
    """An alert about one of two lesions names that one; an alert about the patient names both."""
    second = replace(FINDINGS.lesions[0], number=2, tracking_uid="1.2.99", sins=SinsScore(components={}))
    patient = replace(ALERT, rule_id="R018", lesions=())
    bundle = made(
        replace(FINDINGS, lesions=(*FINDINGS.lesions, second)),
        recommendation=replace(RECOMMENDATION, options=(replace(ALERT, lesions=(2,)), patient)),
    )

    groups = {one["code"]["text"]: one for one in resources(bundle, "Observation") if "hasMember" in one}
    names = {one["fullUrl"]: one["resource"] for one in bundle["entry"]}
    bases = [
        [names[basis["reference"]]["code"]["text"] for basis in risk["basis"]]
        for risk in resources(bundle, "RiskAssessment")
    ]
    assert len(groups) == 2
    assert bases == [["Suspected lesion 2"], ["Suspected lesion 1", "Suspected lesion 2"]]


def test_no_status_is_lost_on_the_way() -> None:
    """Whatever its status, an entry is found in the bundle."""
    options = tuple(entry(f"R9{number}", status, f"words {number}") for number, status in enumerate(OptionStatus))

    bundle = made(recommendation=replace(RECOMMENDATION, options=options))

    text = str(resources(bundle, "CarePlan") + resources(bundle, "RiskAssessment"))
    assert all(option.text in text for option in options)
