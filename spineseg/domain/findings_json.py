"""Findings -> the JSON shape of findings.json and truth.json (contract, docs/architecture.md section 5)."""

from __future__ import annotations

from typing import Any

from spineseg.domain.escc import EsccResult
from spineseg.domain.findings import CompartmentFractions, Findings, LesionFinding, LevelFinding
from spineseg.domain.quality import QUALITY_TEXT
from spineseg.domain.sins import SinsComponent, SinsScore

Json = dict[str, Any]

SCHEMA_VERSION = 1


def findings_to_json(findings: Findings) -> Json:
    """Findings as plain values; units in the names, unknown values as null."""
    return {
        "schema_version": SCHEMA_VERSION,
        "study_instance_uid": findings.study_instance_uid,
        "levels": [_level(level) for level in findings.levels],
        "lesions": [_lesion(lesion) for lesion in findings.lesions],
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
        "escc": _escc(lesion.escc),
        "sins": _sins(lesion.sins),
        "bone_quality": lesion.bone_quality.value,
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
    }


def _sins(sins: SinsScore) -> Json:
    ranges = {component: sins.range_of(component) for component in SinsComponent}
    return {
        "components": {
            component.value: {"min": points.low, "max": points.high} for component, points in ranges.items()
        },
        "min": sins.low,
        "max": sins.high,
        "category": sins.category.value,
        "unknown": [component.value for component, points in ranges.items() if points.low != points.high],
    }
