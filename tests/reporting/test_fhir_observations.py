from __future__ import annotations

from dataclasses import replace
from typing import Any

from spineseg.domain.escc import AbstentionReason, EsccGrade
from spineseg.domain.findings import Compartment
from tests.reporting.bundles import FINDINGS, made, resources
from tests.reporting.samples import TRACKING_UID


def observation(bundle: dict[str, Any], text: str) -> dict[str, Any]:
    """The observation of this name."""
    (found,) = [one for one in resources(bundle, "Observation") if one["code"]["text"].startswith(text)]
    return found


def test_grade_range_compartment_level_and_volume_are_observations() -> None:
    """Each lesion gives its level, compartment, grade with both ends, SINS range and volume, under its tracking UID."""
    bundle = made()

    escc = observation(bundle, "Approximate ESCC grade")
    group = observation(bundle, "Suspected lesion 1")
    sins = observation(bundle, "Spinal Instability")["valueRange"]
    assert escc["valueCodeableConcept"]["text"] == "ESCC 2"
    assert [one["valueCodeableConcept"]["text"] for one in escc["component"]] == ["ESCC 1c", "ESCC 2"]
    assert (sins["low"]["value"], sins["high"]["value"]) == (
        FINDINGS.lesions[0].sins.low,
        FINDINGS.lesions[0].sins.high,
    )
    assert observation(bundle, "Compartment")["valueCodeableConcept"]["text"] == "Extradural"
    assert observation(bundle, "Vertebral level")["valueCodeableConcept"]["text"] == "T7"
    assert observation(bundle, "Volume")["valueQuantity"] == {
        "value": 2144.7, "unit": "mm3", "system": "http://unitsofmeasure.org", "code": "mm3",
    }  # fmt: skip
    assert group["identifier"] == [{"system": "urn:dicom:uid", "value": f"urn:oid:{TRACKING_UID}"}]
    assert len(group["hasMember"]) == 5


def test_what_is_unknown_is_absent_data() -> None:
    """An abstained grade, an unknown compartment and unnamed levels have a reason for absence and no value."""
    escc = replace(
        FINDINGS.lesions[0].escc, low=EsccGrade.UNDETERMINED, point=EsccGrade.UNDETERMINED,
        high=EsccGrade.UNDETERMINED, reason=AbstentionReason.NO_CORD_MASK,
    )  # fmt: skip
    lesion = replace(FINDINGS.lesions[0], escc=escc, compartment=Compartment.UNDETERMINED, levels=())

    bundle = made(replace(FINDINGS, lesions=(lesion,)))

    for name in ("Approximate ESCC grade", "Compartment", "Vertebral level"):
        one = observation(bundle, name)
        assert one["dataAbsentReason"]["coding"][0]["code"] == "unknown"
        assert not [key for key in one if key.startswith("value")]
    ends = observation(bundle, "Approximate ESCC grade")["component"][:2]
    assert all("dataAbsentReason" in one and "valueCodeableConcept" not in one for one in ends)


def test_a_grade_that_does_not_apply_says_so() -> None:
    """Below the conus the grade is not applicable, which is neither unknown nor 0."""
    escc = replace(
        FINDINGS.lesions[0].escc, low=EsccGrade.NOT_APPLICABLE, point=EsccGrade.NOT_APPLICABLE,
        high=EsccGrade.NOT_APPLICABLE, reason=AbstentionReason.BELOW_CONUS,
    )  # fmt: skip

    one = observation(made(replace(FINDINGS, lesions=(replace(FINDINGS.lesions[0], escc=escc),))), "Approximate ESCC")

    assert one["dataAbsentReason"]["coding"][0]["code"] == "not-applicable"
    assert "below the conus" in one["note"][0]["text"].lower()
