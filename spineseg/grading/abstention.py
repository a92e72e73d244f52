"""LesionView + metrics -> Doubts, and with a grade -> Answer: the reasons of clinical.md 1.6 to withhold one grade."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spineseg.anatomy.shapes import area_mm2
from spineseg.domain.escc import ESCC_RANK, AbstentionReason, EsccGrade
from spineseg.domain.findings import Compartment
from spineseg.domain.quality import QualityCode
from spineseg.domain.volume import Modality, SeriesRole
from spineseg.grading.cord_presence import CordPresence
from spineseg.grading.escc_metrics import EsccMetrics
from spineseg.grading.escc_rules import ONE_C_OR_THREE, EsccThresholds, cord_deformed, grade_of, supported_ranks
from spineseg.grading.lesion_view import LesionView
from spineseg.grading.regrading import GradeRange

_G0, _G1A, _G1B, _G1C, _G2, _G3 = (float(rank) for rank in range(6))
_MAX_IN_PLANE_MM = 1.0  # clinical.md 1.6
_MAX_THICKNESS_MM = 5.0  # clinical.md 1.6
_ROUNDING_MM = 0.01  # spacings written with two decimals
_NO_SAC_RATIO = 1.10  # a "sac" that is hardly more than the cord is no sac mask (normal: 2 to 4) [P]
_T2_ROLES = (SeriesRole.AXIAL_T2, SeriesRole.SAGITTAL_T2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubts:
    """Why a grade is withheld or doubted.

    Parameters
    ----------
    abstain
        Whether the point is withheld; else the reason stands beside the grade.
    low, high
        Ranks that the interval must reach at least; None where the reason does not widen it.
    """

    reason: AbstentionReason | None = None
    abstain: bool = False
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A grade as it is told: the interval, the point or why it is withheld."""

    low: EsccGrade
    point: EsccGrade
    high: EsccGrade
    reason: AbstentionReason | None = None


def answer(graded: GradeRange, doubts: Doubts) -> Answer:
    """What is told of a stretch of canal: its interval widened by the doubts, and the point unless one withholds it."""
    low = graded.low if doubts.low is None else min(graded.low, doubts.low)
    high = graded.high if doubts.high is None else max(graded.high, doubts.high)
    reason, abstain = doubts.reason, doubts.abstain
    if not abstain and ((low <= _G1B and high >= _G2) or graded.point == ONE_C_OR_THREE):
        reason, abstain = AbstentionReason.INTERVAL_CROSSES, True
    return Answer(
        low=grade_of(low),
        point=EsccGrade.UNDETERMINED if abstain else grade_of(graded.point),
        high=grade_of(high),
        reason=reason,
    )


def find_doubts(
    view: LesionView,
    metrics: EsccMetrics,
    rule: EsccThresholds,
    *,
    compartment: Compartment,
    presence: CordPresence,
    rank: float,
) -> Doubts:
    """The weightiest doubt of one lesion, gravest first.

    Parameters
    ----------
    metrics
        Of the considered planes.
    rank
        Grade from the masks as they are.
    """
    if not view.involved.any() and not view.touches_end:
        return _of_sequence(view)  # bone only: neither cord nor sac decides
    return (
        _of_masks(view, metrics, rule, presence=presence, rank=rank)
        or _of_acquisition(view, rank)
        or _of_lesion(view, metrics, rule, compartment=compartment, rank=rank)
        or _of_sequence(view)
    )


def _of_masks(
    view: LesionView, metrics: EsccMetrics, rule: EsccThresholds, *, presence: CordPresence, rank: float
) -> Doubts | None:
    if presence is CordPresence.MISSING:
        return Doubts(reason=AbstentionReason.NO_CORD_MASK, abstain=True, high=_G3)
    if rank > _G0 and _has_no_sac(view):
        near = bool(np.min(metrics.gap) <= rule.abutment_mm) or rank >= _G1C
        low, high = (_G1C, _G3) if near else (_G1A, _G1B)
        return Doubts(reason=AbstentionReason.NO_SAC_MASK, abstain=True, low=low, high=high)
    return None


def _of_acquisition(view: LesionView, rank: float) -> Doubts | None:
    if view.touches_end or not view.sections.covered[view.considered].all() or _lacks_reference(view, rank):
        return Doubts(reason=AbstentionReason.COVERAGE, abstain=True, high=_G3)
    if _is_coarse(view):
        return Doubts(reason=AbstentionReason.RESOLUTION, abstain=True)
    if any(note.code is QualityCode.ARTEFACT for note in view.anatomy.segmentation.quality):
        return Doubts(reason=AbstentionReason.ARTEFACT, abstain=True)
    return None


def _of_lesion(
    view: LesionView, metrics: EsccMetrics, rule: EsccThresholds, *, compartment: Compartment, rank: float
) -> Doubts | None:
    if compartment is not Compartment.EXTRADURAL:
        # Part of it may lie inside the dura, where epidural thickness says nothing of the cord: nothing is excluded.
        return Doubts(reason=AbstentionReason.INTRADURAL_LESION, abstain=True, high=_G3)
    if not _is_degenerative(view, metrics, rule, rank):
        return None
    if rank == _G0:  # bone-only disease beside a deformed cord: the grade stands, the cord is another matter
        return Doubts(reason=AbstentionReason.DEGENERATIVE_MIMIC)
    return Doubts(reason=AbstentionReason.DEGENERATIVE_MIMIC, abstain=True, high=_G2)


def _of_sequence(view: LesionView) -> Doubts:
    """Another contrast than T2 is told beside the grade (`non_standard_sequence`, clinical.md 1.6)."""
    segmentation = view.anatomy.segmentation
    if segmentation.modality is Modality.CT or segmentation.role not in _T2_ROLES:
        return Doubts(reason=AbstentionReason.SEQUENCE)
    return Doubts()


def _has_no_sac(view: LesionView) -> bool:
    """Whether the sac is nowhere wider than the cord: then its deformation cannot be told."""
    if view.expected.sac is None or view.expected.cord is None:
        return False
    sac, cord = area_mm2(view.expected.sac), area_mm2(view.expected.cord)
    return bool(np.median(sac / np.maximum(cord, 1e-6)) < _NO_SAC_RATIO)


def _lacks_reference(view: LesionView, rank: float) -> bool:
    return rank > _G0 and (view.expected.cord is None or view.expected.sac is None)


def _is_coarse(view: LesionView) -> bool:
    sampling = view.sampling
    return (
        sampling.in_plane_mm > _MAX_IN_PLANE_MM + _ROUNDING_MM
        or sampling.thickness_mm > _MAX_THICKNESS_MM + _ROUNDING_MM
        or not sampling.square  # sagittal: left-right partial volume
    )


def _is_degenerative(view: LesionView, metrics: EsccMetrics, rule: EsccThresholds, rank: float) -> bool:
    """Cord deformed over the support, but away from the tumour: disc, ligament or stenosis possible."""
    if rank >= ESCC_RANK[EsccGrade.G2]:
        return False
    away = cord_deformed(metrics, rule) & (metrics.gap > rule.near_mm)
    held = supported_ranks(away.astype(float), view.sections.step_mm[view.considered], rule.support_mm)
    return bool(held.any())
