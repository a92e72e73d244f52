from __future__ import annotations

from dataclasses import replace

import pytest

from spineseg.domain import vocabulary
from spineseg.domain.escc import AbstentionReason, EsccGrade, EsccResult
from spineseg.domain.findings import Compartment, VanishedLesion
from spineseg.reporting.wording import (
    RESEARCH_BANNER,
    doubtful_names,
    grade_text,
    is_doubtful,
    lesion_sentence,
    level_text,
    levels_text,
    reason_text,
    subregion_text,
    value_text,
    vanished_sentence,
    volume_text,
)
from tests.reporting.samples import make_findings

FINDINGS = make_findings("1.2.3")
LESION = FINDINGS.lesions[0]


def graded(low: EsccGrade, point: EsccGrade, high: EsccGrade, reason: AbstentionReason | None = None) -> EsccResult:
    """A grade."""
    return EsccResult(low=low, point=point, high=high, reason=reason)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("T7", "T7"), ("T8", "T8 (assumed)"), ("V3", "V3 (name not known)"), (None, "not known"), ("", "not known"),
        ("L2", "L2"),
    ],
)  # fmt: skip
def test_a_level_says_how_far_its_name_is_known(name: str | None, text: str) -> None:
    """Certain, assumed and unknown names are told apart in words."""
    assert level_text(name, FINDINGS) == text


def test_a_name_that_one_series_gives_for_certain_is_certain() -> None:
    """Doubt of one series does not spread to a name that another series anchors."""
    certain = replace(FINDINGS.levels[2], assumed=False)

    assert level_text("T8", replace(FINDINGS, levels=(*FINDINGS.levels, certain))) == "T8"


@pytest.mark.parametrize(
    ("merged_assumed", "own_assumed", "doubtful"),
    [(False, False, False), (True, False, True), (False, True, True), (True, True, True)],
)
def test_a_name_that_another_series_gave_is_doubtful_on_this_one(
    merged_assumed: bool, own_assumed: bool, doubtful: bool
) -> None:
    """After a merge T7 belongs to another series: assumed there, or any name assumed here, makes it doubtful here."""
    sure = replace(FINDINGS.levels[0], assumed=False)
    merged = replace(sure, name="T7", series_instance_uid="9.9", assumed=merged_assumed)
    own = replace(sure, name="T9", series_instance_uid="1.2.3", assumed=own_assumed)

    assert is_doubtful("T7", replace(FINDINGS, levels=(merged, own)), "1.2.3") is doubtful


def test_the_own_series_decides_about_its_name() -> None:
    """A name that this series is sure of stays sure whatever another says, and the other way round."""
    own, other = FINDINGS.levels[1], replace(FINDINGS.levels[1], series_instance_uid="9.9", assumed=True)
    both = replace(FINDINGS, levels=(own, other))

    assert not is_doubtful("T7", both, "1.2.3")
    assert is_doubtful("T7", both, "9.9")


def test_a_name_that_no_finding_holds_is_doubtful() -> None:
    """A vertebra in the masks that was never described has no name to be sure of."""
    assert doubtful_names(FINDINGS, "1.2.3") >= {"T8", "L5", "S1"}
    assert not doubtful_names(FINDINGS, "1.2.3") & {"T6", "T7"}


def test_a_lesion_without_level_says_so() -> None:
    """Levels are listed in order; none is "not known" and never blank."""
    assert levels_text(replace(LESION, levels=("T7", "T8")), FINDINGS) == "T7, T8 (assumed)"
    assert levels_text(replace(LESION, levels=()), FINDINGS) == "level not known"


@pytest.mark.parametrize(
    ("escc", "text"),
    [
        (graded(EsccGrade.G1B, EsccGrade.G1C, EsccGrade.G2), "approximate ESCC 1c (range 1b to 2)"),
        (graded(EsccGrade.G0, EsccGrade.G0, EsccGrade.G0), "approximate ESCC 0"),
        (graded(*[EsccGrade.NOT_APPLICABLE] * 3), "ESCC does not apply"),
        (graded(*[EsccGrade.UNDETERMINED] * 3), "ESCC not determined"),
        (graded(EsccGrade.G1B, EsccGrade.UNDETERMINED, EsccGrade.G3), "ESCC not determined (range 1b to 3)"),
    ],
)
def test_a_grade_that_is_not_known_never_reads_as_a_grade(escc: EsccResult, text: str) -> None:
    """Grade, range, not applicable and not determined each have their own words."""
    assert grade_text(escc) == text


