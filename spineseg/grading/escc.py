"""LesionView -> EsccResult: approximate ESCC as an interval, with its metrics and the reason for every abstention.

Bilsky et al. 2010, doi:10.3171/2010.3.SPINE09459; geometry and thresholds are proposals of clinical.md section 1.6.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.escc import AbstentionReason, EsccGrade, EsccResult
from spineseg.domain.findings import Compartment
from spineseg.grading.abstention import Answer, answer, find_doubts
from spineseg.grading.cord_presence import CordPresence, find_cord
from spineseg.grading.escc_metrics import EsccMetrics, measure
from spineseg.grading.escc_rules import EsccThresholds, grade_of
from spineseg.grading.expected import CANAL, TUMOUR
from spineseg.grading.lesion_view import LesionView, level_at
from spineseg.grading.level_grades import grade_levels, level_grade, level_views
from spineseg.grading.regrading import regrade

_SAC_METRICS = ("sac_area_loss_pct", "sac_indentation_mm", "epidural_area_mm2", "epidural_thickness_mm")
# Below this distance between a bone lesion and an undivided canal, CT cannot exclude epidural tumour. [P]
_BESIDE_CANAL_MM = 2.0


def grade_escc(view: LesionView, compartment: Compartment) -> EsccResult:
    """Approximate ESCC of one lesion.

    Parameters
    ----------
    view
        The lesion cut across the canal.
    compartment
        ESCC is defined for extradural tumour.
    """
    presence = find_cord(view)
    if presence is CordPresence.UNDIVIDED:
        return _undivided(view)
    if compartment in (Compartment.INTRADURAL_EXTRAMEDULLARY, Compartment.INTRAMEDULLARY):
        return _not_applicable(view, AbstentionReason.INTRADURAL_LESION)
    if presence is CordPresence.BELOW_CONUS and view.involved.any():
        return _not_applicable(view, AbstentionReason.BELOW_CONUS)
    if not view.involved.any() and not view.voxels.in_bone.any():
        return _not_applicable(view, None)  # beside the spine: neither bone disease nor epidural tumour
    rule = EsccThresholds(pixel_mm=view.sampling.in_plane_mm)
    regrading = regrade(view, rule)
    graded = regrading.over(np.ones(len(regrading.ranks), dtype=bool))
    doubts = find_doubts(view, regrading.metrics, rule, compartment=compartment, presence=presence, rank=graded.point)
    found = answer(graded, doubts)
    plane = _decisive_plane(view, regrading.metrics, regrading.held == graded.point)
    return EsccResult(
        low=found.low,
        point=found.point,
        high=found.high,
        reason=found.reason,
        level_of_max=_level_name(view, plane),
        max_any_slice=grade_of(graded.any_plane),
        decisive_point_mm=_centre(view, plane),
        metrics=regrading.metrics.at(_row(view, plane)),
        levels=grade_levels(view, regrading, rule, compartment),
    )


def _decisive_plane(view: LesionView, metrics: EsccMetrics, held: NDArray[np.bool_]) -> int:
    """Index, among all planes, of the plane that shows the grade most clearly."""
    planes = np.flatnonzero(view.considered)
    loss = np.nan_to_num(metrics.cord_area_loss) + np.nan_to_num(metrics.sac_area_loss)
    # Where nothing is deformed, the plane with most tumour in the canal; one per cent of the sac is 2 mm².
    # Between equal planes, and beside a lesion outside the canal, the one nearest to the lesion's middle.
    away = np.abs(view.sections.position_mm[planes] - float(np.median(view.voxels.frame.position_mm)))
    severity = np.maximum(loss, 0.0) + 0.005 * metrics.epidural_area - 0.001 * away
    candidates = held if held.any() else np.ones(len(planes), dtype=bool)
    return int(planes[np.argmax(np.where(candidates, severity, -np.inf))])


def _undivided(view: LesionView) -> EsccResult:
    """CT: cord and sac cannot be told apart."""
    metrics = measure(view.sections, view.expected, csf_mm=1.0).planes(view.considered)
    plane = _decisive_plane(view, metrics, np.zeros(int(view.considered.sum()), dtype=bool))
    whole = _undivided_answer(view)
    rule = EsccThresholds(pixel_mm=view.sampling.in_plane_mm)
    return EsccResult(
        low=whole.low, point=whole.point, high=whole.high, reason=whole.reason, level_of_max=_level_name(view, plane),
        decisive_point_mm=_centre(view, plane),
        levels=tuple(level_grade(name, _undivided_answer(here)) for name, here in level_views(view, rule)),
    )  # fmt: skip


def _undivided_answer(view: LesionView) -> Answer:
    """Nothing between 0 and 3 can be excluded once tumour is at an undivided canal."""
    beside = bool(np.min(_canal_gap_mm(view), initial=np.inf) < _BESIDE_CANAL_MM)
    low = EsccGrade.G0
    return Answer(
        low=low,
        point=EsccGrade.UNDETERMINED if beside or not view.voxels.in_bone.any() else low,
        high=EsccGrade.G3 if beside else low,
        reason=AbstentionReason.SEQUENCE,
    )


def _canal_gap_mm(view: LesionView) -> NDArray[np.float64]:
    """Least distance from the tumour to the canal on every considered plane [mm]."""
    tumour, canal = view.sections.fields[TUMOUR], view.sections.fields[CANAL]
    gap = np.min(np.maximum(tumour, 0) + np.maximum(canal, 0), axis=(1, 2))[view.considered]
    return np.asarray(gap, dtype=np.float64)


def _not_applicable(view: LesionView, reason: AbstentionReason | None) -> EsccResult:
    rule = EsccThresholds(pixel_mm=view.sampling.in_plane_mm)
    metrics = measure(view.sections, view.expected, csf_mm=rule.csf_mm).planes(view.considered)
    plane = _decisive_plane(view, metrics, np.zeros(int(view.considered.sum()), dtype=bool))
    values = metrics.at(_row(view, plane))
    if reason is AbstentionReason.BELOW_CONUS:  # effacement of the sac instead of a grade (clinical.md 1.3)
        values = {key: values[key] for key in _SAC_METRICS if key in values}
    na = EsccGrade.NOT_APPLICABLE
    return EsccResult(
        low=na, point=na, high=na, reason=reason, level_of_max=_level_name(view, plane),
        decisive_point_mm=_centre(view, plane), metrics=values,
    )  # fmt: skip


def _row(view: LesionView, plane: int) -> int:
    """Place of a plane among the considered ones."""
    return int(np.count_nonzero(view.considered[:plane]))


def _level_name(view: LesionView, plane: int) -> str | None:
    level = level_at(view.anatomy.vertebrae, float(view.sections.position_mm[plane]))
    return None if level is None else level.name


def _centre(view: LesionView, plane: int) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in view.sections.centre[plane])
    return (x, y, z)
