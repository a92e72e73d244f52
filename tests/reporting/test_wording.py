from __future__ import annotations

from dataclasses import replace

import pytest

from spineseg.domain.escc import AbstentionReason, EsccGrade, EsccResult
from spineseg.domain.findings import Compartment
from spineseg.reporting.wording import (
    RESEARCH_BANNER,
    grade_text,
    lesion_sentence,
    level_text,
    levels_text,
    reason_text,
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
