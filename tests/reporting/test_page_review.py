from __future__ import annotations

from dataclasses import replace

from spineseg.domain.escc import EsccGrade, EsccResult
from spineseg.domain.findings import BoneQuality
from spineseg.domain.sins import PointRange, SinsComponent, SinsDoubt, SinsScore
from spineseg.reporting.page_review import extent_table, lesion_reviews, level_grade_table, sins_note, sins_table
from spineseg.reporting.page_tables import Table
from tests.reporting.full_findings import CT_UID, SINS, full_findings

FINDINGS = full_findings("1.2.3")
LESION = FINDINGS.lesions[0]
HU = {"lesion_mean_hu": 40.0}
NAMES = {"1.2.3": "series 5 (axial T2)", CT_UID: "series 9 (CT)"}
UNKNOWN = replace(
    LESION,
    escc=EsccResult(low=EsccGrade.UNDETERMINED, point=EsccGrade.UNDETERMINED, high=EsccGrade.UNDETERMINED),
    sins=SinsScore(components={}),
    bone_quality=BoneQuality.UNDETERMINED,
    subregions=None,
    wbb_sectors=None,
    wbb_layers=None,
    tomita_type=None,
    bone_series_instance_uid=None,
    prior=None,
)


def by_first(table: Table) -> dict[str, dict[str, str]]:
    """Rows by their first cell, each by its column."""
    return {row[0]: dict(zip(table.header, row, strict=True)) for row in table.rows}


def test_a_component_stands_with_its_evidence_doubt_and_series() -> None:
    """Numbers have units, the estimate stands beside the range, and what would decide is to be asked."""
    rows = by_first(sins_table(LESION, NAMES))

    assert rows["Collapse"] == {
        "Component": "Collapse", "Points": "2 to 3", "Estimate": "2",
        "Evidence": "vertebral body height loss 48.0 %",
        "Doubt": "Measurement close to a border of the scale", "To be asked": "yes",
        "Measured on": "series 5 (axial T2)",
    }  # fmt: skip
    assert rows["Bone lesion"]["Evidence"] == (
        "lytic share of bone lesion 64.2 %; mean attenuation coefficient 41.0 HU"
    )
    assert rows["Bone lesion"]["Measured on"] == "series 9 (CT)"
    assert rows["Alignment"]["Evidence"] == "local kyphosis angle 14.3 °"
    assert rows["Location"]["Evidence"] == "levels T7, T8"
    assert rows["Location"]["To be asked"] == "no"
    assert rows["Posterolateral"]["Points"] == "0"  # measured, not unknown


def test_a_component_that_is_not_known_is_never_zero_or_none() -> None:
    """Each unknown component says that it was not assessed and what it could still be; pain is asked of the patient."""
    rows = by_first(sins_table(UNKNOWN, NAMES))

    assert {row["Points"] for row in rows.values()} == {
        "not assessed (0 to 3)", "not assessed (0 to 2)", "not assessed (0 to 4)",
    }  # fmt: skip
    assert rows["Pain"]["Doubt"] == "Only the patient and the examination can tell"
    told = {value for row in rows.values() for name, value in row.items() if name not in ("Component", "To be asked")}
    assert not told & {"0", "none", "none noted", ""}


def test_a_range_without_an_estimate_and_numbers_says_so() -> None:
    """Points that are known for another reason than numbers have no blank cell."""
    sins = SinsScore(components={SinsComponent.ALIGNMENT: PointRange(low=0, high=2)})
    row = by_first(sins_table(replace(LESION, sins=sins), NAMES))["Alignment"]

    assert (row["Estimate"], row["Evidence"], row["Doubt"]) == (
        "nothing", "no number given", "reason not given",
    )  # fmt: skip


def test_an_open_range_is_not_assessed_and_tells_its_doubt() -> None:
    """A component of which only the reason is known was measured on no series; an estimate or number is knowledge."""
    points = PointRange(low=0, high=2, doubt=SinsDoubt.NEEDS_CT)
    for change, told in (({}, "not assessed (0 to 2)"), ({"estimate": 1}, "0 to 2"), ({"evidence": HU}, "0 to 2")):
        sins = SinsScore(components={SinsComponent.BONE_LESION: replace(points, **change)})
        row = by_first(sins_table(replace(LESION, sins=sins), NAMES))["Bone lesion"]

        assert (row["Points"], row["Doubt"]) == (told, "Cannot be told without CT")
        assert (row["Measured on"] == "not assessed") == (not change)


