from __future__ import annotations

from dataclasses import replace

import pytest

from spineseg.domain.escc import AbstentionReason, EsccGrade, EsccResult
from spineseg.domain.findings import BoneQuality, Compartment
from spineseg.domain.quality import QUALITY_TEXT, QualityCode, QualityNote
from spineseg.domain.sins import PointRange, SinsComponent, SinsScore
from spineseg.domain.study import Refusal, RefusedSeries, SeriesSelection
from spineseg.reporting.page_tables import (
    Table,
    file_table,
    lesion_details,
    lesion_table,
    level_table,
    missing_texts,
    refused_table,
    series_names,
    used_table,
)
from tests.reporting.samples import Sample, make_findings

FINDINGS = make_findings("1.2.3")
NAMES = {"1.2.3": "series 5 (axial T2)"}
UNKNOWN = replace(
    FINDINGS.lesions[0],
    series_instance_uid="9.9",
    levels=(),
    compartment=Compartment.UNDETERMINED,
    compartment_fractions=None,
    subregions=None,
    bone_quality=BoneQuality.UNDETERMINED,
    sins=SinsScore(components={}),
    escc=EsccResult(
        low=EsccGrade.UNDETERMINED,
        point=EsccGrade.UNDETERMINED,
        high=EsccGrade.UNDETERMINED,
        reason=AbstentionReason.NO_CORD_MASK,
    ),
)


def cells(table: Table, row: int) -> dict[str, str]:
    """One row by its column."""
    return dict(zip(table.header, table.rows[row], strict=True))


def test_a_lesion_is_one_row_of_words() -> None:
    """What is known stands with its unit and range."""
    row = cells(lesion_table(FINDINGS, NAMES), 0)

    assert row["Level"] == "T7"
    assert row["Approximate ESCC (range)"] == "ESCC 2 (range 1c to 2)"
    assert (row["Doubt"], row["Volume"], row["Largest diameter"]) == ("none noted", "2.1 mL", "16 mm")
    assert row["Measured on"] == "series 5 (axial T2)"
    assert (
        row["SINS, imaging part"] == "2 to 16 (category not known)"
    )  # 1 + 1..3, four components unknown: 3, 2, 4 and 3


def test_an_unknown_lesion_is_told_as_unknown_and_never_as_blank_or_zero() -> None:
    """No cell about a lesion of which nothing is known is empty, "0" or a grade."""
    findings = replace(FINDINGS, lesions=(UNKNOWN,))
    row = cells(lesion_table(findings, NAMES), 0)
    ((title, details),) = lesion_details(findings)
    facts = dict(details.rows)

    assert row["Level"] == "level not known"
    assert row["Approximate ESCC (range)"] == "ESCC not determined"
    assert row["Doubt"].startswith("Spinal cord not found")
    assert row["Bone quality"] == row["Measured on"] == "not known"
    assert title == "Lesion 1: level not known"
    not_told = {name for name, value in facts.items() if value == "not known"}
    assert {
        "Level of most severe compression", "Highest grade on any slice", "High grade, 2 or 3 (Bilsky, NOMS)",
        "High grade, 1c to 3 (Hallinan)", "Decided at, LPS", "Share of volume by compartment",
        "Minimum tumour to spinal cord distance",
    } <= not_told  # fmt: skip
    assert all(value and value != "0" for value in facts.values())


def test_known_details_have_their_units() -> None:
    """Numbers are rounded for reading, and a measured zero stays a zero."""
    escc = replace(FINDINGS.lesions[0].escc, metrics={"tumour_cord_gap_mm": 0.0, "csf_arc_pct": 61.7})
    ((_, details),) = lesion_details(replace(FINDINGS, lesions=(replace(FINDINGS.lesions[0], escc=escc),)))
    facts = dict(details.rows)

    assert facts["Minimum tumour to spinal cord distance"] == "0.0 mm"
    assert facts["Fraction of circumference with visible CSF"] == "61.7 %"
    assert facts["High grade, 2 or 3 (Bilsky, NOMS)"] == "not known"  # 1c to 2 crosses the border
    assert facts["High grade, 1c to 3 (Hallinan)"] == "yes"
    assert facts["Share of volume by compartment"].startswith("extradural 100%")


def test_a_level_without_a_measurement_says_so() -> None:
    """Columns nobody measured are left out; a gap in a column is "not known"."""
    first = replace(FINDINGS.levels[0], measurements={"cord_area_mm2": 63.6})
    table = level_table(replace(FINDINGS, levels=(first, *FINDINGS.levels[1:])), NAMES)

    row = cells(table, 0)
    assert row["Cross-sectional area of spinal cord [mm²]"] == "63.6"
    assert row["Cross-sectional area of thecal sac [mm²]"] == "not known"
    assert "Cross-sectional area of spinal canal [mm²]" not in table.header
    assert [one[0] for one in table.rows] == ["T6", "T7", "T8 (assumed)"]


def test_what_is_missing_is_listed_once_with_its_series() -> None:
    """Notes of a series name it, an abstained grade gives its reason, unknown SINS components are listed."""
    note = QualityNote(code=QualityCode.LEVELS_ASSUMED, series_instance_uid="1.2.3")
    whole = QualityNote(code=QualityCode.SYNTHETIC_TRAINING_ONLY)
    findings = replace(FINDINGS, lesions=(UNKNOWN,), quality=(note, note, whole))

    texts = missing_texts(findings, NAMES)

    assert texts[0] == f"Series 5 (axial T2): {QUALITY_TEXT[QualityCode.LEVELS_ASSUMED]}"
    assert texts[1] == QUALITY_TEXT[QualityCode.SYNTHETIC_TRAINING_ONLY]
    assert texts[2].startswith("Lesion 1: ESCC not determined. Spinal cord not found")
    assert "location, pain, bone lesion, alignment, collapse, posterolateral" in texts[3]
    assert texts[4] == "Lesion 1: involved parts of the vertebra were not assessed."
    assert len(texts) == 5


def test_nothing_is_called_missing_where_all_is_known() -> None:
    """A grade and a full SINS leave no sentence."""
    sins = SinsScore(components={one: PointRange(low=1, high=1) for one in SinsComponent})
    findings = replace(FINDINGS, lesions=(replace(FINDINGS.lesions[0], sins=sins),), quality=())

    assert missing_texts(findings, NAMES) == []


@pytest.mark.parametrize(("number", "name"), [(1, "series 1"), (None, "series without number")])
def test_a_refused_series_has_its_reason(number: int | None, name: str) -> None:
    """Also a series without number is accounted for."""
    refused = RefusedSeries(
        series_instance_uid="1.2.9", series_number=number, part=0, refusal=Refusal.LOCALIZER, detail=""
    )
    selection = SeriesSelection(chosen=(), refused=(refused,))

    assert series_names((), selection) == {"1.2.9": name}
    assert refused_table(selection).rows == ((name.capitalize(), Refusal.LOCALIZER.value, "none"),)
    assert refused_table(None).rows == ()


def test_a_series_whose_choice_was_not_recorded_says_so(sample: Sample) -> None:
    """Without selection the series is listed with its slices and no invented reason."""
    assert used_table([sample.input], None).rows == (("Series 5 (axial T2)", "26", "not recorded"),)


def test_every_file_is_explained() -> None:
    """Also the files of further series."""
    kinds = [kind for _, kind in file_table(["anatomy-5.seg.dcm", "key-01.sc.dcm", "report.sr.dcm", "x"]).rows]

    assert "segmentation" in kinds[0]
    assert "secondary capture" in kinds[1]
    assert "structured report" in kinds[2]
    assert kinds[3] == "Result"
