from __future__ import annotations

from dataclasses import replace

import pytest

from spineseg.domain.escc import ESCC_RANK, AbstentionReason, EsccGrade, EsccResult
from spineseg.domain.findings import BoneQuality, Compartment, CorrectedItem, Findings
from spineseg.domain.revision import ALLOWED, NOT_A_LESION, parse_changes, revise
from spineseg.domain.sins import SinsComponent, SinsDoubt
from spineseg.errors import SettingsError
from tests.reporting.samples import make_findings


def findings(*lesions: str) -> Findings:
    """Findings with a lesion for each grade."""
    one = make_findings("1.2")
    grades = [EsccGrade(grade) for grade in lesions or ("2",)]
    found = tuple(
        replace(one.lesions[0], tracking_uid=f"1.9.{number}", escc=EsccResult(low=grade, point=grade, high=grade))
        for number, grade in enumerate(grades, start=1)
    )
    return replace(one, lesions=found)


def corrected(*words: str, of: Findings | None = None) -> Findings:
    """Findings after a person's words."""
    return revise(of or make_findings("1.2"), parse_changes(words), corrected_by="DOE^JANE")


def test_a_grade_settles_its_interval() -> None:
    """The person's grade is point, low and high; the machine's interval stands beside it with the person's name."""
    (lesion,) = corrected("lesion=1", "escc=1c").lesions

    assert (lesion.escc.low, lesion.escc.point, lesion.escc.high) == (EsccGrade.G1C,) * 3
    assert lesion.escc.reason is None
    (correction,) = lesion.corrections
    assert (correction.item, correction.before) == (CorrectedItem.ESCC, "2 (range 1c to 2)")
    assert correction.corrected_by == "DOE^JANE"


def test_a_rejected_lesion_is_none() -> None:
    """It is no lesion any more, and is kept as one that a person rejected."""
    revised = corrected("lesion=1", NOT_A_LESION)

    assert revised.lesions == ()
    (rejected,) = revised.rejected
    assert (rejected.levels, rejected.rejection.corrected_by) == (("T7",), "DOE^JANE")


def test_worst_first_again() -> None:
    """A lesion that a person grades higher comes first."""
    revised = corrected("lesion=2", "escc=3", of=findings("2", "1a"))

    assert [lesion.tracking_uid for lesion in revised.lesions] == ["1.9.2", "1.9.1"]


def test_within_the_dura_escc_does_not_apply() -> None:
    """A compartment within the dura takes the grade away as in our own grading, and the old grade is kept beside."""
    (lesion,) = corrected("lesion=1", "compartment=intramedullary").lesions

    assert lesion.compartment is Compartment.INTRAMEDULLARY
    assert lesion.escc.point is EsccGrade.NOT_APPLICABLE
    assert lesion.escc.reason is AbstentionReason.INTRADURAL_LESION
    assert {one.item for one in lesion.corrections} == {CorrectedItem.COMPARTMENT, CorrectedItem.ESCC}


def test_out_of_the_dura_the_grade_is_unknown() -> None:
    """A lesion that was taken for intradural has no grade yet: unknown from 0 to 3, never 0."""
    intradural = corrected("lesion=1", "compartment=intramedullary")

    (lesion,) = corrected("lesion=1", "compartment=extradural", of=intradural).lesions

    assert lesion.escc.point is EsccGrade.UNDETERMINED
    assert (lesion.escc.low, lesion.escc.high) == (EsccGrade.G0, EsccGrade.G3)


def test_another_level_makes_its_sins_unknown() -> None:
    """The location's points were those of another level: unknown until the person gives them."""
    (lesion,) = corrected("lesion=1", "level=L1,T12").lesions

    assert lesion.levels == ("T12", "L1")
    points = lesion.sins.range_of(SinsComponent.LOCATION)
    assert (points.low, points.high, points.doubt) == (0, 3, SinsDoubt.LEVEL_UNKNOWN)
    assert {one.item for one in lesion.corrections} == {CorrectedItem.LEVEL, CorrectedItem.SINS_LOCATION}


def test_points_of_sins() -> None:
    """Points that a person gives are no range any more, and bone quality follows those of the bone lesion."""
    (lesion,) = corrected("lesion=1", "sins.collapse=2", "sins.bone_lesion=0").lesions

    assert lesion.sins.range_of(SinsComponent.COLLAPSE).low == lesion.sins.range_of(SinsComponent.COLLAPSE).high == 2
    assert lesion.bone_quality is BoneQuality.BLASTIC
    assert lesion.corrections[0].before == "0 to 2"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["escc=2"], "begin with lesion=1"),
        (["lesion=1"], "nothing is set for lesion 1"),
        (["lesion=1", "escc=4"], "allowed: 0, 1a, 1b, 1c, 2, 3"),
        (["lesion=1", "escc=not_applicable"], "allowed: 0, 1a"),
        (["lesion=1", "colour=red"], "allowed: escc=, compartment=, level="),
        (["lesion=1", "level=T14"], "C1 to S5"),
        (["lesion=1", "compartment=undetermined"], "extradural, intradural_extramedullary"),
        (["lesion=1", "sins.alignment=1"], "allowed: 0, 2, 4"),
        (["lesion=1", "escc=2", "lesion=1", "escc=3"], "set twice"),
        (["lesion=1", NOT_A_LESION, "escc=2"], "rejected and corrected"),
        (["lesion=2", "escc=2"], "there is no lesion 2"),
    ],
)
def test_wrong_words(words: list[str], told: str) -> None:
    """What cannot be set is refused in one line that names what can."""
    with pytest.raises(SettingsError) as caught:
        corrected(*words)
    assert told in str(caught.value)


def test_nothing_said_changes_nothing() -> None:
    """A report that is right is confirmed as it is."""
    assert corrected() == make_findings("1.2")


def test_every_item_has_its_values() -> None:
    """Each item that can be corrected says what it may be, and every grade of the scale is among them."""
    assert set(ALLOWED) == set(CorrectedItem)
    assert ALLOWED[CorrectedItem.ESCC] == tuple(grade.value for grade in ESCC_RANK)