def test_the_total_is_never_bare() -> None:
    """A total comes as a range with its category, or with the components that would decide it."""
    known = SinsScore(components={one: PointRange(low=1, high=1) for one in SinsComponent})

    assert sins_note(SINS) == (
        "All components together: 5 to 11 of 18 points. The range crosses a border, so the category is not known. "
        "To be asked: pain, alignment, collapse."
    )
    assert sins_note(known) == ("All components together: 6 of 18 points, stable at every value of this range.")


def test_each_level_has_its_interval() -> None:
    """Graded levels with their range; an involved level that was not graded says so."""
    rows = by_first(level_grade_table(replace(LESION, levels=("T7", "T8", "T9")), FINDINGS, NAMES))

    assert rows["T7"]["Approximate ESCC (range)"] == "ESCC 2 (range 1c to 2)"
    assert rows["T8 (assumed)"]["Approximate ESCC (range)"] == "ESCC 1a (range 0 to 1a)"
    assert rows["T9"]["Approximate ESCC (range)"] == "not assessed"
    assert rows["T7"]["Measured on"] == "series 5 (axial T2)"
    nowhere = level_grade_table(replace(UNKNOWN, levels=()), FINDINGS, NAMES)
    assert nowhere.rows == (("level not known", "not assessed", "not assessed"),)


def test_the_extent_names_parts_convention_and_series() -> None:
    """Sides in words, the sectors with who numbers them, the bone with its CT."""
    rows = by_first(extent_table(LESION, NAMES))
    values = {name: row["Value"] for name, row in rows.items()}

    assert values == {
        "Parts of the vertebra involved": "vertebral body, left pedicle",
        "WBB sectors (SOSG)": "4, 5, 6",
        "WBB layers": "B: intra-osseous superficial, D: extra-osseous extradural",
        "Tomita surgical type": "type 4, epidural extension",
        "Bone quality": "Lytic",
    }  # fmt: skip
    assert rows["Bone quality"]["Measured on"] == "series 9 (CT)"
    assert rows["WBB layers"]["Measured on"] == "series 5 (axial T2)"


def test_an_extent_that_nobody_looked_for_differs_from_none() -> None:
    """Not assessed is not the same as assessed without a finding."""
    unknown = [row[1:] for row in extent_table(UNKNOWN, NAMES).rows]
    empty = replace(LESION, subregions=(), wbb_sectors=(), wbb_layers=())
    looked = {name: row["Value"] for name, row in by_first(extent_table(empty, NAMES)).items()}

    assert unknown == [("not assessed", "not assessed")] * 5
    assert looked["Parts of the vertebra involved"] == "assessed, no involvement found"


def test_bone_that_could_not_be_told_names_its_ct() -> None:
    """Measured without a result is not known; a series of which the report has no name is told by its UID."""
    lesion = replace(LESION, bone_quality=BoneQuality.UNDETERMINED)

    assert extent_table(lesion, NAMES).rows[-1] == ("Bone quality", "not known", "series 9 (CT)")
    assert extent_table(lesion, {}).rows[-1] == ("Bone quality", "not known", f"series {CT_UID}")


def test_every_lesion_has_its_section() -> None:
    """Worst first, each with SINS, levels, extent and change."""
    reviews = lesion_reviews(replace(FINDINGS, lesions=(LESION, UNKNOWN)), NAMES)

    assert [one.title for one in reviews] == ["Lesion 1: T7, T8 (assumed)", "Lesion 2: T7, T8 (assumed)"]
    assert [part.title for part in reviews[1].parts] == [
        "SINS, imaging part", "Approximate ESCC by level", "Extent", "Change since the prior study",
    ]  # fmt: skip
    assert "counter-clockwise from the left half of the spinous process" in reviews[0].parts[2].note
    assert all(value for part in reviews[1].parts for row in part.table.rows for value in row)


def test_a_lesion_graded_as_a_whole_is_not_called_ungraded() -> None:
    """Where no level has a grade of its own, the page says that the lesion has one; else it says nothing of it."""
    whole = replace(LESION, escc=replace(LESION.escc, levels=()))
    findings = replace(FINDINGS, lesions=(LESION, whole))

    notes = [review.parts[1].note for review in lesion_reviews(findings, NAMES)]

    assert notes[0] == ""
    assert "graded as a whole" in notes[1]