def test_a_reason_has_words_and_no_reason_has_none() -> None:
    """Why a grade is doubtful is told only where something speaks against it."""
    assert "cord" in reason_text(graded(*[EsccGrade.UNDETERMINED] * 3, AbstentionReason.NO_CORD_MASK)).lower()
    assert reason_text(LESION.escc) == ""


@pytest.mark.parametrize(("volume_mm3", "text"), [(2144.66, "2.1 mL"), (100.0, "0.1 mL"), (99.4, "99 mm³")])
def test_a_small_volume_is_not_rounded_to_nothing(volume_mm3: float, text: str) -> None:
    """Under 0.1 mL the volume is in mm³."""
    assert volume_text(volume_mm3) == text


def test_a_value_has_its_unit_and_an_unknown_one_is_told() -> None:
    """Degrees, Hounsfield units and shares without unit each as a reader writes them."""
    evidence = vocabulary.SINS_EVIDENCE

    assert value_text(14.26, evidence["kyphosis_deg"]) == "14.3 °"
    assert value_text(-5.0, evidence["lesion_mean_hu"]) == "-5.0 HU"
    assert value_text(0.5, vocabulary.LESION_MEASUREMENTS["extradural_fraction"]) == "0.5"
    assert value_text(None, evidence["lytic_pct"]) == "not known"


def test_every_measurement_has_a_unit_in_words() -> None:
    """No row of the vocabulary makes the page fail."""
    for table in (vocabulary.SINS_EVIDENCE, vocabulary.ESCC_METRICS, vocabulary.LEVEL_MEASUREMENTS):
        assert all(value_text(1.0, quantity).startswith("1.0 ") for quantity in table.values())


@pytest.mark.parametrize(
    ("name", "text"),
    [("pedicle_left", "left pedicle"), ("articular_process_right", "right articular process"),
     ("posterior_wall_breach", "posterior wall breach")],
)  # fmt: skip
def test_a_part_of_the_vertebra_is_read_with_its_side_first(name: str, text: str) -> None:
    """Names of the table become words."""
    assert subregion_text(name) == text


def test_a_vanished_lesion_is_told_with_place_and_former_size() -> None:
    """Also one whose level was never known."""
    gone = VanishedLesion(tracking_uid="1.2", levels=("L2",), prior_volume_mm3=812.0)

    assert vanished_sentence(gone) == "Lesion of the prior study at L2, 0.8 mL then: not found any more."
    assert "at level not known" in vanished_sentence(replace(gone, levels=()))


def test_the_sentence_of_a_lesion_holds_grade_place_size_and_method() -> None:
    """Whoever reads one line of the SR reads how sure it is."""
    assert lesion_sentence(LESION, FINDINGS) == (
        "Suspected lesion: Approximate ESCC 2 (range 1c to 2), level T7, extradural, 2.1 mL; "
        "method spineseg 0.1.0; reader agreement of this scale is itself κ≈0.64."
    )


def test_the_sentence_of_an_abstained_lesion_holds_the_reason() -> None:
    """Unknown grade, level and compartment stand there as unknown."""
    escc = graded(*[EsccGrade.UNDETERMINED] * 3, AbstentionReason.NO_CORD_MASK)

    text = lesion_sentence(replace(LESION, levels=(), compartment=Compartment.UNDETERMINED, escc=escc), FINDINGS)

    assert text.startswith("Suspected lesion: ESCC not determined, level not known, ")
    assert "undetermined" in text
    assert "2.1 mL, spinal cord not found at an involved level; method" in text


def test_the_banner_refuses_clinical_use() -> None:
    """Research use, unverified, and what to do in an emergency."""
    for words in ("Research use only", "Not a medical device", "UNVERIFIED", "seek emergency assessment now"):
        assert words in RESEARCH_BANNER
