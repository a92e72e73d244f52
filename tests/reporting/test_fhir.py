from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings

from spineseg.domain.findings import Findings
from spineseg.reporting.wording import RESEARCH_BANNER
from tests.reporting.bundles import made, resources
from tests.reporting.recommendations import EMPTY, HEADER, RECOMMENDATION
from tests.reporting.samples import STUDY_UID, make_findings
from tests.reporting.strategies import findings


@pytest.mark.parametrize(("verified", "status"), [(False, "preliminary"), (True, "final")])
def test_status_follows_the_verification(verified: bool, status: str) -> None:
    """Report, observations and risks are preliminary until the SR is verified; the plan stays a draft."""
    bundle = made(header=replace(HEADER, verified=verified), recommendation=replace(RECOMMENDATION, verified=verified))

    for kind in ("DiagnosticReport", "Observation", "RiskAssessment"):
        assert {one["status"] for one in resources(bundle, kind)} == {status}
    (plan,) = resources(bundle, "CarePlan")
    assert (plan["status"], plan["intent"]) == ("draft", "proposal")


def test_no_word_of_a_report_becomes_markup() -> None:
    """The narrative, which is XHTML, escapes every value."""
    hostile = replace(RECOMMENDATION.options[0], text="<script>alert(1)</script>")

    bundle = made(recommendation=replace(RECOMMENDATION, options=(hostile,)))

    divs = [one["resource"]["text"]["div"] for one in bundle["entry"] if "text" in one["resource"]]
    assert len(divs) == 3
    assert not [div for div in divs if "<script" in div]
    assert any("&lt;script&gt;" in div for div in divs)
    assert all(RESEARCH_BANNER in div for div in divs)


def test_the_same_report_gives_the_same_names() -> None:
    """A bundle that is made again replaces the first one; every reference is to a resource of the bundle."""
    first, second = made(), made()

    names = [one["fullUrl"] for one in first["entry"]]
    assert first == second
    assert len(set(names)) == len(names)
    text = json.dumps(first)
    referred = {part.split('"')[0] for part in text.split('"reference": "')[1:]}
    assert referred <= set(names)


def test_poor_headers_and_no_findings_are_still_valid() -> None:
    """Without lesions, options and patient data the bundle is valid and says nothing that it does not know."""
    poor = replace(HEADER, patient_name="", patient_id="", birth_date="1960", sex="", study_date="")

    bundle = made(make_findings("1.2.3", with_lesion=False), recommendation=EMPTY, header=poor)

    assert resources(bundle, "Patient") == [{"resourceType": "Patient"}]
    assert resources(bundle, "Observation") == []
    (report,) = resources(bundle, "DiagnosticReport")
    assert "not evidence that there is none" in report["conclusion"]
    assert "activity" not in resources(bundle, "CarePlan")[0]


@given(found=findings(STUDY_UID))
@settings(max_examples=30, deadline=None)
def test_any_findings_give_a_valid_bundle(found: Findings) -> None:
    """Whatever the findings say, the bundle follows FHIR R4 and keeps one group a lesion."""
    groups = [one for one in resources(made(found), "Observation") if "hasMember" in one]

    assert len(groups) == len(found.lesions)
