"""SpineAnatomy + Findings -> GradeEvidence: the section that decided each lesion's grade, as a reader can check it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from skimage.measure import find_contours

from spineseg.anatomy.centerline import frame_at
from spineseg.anatomy.distance import Field
from spineseg.anatomy.sections import HALF_WIDTH_MM, PIXEL_MM, Sections
from spineseg.domain.anatomy import SpineAnatomy
from spineseg.domain.escc import EsccGrade
from spineseg.domain.findings import Findings, LesionFinding
from spineseg.domain.grade_evidence import GradeEvidence, GradeQuestion, MetricTest, Outline, SectionStructure
from spineseg.grading.escc_rules import EsccThresholds
from spineseg.grading.expected import CANAL, CORD, SAC, TUMOUR, Expected
from spineseg.grading.lesion_view import LesionView, view_lesion

_MEASURED = {
    SectionStructure.CANAL: CANAL,
    SectionStructure.SAC: SAC,
    SectionStructure.CORD: CORD,
    SectionStructure.TUMOUR: TUMOUR,
}
_LEAST_POINTS = 8  # a contour of fewer points is less than a square millimetre around [P]


def grade_evidence(findings: Findings, anatomies: Sequence[SpineAnatomy]) -> tuple[GradeEvidence, ...]:
    """The deciding section of every lesion that was graded on one of these series, in the order of the findings."""
    by_series = {one.segmentation.series_instance_uid: one for one in anatomies}
    return tuple(
        _evidence(lesion, by_series[lesion.series_instance_uid])
        for lesion in findings.lesions
        if _was_cut(lesion, by_series.get(lesion.series_instance_uid))
    )


def metric_tests(metrics: Mapping[str, float], rule: EsccThresholds) -> tuple[MetricTest, ...]:
    """Each number of a section against its threshold, in the order in which the rules ask.

    Parameters
    ----------
    metrics
        Keys of `domain.vocabulary.ESCC_METRICS`; a missing key is unknown and has no answer.
    """
    return tuple(
        MetricTest(
            metric=metric,
            question=question,
            at_most=at_most,
            threshold=threshold,
            answer=_answer(metrics.get(metric), threshold, at_most=at_most),
        )
        for metric, question, at_most, threshold in _rows(rule)
    )


def _rows(rule: EsccThresholds) -> Iterator[tuple[str, GradeQuestion, bool, float]]:
    """Metric, question, whether up to the threshold, threshold; shares are told in per cent."""
    yield "epidural_area_mm2", GradeQuestion.TUMOUR_IN_CANAL, False, rule.epidural_area_mm2
    yield "epidural_thickness_mm", GradeQuestion.TUMOUR_IN_CANAL, False, rule.epidural_thickness_mm
    yield "sac_indentation_mm", GradeQuestion.SAC_DEFORMED, False, rule.indentation_mm
    yield "sac_area_loss_pct", GradeQuestion.SAC_DEFORMED, False, 100 * rule.sac_area_loss
    yield "tumour_cord_gap_mm", GradeQuestion.TOUCHES_CORD, True, rule.abutment_mm
    yield "tumour_cord_gap_mm", GradeQuestion.NEAR_CORD, True, rule.near_mm
    yield "cord_ap_loss_pct", GradeQuestion.CORD_DEFORMED, False, 100 * rule.cord_loss
    yield "cord_area_loss_pct", GradeQuestion.CORD_DEFORMED, False, 100 * rule.cord_loss
    yield "cord_indentation_mm", GradeQuestion.CORD_DEFORMED, False, rule.indentation_mm
    yield "cord_displacement_mm", GradeQuestion.CORD_DEFORMED, False, rule.cord_displacement_mm
    yield "csf_arc_pct", GradeQuestion.CSF_VISIBLE, False, 100 * rule.csf_arc


def _answer(value: float | None, threshold: float, *, at_most: bool) -> bool | None:
    if value is None:
        return None
    return value <= threshold if at_most else value >= threshold


def _was_cut(lesion: LesionFinding, anatomy: SpineAnatomy | None) -> bool:
    return anatomy is not None and anatomy.centerline is not None and lesion.escc.decisive_point_mm is not None


def _evidence(lesion: LesionFinding, anatomy: SpineAnatomy) -> GradeEvidence:
    assert anatomy.centerline is not None
    assert lesion.escc.decisive_point_mm is not None
    # As wide as the reader wants to see, though the grade needs no more than the canal.
    view = view_lesion(anatomy, anatomy.centerline, lesion.number, half_width_mm=HALF_WIDTH_MM)
    plane = _plane_at(view.sections, lesion.escc.decisive_point_mm)
    centre, left, posterior = frame_at(anatomy.centerline, view.sections.position_mm[plane : plane + 1])
    rule = EsccThresholds(pixel_mm=view.sampling.in_plane_mm)
    decided = lesion.escc.point is not EsccGrade.NOT_APPLICABLE and bool(lesion.escc.metrics)
    return GradeEvidence(
        series_instance_uid=lesion.series_instance_uid,
        number=lesion.number,
        centre=centre[0],
        left=left[0],
        posterior=posterior[0],
        outlines=_outlines(view, plane),
        tests=metric_tests(lesion.escc.metrics, rule) if decided else (),
        csf_mm=rule.csf_mm,
        support_mm=rule.support_mm,
        expected_sides=min(view.expected.cord_sides, view.expected.sac_sides),
    )


def _plane_at(sections: Sections, point_mm: tuple[float, float, float]) -> int:
    """Index of the section whose middle is the point that the grade tells."""
    return int(np.argmin(np.linalg.norm(sections.centre - np.asarray(point_mm), axis=1)))


def _outlines(view: LesionView, plane: int) -> dict[SectionStructure, tuple[Outline, ...]]:
    fields = {name: view.sections.fields[key][plane] for name, key in _MEASURED.items()}
    fields |= dict(_expected_fields(view.expected, plane))
    contours = {name: _contours(field) for name, field in fields.items()}
    return {name: found for name, found in contours.items() if found}


def _expected_fields(expected: Expected, plane: int) -> Iterator[tuple[SectionStructure, Field]]:
    for name, field in ((SectionStructure.EXPECTED_SAC, expected.sac), (SectionStructure.EXPECTED_CORD, expected.cord)):
        if field is not None:
            yield name, field[plane]


def _contours(field: Field) -> tuple[Outline, ...]:
    """Zero crossings of a signed distance, closed at the edge of the section: each (N, 2) [mm]."""
    rim = np.pad(field, 1, constant_values=PIXEL_MM)
    found = find_contours(rim, 0.0)  # type: ignore[no-untyped-call] # scikit-image has types only in part
    return tuple((one - 1) * PIXEL_MM - HALF_WIDTH_MM for one in found if len(one) >= _LEAST_POINTS)
