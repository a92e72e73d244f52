"""Tests of spineseg.grading.evidence: what a reviewer is shown is what the grade was decided on."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from spineseg.anatomy import describe_spine
from spineseg.domain.escc import EsccGrade
from spineseg.domain.findings import Findings
from spineseg.domain.grade_evidence import GradeEvidence, GradeQuestion, MetricTest, SectionStructure
from spineseg.domain.labels import CSF, EPIDURAL_SPACE, SPINAL_CANAL, SPINAL_CORD
from spineseg.grading.escc_metrics import EsccMetrics
from spineseg.grading.escc_rules import ONE_C_OR_THREE, EsccThresholds, plane_ranks
from spineseg.grading.evidence import grade_evidence, metric_tests
from tests.grading.analytic import Spec
from tests.grading.views import findings_in, masks_of, relabelled

RULE = EsccThresholds(pixel_mm=0.6)
KEYS = {  # of findings.json -> of EsccMetrics, and how many of the first make one of the second
    "epidural_area_mm2": ("epidural_area", 1), "epidural_thickness_mm": ("epidural_thickness", 1),
    "sac_indentation_mm": ("sac_indentation", 1), "sac_area_loss_pct": ("sac_area_loss", 100),
    "tumour_cord_gap_mm": ("gap", 1), "cord_ap_loss_pct": ("cord_ap_loss", 100),
    "cord_area_loss_pct": ("cord_area_loss", 100), "cord_indentation_mm": ("cord_indentation", 1),
    "cord_displacement_mm": ("cord_displacement", 1), "csf_arc_pct": ("csf_arc", 100),
}  # fmt: skip


@cache
def evidence_of(grade: str) -> tuple[Findings, GradeEvidence]:
    """Findings and evidence of the analytic spine's only lesion."""
    masks = masks_of(Spec(grade=grade))
    findings = findings_in(masks)
    (evidence,) = grade_evidence(findings, [describe_spine(masks)])
    return findings, evidence


def rank_told(tests: tuple[MetricTest, ...]) -> float:
    """Rank of a section from the answers alone, as a reader would put them together (clinical.md 1.6)."""
    yes: dict[GradeQuestion, list[bool]] = {}
    for test in tests:
        yes.setdefault(test.question, []).append(bool(test.answer))
    if not all(yes[GradeQuestion.TUMOUR_IN_CANAL]):
        return 0.0
    csf = any(yes[GradeQuestion.CSF_VISIBLE])
    if any(yes[GradeQuestion.NEAR_CORD]) and any(yes[GradeQuestion.CORD_DEFORMED]):
        return 4.0 if csf else 5.0
    if any(yes[GradeQuestion.TOUCHES_CORD]):
        return 3.0 if csf else ONE_C_OR_THREE
    return 2.0 if any(yes[GradeQuestion.SAC_DEFORMED]) else 1.0


def area(contours: tuple[NDArray[np.float64], ...]) -> float:
    """Area inside closed outlines [mm²] (shoelace)."""
    return sum(
        abs(float(np.sum(y * np.roll(x, 1) - x * np.roll(y, 1)))) / 2 for y, x in (contour.T for contour in contours)
    )


@settings(max_examples=200, deadline=None, derandomize=True)
@given(values=st.fixed_dictionaries({}, optional={key: st.floats(0.0, 40.0) for key in KEYS}))
def test_the_answers_make_up_the_grade_of_the_section(values: dict[str, float]) -> None:
    """Whatever the numbers, known or not, the answers told to the reader lead to the rank that the rules give."""
    measured = {name: np.array([values.get(key, np.nan) / of]) for key, (name, of) in KEYS.items()}

    assert rank_told(metric_tests(values, RULE)) == plane_ranks(EsccMetrics(**measured), RULE)[0]


def test_an_unknown_number_has_no_answer() -> None:
    """What was not measured is neither yes nor no."""
    answers = {test.metric: test.answer for test in metric_tests({"csf_arc_pct": 5.0}, RULE)}

    assert answers["csf_arc_pct"] is False
    assert set(answers.values()) == {False, None}


@pytest.mark.parametrize("grade", ["1b", "2"])
def test_the_outlines_are_those_that_were_measured(grade: str) -> None:
    """Losses of area worked out from the drawn outlines are the losses of the finding, to within 3 per cent."""
    findings, evidence = evidence_of(grade)
    metrics, drawn = findings.lesions[0].escc.metrics, evidence.outlines

    for told, actual, expected in (
        ("cord_area_loss_pct", SectionStructure.CORD, SectionStructure.EXPECTED_CORD),
        ("sac_area_loss_pct", SectionStructure.SAC, SectionStructure.EXPECTED_SAC),
    ):
        assert 100 * (1 - area(drawn[actual]) / area(drawn[expected])) == pytest.approx(metrics[told], abs=3.0)
    assert SectionStructure.TUMOUR in drawn


def test_the_section_lies_where_the_grade_was_decided() -> None:
    """Its middle is the decisive point and its axes are the patient's, perpendicular to each other."""
    findings, evidence = evidence_of("2")

    assert evidence.centre == pytest.approx(findings.lesions[0].escc.decisive_point_mm)
    assert evidence.left @ evidence.posterior == pytest.approx(0.0, abs=1e-6)
    assert evidence.left[0] > 0.9
    assert evidence.posterior[1] > 0.9


def test_one_side_is_told() -> None:
    """Where only one side of the lesion gave the expected outline, the evidence says so."""
    masks = masks_of(Spec(grade="2"))
    cut_off = relabelled(masks, {SPINAL_CORD: EPIDURAL_SPACE, CSF: EPIDURAL_SPACE}, slice(0, 13))
    (evidence,) = grade_evidence(findings_in(cut_off), [describe_spine(cut_off)])

    assert evidence_of("2")[1].expected_sides == 2
    assert evidence.expected_sides < 2


def test_without_cord_and_sac_no_number_decided() -> None:
    """On an undivided canal there are outlines of canal and tumour, and no test that could look like a grade."""
    masks = relabelled(masks_of(Spec(grade="2")), dict.fromkeys((SPINAL_CORD, CSF, EPIDURAL_SPACE), SPINAL_CANAL))
    findings = findings_in(masks)
    (evidence,) = grade_evidence(findings, [describe_spine(masks)])

    assert findings.lesions[0].escc.point is EsccGrade.UNDETERMINED
    assert evidence.tests == ()
    assert not set(evidence.outlines) & {SectionStructure.CORD, SectionStructure.EXPECTED_CORD}
    assert SectionStructure.CANAL in evidence.outlines


def test_a_lesion_of_a_series_that_is_not_there_has_no_evidence() -> None:
    """Nothing is drawn for a lesion whose series is not given."""
    assert grade_evidence(evidence_of("2")[0], []) == ()
