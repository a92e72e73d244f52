from __future__ import annotations

from typing import Any

import pytest

from spineseg.treatment import facts_from_findings
from spineseg.treatment.facttable import fact_table
from spineseg.treatment.values import Known
from tests.treatment.cases import findings_of


def _lesion(**raw: Any) -> dict[str, Known]:
    worst = facts_from_findings(findings_of({"lesions": [raw]})).worst
    assert worst is not None
    return dict(worst.known)


def test_an_abstention_is_unknown() -> None:
    """An undetermined grade, compartment or bone quality gives no fact, and never grade 0."""
    known = _lesion(escc="undetermined", reason="no_cord_mask", compartment="undetermined")

    assert not {"img.escc", "img.escc.point", "img.escc.high", "img.compartment", "img.bone_quality"} & set(known)
    assert "cord was not found" in known["img.escc.reason"].text


def test_a_point_may_be_missing_between_known_ends() -> None:
    """Ends are facts though the point is not."""
    known = _lesion(escc=["1a", "undetermined", "2"])

    assert (known["img.escc"].low, known["img.escc"].point, known["img.escc"].high) == (1, None, 4)
    assert "img.escc.point" not in known


def test_one_known_end_leaves_the_other_open() -> None:
    """Where only the low end is known the high one may be the worst grade."""
    escc = _lesion(escc=["1c", "undetermined", "undetermined"])["img.escc"]

    assert (escc.low, escc.high) == (3, 5)


def test_sins_is_a_range_with_what_narrows_it() -> None:
    """Pain and CT are asked for where the range is theirs; an unknown component has no fact of its own."""
    known = _lesion(
        sins={"location": 1, "bone_lesion": {"range": [0, 2], "doubt": "needs_ct"}, "collapse": 2, "alignment": 0}
    )

    assert (known["img.sins"].low, known["img.sins"].high) == (3, 11)
    assert known["img.sins"].narrows == ("clin.pain", "img.bone_quality", "img.sins.posterolateral")
    assert "img.sins.posterolateral" not in known


def test_parts_not_assessed_are_unknown() -> None:
    """Absent parts are a no only where parts were assessed."""
    assert "img.posterior_wall_breach" not in _lesion()
    known = _lesion(subregions=["vertebral_body", "foramen_left"])

    assert known["img.posterior_wall_breach"].answer is False
    assert known["img.foraminal_left"].answer is True
    assert known["img.foraminal_right"].answer is False


@pytest.mark.parametrize(("levels", "below"), [(["T8"], False), (["L4"], True), (["L1"], None), (["V3"], None)])
def test_conus(levels: list[str], below: bool | None) -> None:
    """T12 to L2 and unnamed levels do not say on which side of the conus they lie."""
    fact = _lesion(levels=levels).get("img.below_conus")

    assert (None if fact is None else fact.answer) is below


def test_whole_spine() -> None:
    """From C2 to the sacrum is the whole spine, less is not, and unnamed levels say nothing."""
    covered = [
        facts_from_findings(findings_of({"levels": levels})).study.get("img.whole_spine_covered")
        for levels in ("whole_spine", ["T7", "T8"], ["V1"])
    ]

    assert [None if fact is None else fact.answer for fact in covered] == [True, False, None]


def test_a_verified_report_names_its_reader() -> None:
    """Every fact of a verified report carries who verified it, and none of an unverified one does."""
    found = findings_of({"lesions": [{"escc": "2"}]})

    signed = facts_from_findings(found, verified=True, verified_by="Example Reader")
    unsigned = facts_from_findings(found, verified=False, verified_by="Example Reader")

    facts = [*signed.study.values(), *signed.lesions[0].known.values()]
    assert {fact.verified_by for fact in facts} == {"Example Reader"}
    assert {fact.verified_by for fact in unsigned.lesions[0].known.values()} == {None}


def test_nothing_found_is_nondiagnostic() -> None:
    """Findings without levels and lesions show too little for any option."""
    study = facts_from_findings(findings_of({})).study

    assert study["img.quality"].answer == "nondiagnostic"
    assert study["img.sr_verified"].answer is False
    assert facts_from_findings(findings_of({}), verified=True).study["img.sr_verified"].answer is True


def test_every_fact_is_in_the_table() -> None:
    """What the report gives has a row, and lesion facts are marked as such."""
    lesion = {
        "escc": "1b",
        "subregions": ["vertebral_body"],
        "wbb_layers": ["B"],
        "tomita": 2,
        "ct": True,
        "growth": "grown",
        "metrics": {"tumour_cord_gap_mm": 3.0, "cord_displacement_mm": 2.0},
    }
    facts = facts_from_findings(findings_of({"levels": "whole_spine", "lesions": [lesion]}))
    table = fact_table()
    worst = facts.worst
    assert worst is not None

    assert {name for name in facts.study if table[name].per_lesion} == set()
    assert {name for name in worst.known if not table[name].per_lesion} == set()
    assert worst.known["img.cord_displaced"].answer is True
