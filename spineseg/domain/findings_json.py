"""Findings -> the JSON shape of findings.json and truth.json (contract, docs/architecture.md section 5)."""

from __future__ import annotations

from typing import Any

from spineseg.domain.escc import EsccResult
from spineseg.domain.extent_vocabulary import WBB_CONVENTION_NAME
from spineseg.domain.findings import (
    CompartmentFractions,
    Correction,
    Findings,
    LesionFinding,
    LevelFinding,
    PriorComparison,
    RejectedLesion,
    VanishedLesion,
)
from spineseg.domain.quality import QUALITY_TEXT
from spineseg.domain.sins import PointRange, SinsComponent, SinsScore

Json = dict[str, Any]

# 2: SINS evidence and doubt, ESCC by level, WBB, Tomita, comparison with a prior study, corrections by persons;
# every key of 1 is kept.
SCHEMA_VERSION = 2


def findings_to_json(findings: Findings) -> Json:
    """Findings as plain values; units in the names, unknown values as null."""
    return {
        "schema_version": SCHEMA_VERSION,
        "study_instance_uid": findings.study_instance_uid,
        "levels": [_level(level) for level in findings.levels],
        "lesions": [_lesion(lesion) for lesion in findings.lesions],
        "prior_study_instance_uid": findings.prior_study_instance_uid,
        "vanished": [_vanished(lesion) for lesion in findings.vanished],
        "rejected": [_rejected(lesion) for lesion in findings.rejected],
        "quality": [
            {"code": note.code.value, "text": QUALITY_TEXT[note.code], "series_instance_uid": note.series_instance_uid}
            for note in findings.quality
        ],
        "algorithm": {
            "name": findings.algorithm.name,
            "version": findings.algorithm.version,
            "segmenter": findings.algorithm.segmenter,
            "weights_sha256": list(findings.algorithm.weights_sha256),
        },
    }


def _level(level: LevelFinding) -> Json:
    return {
        "name": level.name,
        "assumed": level.assumed,
        "basis": level.basis.value,
        "candidates": list(level.candidates),
        "series_instance_uid": level.series_instance_uid,
        **level.measurements,
    }


def _lesion(lesion: LesionFinding) -> Json:
    return {
        "number": lesion.number,
        "tracking_uid": lesion.tracking_uid,
        "series_instance_uid": lesion.series_instance_uid,
        "origin": lesion.origin.value,
        "levels": list(lesion.levels),
        "compartment": lesion.compartment.value,
        "compartment_fractions": _fractions(lesion.compartment_fractions),
        "volume_mm3": lesion.volume_mm3,
        "max_diameter_mm": lesion.max_diameter_mm,
        "subregions": None if lesion.subregions is None else list(lesion.subregions),
        "wbb_convention": None if lesion.wbb_sectors is None else WBB_CONVENTION_NAME,
        "wbb_sectors": None if lesion.wbb_sectors is None else list(lesion.wbb_sectors),
        "wbb_layers": None if lesion.wbb_layers is None else list(lesion.wbb_layers),
        "tomita_type": lesion.tomita_type,
        "escc": _escc(lesion.escc),
        "sins": _sins(lesion.sins),
        "bone_quality": lesion.bone_quality.value,
        "bone_series_instance_uid": lesion.bone_series_instance_uid,
        "prior": _prior(lesion.prior),
        "corrections": [_correction(one) for one in lesion.corrections],
    }


def _fractions(fractions: CompartmentFractions | None) -> Json | None:
    if fractions is None:
        return None
    return {
        "extradural": fractions.extradural,
        "intradural_extramedullary": fractions.intradural_extramedullary,
        "intramedullary": fractions.intramedullary,
    }


def _escc(escc: EsccResult) -> Json:
    return {
        "low": escc.low.value,
        "point": escc.point.value,
        "high": escc.high.value,
        "band": None if escc.band is None else escc.band.value,
        "high_grade": {"bilsky_noms": escc.high_grade_bilsky_noms, "hallinan": escc.high_grade_hallinan},
        "reason": None if escc.reason is None else escc.reason.value,
        "level_of_max": escc.level_of_max,
        "max_any_slice": None if escc.max_any_slice is None else escc.max_any_slice.value,
        "decisive_point_mm": None if escc.decisive_point_mm is None else list(escc.decisive_point_mm),
        "metrics": dict(escc.metrics),
        "levels": [
            {
                "level": one.level,
                "low": one.low.value,
                "point": one.point.value,
                "high": one.high.value,
                "reason": None if one.reason is None else one.reason.value,
            }
            for one in escc.levels
        ],
    }


def _sins(sins: SinsScore) -> Json:
    ranges = {component: sins.range_of(component) for component in SinsComponent}
    return {
        "components": {component.value: _points(points) for component, points in ranges.items()},
        "min": sins.low,
        "max": sins.high,
        "category": sins.category.value,
        "unknown": [component.value for component, points in ranges.items() if points.low != points.high],
        "deciding": [component.value for component in sins.deciding],
    }


def _points(points: PointRange) -> Json:
    return {
        "min": points.low,
        "max": points.high,
        "estimate": points.estimate,
        "evidence": dict(points.evidence),
        "doubt": None if points.doubt is None else points.doubt.value,
        "series_instance_uid": points.series_instance_uid,
    }


def _prior(prior: PriorComparison | None) -> Json | None:
    if prior is None:
        return None
    return {
        "change": prior.change.value,
        "prior_volume_mm3": prior.prior_volume_mm3,
        "volume_change_pct": prior.volume_change_pct,
        "volume_doubt_pct": prior.volume_doubt_pct,
        "prior_escc_point": None if prior.prior_escc_point is None else prior.prior_escc_point.value,
        "grade_change": prior.grade_change,
    }


def _correction(correction: Correction) -> Json:
    return {
        "item": correction.item.value,
        "before": correction.before,
        "corrected_by": correction.corrected_by,
    }


def _rejected(lesion: RejectedLesion) -> Json:
    return {
        "tracking_uid": lesion.tracking_uid,
        "levels": list(lesion.levels),
        "rejection": _correction(lesion.rejection),
    }


def _vanished(lesion: VanishedLesion) -> Json:
    return {
        "tracking_uid": lesion.tracking_uid,
        "levels": list(lesion.levels),
        "prior_volume_mm3": lesion.prior_volume_mm3,
    }
