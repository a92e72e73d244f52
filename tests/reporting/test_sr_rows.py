from __future__ import annotations

from dataclasses import replace

from highdicom.sr import Measurement, QualitativeEvaluation

from spineseg.domain import vocabulary as words
from spineseg.domain.escc import EsccGrade, EsccResult
from spineseg.domain.findings import BoneQuality
from spineseg.domain.labels import ANATOMY, SACRUM, VERTEBRA, VERTEBRA_VALUES
from spineseg.domain.sins import SinsScore
from spineseg.reporting import sr_rows as rows
from tests.reporting.full_findings import CT_UID, full_findings
from tests.reporting.samples import make_findings

FINDINGS = make_findings("1.2.3")
LESION = FINDINGS.lesions[0]


def numbers(measurements: list[Measurement]) -> dict[tuple[str, str], float]:
    """(Concept, derivation) -> value."""
    return {
        (one.name.value, "" if (kind := one.derivation) is None else kind.meaning): one.value for one in measurements
    }


def answers(evaluations: list[QualitativeEvaluation]) -> dict[str, str]:
    """Question -> meaning of the answer."""
    return {one.name.value: one.value.meaning for one in evaluations}


def test_an_unknown_answer_has_no_row() -> None:
    """An abstained grade writes its bounds and no band; a missing metric, share or point writes no number at all."""
    escc = EsccResult(low=EsccGrade.UNDETERMINED, point=EsccGrade.UNDETERMINED, high=EsccGrade.UNDETERMINED)
    lesion = replace(
        LESION, escc=escc, compartment_fractions=None, subregions=None, sins=SinsScore(components={}),
        bone_quality=BoneQuality.UNDETERMINED,
    )  # fmt: skip

    said = answers(rows.lesion_evaluations(lesion))
    measured = {concept for concept, _ in numbers(rows.lesion_measurements(lesion))}

    assert said[words.ESCC_POINT.value] == "ESCC undetermined"
    assert not {words.ESCC_BAND.value, words.ESCC_REASON.value, words.ESCC_MAX_ANY_SLICE.value} & said.keys()
    assert said[words.SUBREGIONS_ASSESSED.value] == "No"
    known = [words.LESION_NUMBER, words.SINS_LOW, words.SINS_HIGH]
    known += [words.LESION_MEASUREMENTS[key].concept for key in ("volume_mm3", "max_diameter_mm")]
    assert measured == {code.value for code in known}


def test_each_graded_level_has_its_interval_and_site() -> None:
    """The point grade of a level brings its name, site and bounds; without levels there is no such row."""
    lesion = full_findings("1.2.3").lesions[0]

    graded = [one for one in rows.lesion_evaluations(lesion) if one.name == words.ESCC_AT_LEVEL]

    below = [item.value for item in graded[1][0].ContentSequence]
    assert [one.value.meaning for one in graded] == ["ESCC 2", "ESCC 1a"]
    assert below[0] == ANATOMY[VERTEBRA_VALUES["T8"]].code
    assert below[1:] == ["T8", words.ESCC_GRADES[EsccGrade.G0], words.ESCC_GRADES[EsccGrade.G1A]]
    assert words.ESCC_AT_LEVEL.value not in answers(rows.lesion_evaluations(LESION))


def test_series_other_than_the_lesions_own_are_uids() -> None:
    """The CT of the bone stands beside the lesion once for the bone and once for its SINS component."""
    full = full_findings("1.2.3")

    assert [(one.name, one.value) for one in rows.lesion_uids(full.lesions[0])] == [
        (words.SINS_SERIES, CT_UID), (words.BONE_SERIES, CT_UID),
    ]  # fmt: skip
    assert rows.lesion_uids(LESION) == []


def test_no_involved_part_differs_from_parts_not_assessed() -> None:
    """Both write no name, and only the first says that it looked."""
    none_involved, not_assessed = replace(LESION, subregions=()), replace(LESION, subregions=None)

    for lesion, answer in ((none_involved, "Yes"), (not_assessed, "No")):
        assert answers(rows.lesion_evaluations(lesion))[words.SUBREGIONS_ASSESSED.value] == answer
        assert words.SUBREGION.value not in answers(rows.lesion_evaluations(lesion))


def test_sites_are_the_vertebras_codes_or_vertebra() -> None:
    """A level without known name is a vertebra, sacral levels are the sacrum, and each site comes once."""
    sites = rows.finding_sites(("T7", "V3", "V4", "S1", "S2", "T7"))

    assert [site.value.value for site in sites] == [
        ANATOMY[VERTEBRA_VALUES["T7"]].code.value, VERTEBRA.value, ANATOMY[SACRUM].code.value,
    ]  # fmt: skip


def test_a_level_says_whether_its_name_is_assumed() -> None:
    """The name, how it was found, and every measurement with its own unit."""
    assumed = FINDINGS.levels[2]

    assert answers(rows.level_evaluations(assumed))[words.LEVEL_ASSUMED.value] == "Yes"
    assert answers(rows.level_evaluations(FINDINGS.levels[0]))[words.LEVEL_ASSUMED.value] == "No"
    assert [(one.name, one.value) for one in rows.level_texts(assumed)] == [(words.LEVEL, "T8")]
    assert [one.value for one in rows.level_measurements(assumed)] == [63.6, 181.0 / 3]
    assert {one.unit.value for one in rows.level_measurements(assumed)} == {"mm2"}
