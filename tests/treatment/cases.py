"""Case files -> Findings, ClinicalContext and what is expected of the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.basis import NamingBasis
from spineseg.domain.clinical import ClinicalContext, Fact, Provenance
from spineseg.domain.escc import AbstentionReason, EsccGrade, EsccResult
from spineseg.domain.findings import (
    BoneQuality,
    Change,
    Compartment,
    CorrectedItem,
    Correction,
    Findings,
    LesionFinding,
    LesionOrigin,
    LevelFinding,
    PriorComparison,
    RejectedLesion,
)
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.domain.recommendation import OptionStatus, Recommendation
from spineseg.domain.sins import PointRange, SinsComponent, SinsDoubt, SinsScore
from spineseg.treatment.facttable import fact_table
from spineseg.treatment.values import check_value

FOLDER = Path(__file__).parent / "cases"
OPEN = "open"
STATUSES = tuple(status.value for status in OptionStatus)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One case: what goes in and what must, and must not, come out."""

    name: str
    file: str
    findings: Findings
    clinical: ClinicalContext
    verified: bool
    expect: tuple[str, ...]
    expect_not: tuple[str, ...]


def read_cases() -> tuple[Case, ...]:
    """Every case of the folder."""
    return tuple(
        _case(raw, path.name)
        for path in sorted(FOLDER.glob("*.yaml"))
        for raw in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    )


def clinical_of(raw: Mapping[str, Any]) -> ClinicalContext:
    """Facts by name; values are checked as in a file."""
    table = fact_table()
    facts = {
        name: Fact(name=name, value=check_value(table[name], value), provenance=Provenance.CLINICIAN)
        for name, value in raw.items()
    }
    return ClinicalContext(facts=facts)


def findings_of(raw: Mapping[str, Any]) -> Findings:
    """Findings from a compact description: see the case files."""
    lesions = tuple(_lesion(one, number) for number, one in enumerate(raw.get("lesions", ()), 1))
    names = raw.get("levels", ())
    if names == "whole_spine":
        names = ("C2", "T6", "S1")
    measured = {"cord_area_mm2": 60.0} if raw.get("mr", True) else {}
    return Findings(
        study_instance_uid="1.2.3",
        levels=tuple(
            LevelFinding(
                name=name, assumed=False, basis=NamingBasis.AXIS, series_instance_uid="1.2.3.4", measurements=measured
            )
            for name in names
        ),
        lesions=lesions,
        quality=tuple(QualityNote(code=QualityCode(code)) for code in raw.get("quality", ())),
        algorithm=AlgorithmIdentity(name="spineseg", version="test", segmenter="truth"),
        prior_study_instance_uid=raw.get("prior"),
        rejected=tuple(
            RejectedLesion(
                tracking_uid=f"1.2.3.9.{number}",
                levels=(level,),
                rejection=_correction({"item": "lesion", "before": "suspected lesion"}),
            )
            for number, level in enumerate(raw.get("rejected", ()))
        ),
    )


def failures(case: Case, result: Recommendation) -> list[str]:
    """Expectations that the result does not meet."""
    missing = [f"missing: {line}" for line in case.expect if not _found(line, result)]
    return missing + [f"unwanted: {line}" for line in case.expect_not if _found(line, result)]


def _found(line: str, result: Recommendation) -> bool:
    """Whether "R013", "R013 option E0", "R072 blocked_pending clin.pregnant" or "R030 open img.sins" is there."""
    rule_id, *rest = line.split()
    if OPEN in rest:
        facts = [word for word in rest if word != OPEN]
        return any(one.rule_id == rule_id and set(facts) <= set(one.missing) for one in result.undecided)
    statuses = [word for word in rest if word in STATUSES]
    facts = [word for word in rest if "." in word]
    urgencies = [word for word in rest if word not in statuses and word not in facts]
    return any(
        option.rule_id == rule_id
        and (not statuses or option.status.value in statuses)
        and (not urgencies or option.urgency.value in urgencies)
        and set(facts) <= set(option.missing)
        for option in result.options
    )


def _case(raw: Mapping[str, Any], file: str) -> Case:
    return Case(
        name=raw["name"],
        file=file,
        findings=findings_of(raw.get("findings", {})),
        clinical=clinical_of(raw.get("clinical", {})),
        verified=raw.get("verified", False),
        expect=tuple(raw.get("expect", ())),
        expect_not=tuple(raw.get("expect_not", ())),
    )


def _lesion(raw: Mapping[str, Any], number: int) -> LesionFinding:
    growth = raw.get("growth")
    return LesionFinding(
        number=number,
        tracking_uid=f"1.2.3.{number}",
        series_instance_uid="1.2.3.4",
        origin=LesionOrigin.AUTOMATIC,
        levels=tuple(raw.get("levels", ("T8",))),
        compartment=Compartment(raw.get("compartment", "extradural")),
        compartment_fractions=None,
        volume_mm3=2000.0,
        max_diameter_mm=20.0,
        escc=_escc(raw),
        sins=_sins(raw.get("sins", {})),
        bone_quality=BoneQuality(raw.get("bone_quality", "undetermined")),
        subregions=None if "subregions" not in raw else tuple(raw["subregions"]),
        wbb_layers=None if "wbb_layers" not in raw else tuple(raw["wbb_layers"]),
        tomita_type=raw.get("tomita"),
        bone_series_instance_uid="1.2.3.9" if raw.get("ct") else None,
        prior=None if growth is None else PriorComparison(change=Change(growth)),
        corrections=tuple(_correction(one) for one in raw.get("corrections", ())),
    )


def _correction(raw: Mapping[str, str]) -> Correction:
    return Correction(item=CorrectedItem(raw["item"]), before=raw["before"], corrected_by="READER^EXAMPLE")


def _escc(raw: Mapping[str, Any]) -> EsccResult:
    value = raw.get("escc", "undetermined")
    low, point, high = value if isinstance(value, list) else (value,) * 3
    reason = raw.get("reason")
    return EsccResult(
        low=EsccGrade(str(low)),
        point=EsccGrade(str(point)),
        high=EsccGrade(str(high)),
        reason=None if reason is None else AbstentionReason(reason),
        metrics=raw.get("metrics", {}),
    )


def _sins(raw: Mapping[str, Any]) -> SinsScore:
    """Each component as points, [low, high], or {range, estimate, doubt}; `total: n` settles all but pain."""
    components: dict[SinsComponent, PointRange] = {}
    total = raw.get("total")
    if total is not None:
        components = dict.fromkeys(SinsComponent, PointRange(low=0, high=0))
        del components[SinsComponent.PAIN]
        components[SinsComponent.COLLAPSE] = PointRange(low=total, high=total)
    for name, value in raw.items():
        if name != "total":
            components[SinsComponent(name)] = _points(value)
    return SinsScore(components=components)


def _points(value: Any) -> PointRange:
    if isinstance(value, dict):
        low, high = value["range"]
        return PointRange(low=low, high=high, estimate=value.get("estimate"), doubt=SinsDoubt(value["doubt"]))
    low, high = value if isinstance(value, list) else (value, value)
    return PointRange(low=low, high=high)
