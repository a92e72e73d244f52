"""LesionFinding + GradeEvidence -> the numbers that led to its grade, each with unit, threshold and answer."""

from __future__ import annotations

from spineseg.domain.escc import EsccGrade
from spineseg.domain.findings import LesionFinding
from spineseg.domain.grade_evidence import GradeEvidence, GradeQuestion, MetricTest
from spineseg.domain.vocabulary import ESCC_METRICS
from spineseg.reporting.page_tables import Table
from spineseg.reporting.wording import NOT_KNOWN, unit_text, value_text

_QUESTIONS = {
    GradeQuestion.TUMOUR_IN_CANAL: "Is tumour in the canal? (both)",
    GradeQuestion.SAC_DEFORMED: "Is the sac deformed? (either)",
    GradeQuestion.TOUCHES_CORD: "Does the tumour touch the cord?",
    GradeQuestion.NEAR_CORD: "Is the tumour near the cord?",
    GradeQuestion.CORD_DEFORMED: "Is the cord deformed? (any)",
    GradeQuestion.CSF_VISIBLE: "Is CSF visible around the cord?",
}
# Rows of clinical.md section 1.6; the scale is that of Bilsky et al. 2010, doi:10.3171/2010.3.SPINE09459.
GRADE_RULE = (
    "How the answers make a grade: no tumour in the canal 0; tumour 1a; sac deformed 1b; tumour touches the cord 1c; "
    "tumour near the cord and the cord deformed 2 with CSF visible, 3 without. Thresholds are proposals of this "
    "project, tried on phantoms."
)
_NO_GAP_MM = 30.0  # a greater gap lies beyond the section, which reaches 20 mm to each side
_DECIMALS = (1, 2, 3)


def numbers_table(lesion: LesionFinding, evidence: GradeEvidence | None) -> Table:
    """One row a number: what it answers, value, threshold, answer; without thresholds where no number decided."""
    if evidence is None or not evidence.tests:
        metrics = lesion.escc.metrics
        alone = tuple(
            (quantity.concept.meaning, value_text(metrics.get(key), quantity)) for key, quantity in ESCC_METRICS.items()
        )
        return Table(header=("Number", "On the section that was looked at"), rows=alone)
    header = ("Number", "Value", "Threshold", "Answer", "Question")
    return Table(header=header, rows=tuple(_row(test, lesion.escc.metrics.get(test.metric)) for test in evidence.tests))


def numbers_note(lesion: LesionFinding, evidence: GradeEvidence | None) -> str:
    """What stands under the numbers: how they make a grade, or why they made none."""
    if lesion.escc.point is EsccGrade.NOT_APPLICABLE:
        return "ESCC does not apply here: no number was held against a threshold."
    if evidence is None:
        return "The section and its thresholds were not handed to this report."
    if not evidence.tests:
        return "Cord and sac cannot be told apart on this series: no number was held against a threshold."
    return (
        f"{GRADE_RULE} A grade must hold over {evidence.support_mm:.1f} mm of canal; CSF counts where it is at least "
        f"{evidence.csf_mm:.2f} mm thick. {_SIDES[min(evidence.expected_sides, 2)]}"
    )


_SIDES = (
    "Expected outlines are missing: no uninvolved section was found, so deformation could not be measured.",
    "Expected outlines rest on uninvolved sections of one side only, which widens the range of the grade.",
    "Expected outlines rest on uninvolved sections above and below the lesion.",
)


def _row(test: MetricTest, value: float | None) -> tuple[str, ...]:
    quantity = ESCC_METRICS[test.metric]
    unit = unit_text(quantity)
    number, threshold = _told_apart(value, test.threshold)
    if test.metric == "tumour_cord_gap_mm" and value is not None and value >= _NO_GAP_MM:
        number = f"over {_NO_GAP_MM:.0f}"
    return (
        quantity.concept.meaning,
        NOT_KNOWN if value is None else f"{number} {unit}".strip(),
        f"{'at most' if test.at_most else 'at least'} {threshold} {unit}".strip(),
        NOT_KNOWN if test.answer is None else ("yes" if test.answer else "no"),
        _QUESTIONS[test.question],
    )


def _told_apart(value: float | None, threshold: float) -> tuple[str, str]:
    """Both numbers with as many decimals as it takes to see which is greater."""
    for decimals in _DECIMALS:
        texts = (f"{value or 0.0:.{decimals}f}", f"{threshold:.{decimals}f}")
        if texts[0] != texts[1] or value == threshold:
            break
    return texts
