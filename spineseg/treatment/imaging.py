"""Findings -> Facts: what the report says of study and lesions, three-valued, grades and points as intervals."""

from __future__ import annotations

from dataclasses import replace

from spineseg.domain.clinical import Provenance
from spineseg.domain.escc import ESCC_RANK, AbstentionReason, EsccGrade, EsccResult
from spineseg.domain.findings import BoneQuality, Compartment, Findings, LesionFinding
from spineseg.domain.quality import QualityCode
from spineseg.domain.sins import SinsComponent
from spineseg.treatment.corrected import rejected_fact, with_corrections
from spineseg.treatment.facts import Facts, LesionFacts, grade_ends
from spineseg.treatment.facttable import fact_table
from spineseg.treatment.reported import answer, listed, number
from spineseg.treatment.stability import alignment_by_onset, sins_facts
from spineseg.treatment.values import NOT_APPLICABLE, Known, interval_text

_LIMITS = frozenset(
    {
        QualityCode.PARTIAL_COVERAGE,
        QualityCode.LOW_RESOLUTION,
        QualityCode.CORD_INTERRUPTED,
        QualityCode.UNUSUAL_ANATOMY,
        QualityCode.ARTEFACT,
        QualityCode.SERIES_FAILED,
        QualityCode.LOW_CONFIDENCE,
        QualityCode.LOW_SIGNAL,
    }
)
_REASONS: dict[AbstentionReason, str] = {
    AbstentionReason.NO_CORD_MASK: "the cord was not found at an involved level",
    AbstentionReason.NO_SAC_MASK: "the thecal sac was not found at an involved level",
    AbstentionReason.BELOW_CONUS: "the level lies below the conus",
    AbstentionReason.RESOLUTION: "the voxels are too large",
    AbstentionReason.SEQUENCE: "no axial or isotropic T2-weighted MRI",
    AbstentionReason.COVERAGE: "the lesion is not covered completely",
    AbstentionReason.ARTEFACT: "metal or motion artefact",
    AbstentionReason.INTRADURAL_LESION: "the lesion is not extradural",
    AbstentionReason.INTERVAL_CROSSES: "the range of possible grades is too wide",
    AbstentionReason.DEGENERATIVE_MIMIC: "the cord is deformed away from the tumour",
}
# The conus ends between T12 and L2 in most adults [M]; in between the level does not say which side it is.
_ABOVE_CONUS = frozenset([*(f"C{n}" for n in range(1, 8)), *(f"T{n}" for n in range(1, 12))])
_BELOW_CONUS = frozenset(["L3", "L4", "L5", "L6", *(f"S{n}" for n in range(1, 6))])
_REGIONS = {"C": "cervical", "T": "thoracic", "L": "lumbar", "S": "sacral"}
_CORD_SHIFT_MM = 1.0  # clinical.md section 3.1 [P]
_LESION_METRICS = {"img.tumour_cord_gap_mm": "tumour_cord_gap_mm"}
_EVIDENCE = {
    "img.collapse_pct": (SinsComponent.COLLAPSE, "height_loss_pct"),
    "img.body_involved_pct": (SinsComponent.COLLAPSE, "involved_body_pct"),
}
_SIDES = ("left", "right")


def facts_from_findings(findings: Findings, *, verified: bool = False, verified_by: str = "") -> Facts:
    """What the report says.

    Parameters
    ----------
    verified
        Whether a person has verified the report (VerificationFlag of the SR).
    verified_by
        Who; every fact of a verified report carries it.

    Returns
    -------
    Facts
        Lesions in the order of the report, worst first. A fact without a key is unknown.
    """
    reader = verified_by if verified else ""
    lesions = tuple(
        LesionFacts(
            number=rank, known=_signed(_lesion(lesion, findings), reader), alignment=alignment_by_onset(lesion.sins)
        )
        for rank, lesion in enumerate(findings.lesions, start=1)
    )
    return Facts(study=_signed(_study(findings, verified=verified), reader), lesions=lesions)


def _signed(found: dict[str, Known], reader: str) -> dict[str, Known]:
    """Facts with the name of who verified the report; one that a person corrected keeps that person's."""
    if not reader:
        return found
    return {name: replace(value, verified_by=value.verified_by or reader) for name, value in found.items()}


def _study(findings: Findings, *, verified: bool) -> dict[str, Known]:
    codes = {note.code for note in findings.quality}
    found: dict[str, Known] = {
        "img.sr_verified": answer(verified),
        "img.lesion_count": number("img.lesion_count", len(findings.lesions)),
    }
    if not findings.levels and not findings.lesions:
        found["img.quality"] = answer("nondiagnostic")
    else:
        found["img.quality"] = answer("limited" if codes & _LIMITS else "diagnostic")
    found.update(_modalities(findings, codes))
    found.update(rejected_fact(findings.rejected))
    names = {level.name for level in findings.levels}
    if names and not any(name.startswith("V") for name in names):
        found["img.whole_spine_covered"] = answer({"C2", "S1"} <= names)
    return found


def _modalities(findings: Findings, codes: set[QualityCode]) -> dict[str, Known]:
    """The report does not name its modality: cord or sac was measured on MRI only, bone quality on CT only."""
    found: dict[str, Known] = {}
    measured = any({"cord_area_mm2", "sac_area_mm2"} & set(level.measurements) for level in findings.levels)
    if measured or any(lesion.escc.metrics for lesion in findings.lesions):
        found["img.has_mr"] = answer(True)
    elif QualityCode.CORD_NOT_SEPARABLE in codes:
        found["img.has_mr"] = answer(False)
        found["img.has_ct"] = answer(True)
    if findings.lesions and "img.has_ct" not in found:
        found["img.has_ct"] = answer(any(lesion.bone_series_instance_uid for lesion in findings.lesions))
    return found


def _lesion(lesion: LesionFinding, findings: Findings) -> dict[str, Known]:
    found = {**_place(lesion), **_escc(lesion.escc), **sins_facts(lesion.sins), **_parts(lesion)}
    if lesion.compartment is not Compartment.UNDETERMINED:
        found["img.compartment"] = answer(lesion.compartment.value)
    if lesion.bone_quality is not BoneQuality.UNDETERMINED:
        found["img.bone_quality"] = answer(lesion.bone_quality.value)
    found["img.volume_cm3"] = number("img.volume_cm3", lesion.volume_mm3 / 1000)
    found["img.max_diameter_mm"] = number("img.max_diameter_mm", lesion.max_diameter_mm)
    if lesion.tomita_type is not None:
        found["img.tomita_type"] = number("img.tomita_type", lesion.tomita_type)
    if lesion.prior is not None and lesion.prior.change.value != "undetermined":
        found["img.growth"] = answer(lesion.prior.change.value)
    elif lesion.prior is None and findings.prior_study_instance_uid is None:
        found["img.growth"] = answer("no_prior")
    return with_corrections(found, lesion.corrections)


def _place(lesion: LesionFinding) -> dict[str, Known]:
    levels = lesion.levels
    if not levels or any(level.startswith("V") for level in levels):
        return {}
    found = {
        "img.levels": answer(frozenset(levels), ", ".join(levels)),
        "img.level_count": number("img.level_count", len(levels)),
        "img.region": answer(frozenset(_REGIONS[level[0]] for level in levels)),
    }
    if lesion.escc.reason is AbstentionReason.BELOW_CONUS or set(levels) <= _BELOW_CONUS:
        found["img.below_conus"] = answer(True)
    elif set(levels) <= _ABOVE_CONUS:
        found["img.below_conus"] = answer(False)
    return found


def _escc(escc: EsccResult) -> dict[str, Known]:
    found: dict[str, Known] = {}
    if escc.reason is not None:
        found["img.escc.reason"] = answer(_REASONS[escc.reason])
    for name, key in _LESION_METRICS.items():
        if key in escc.metrics:
            found[name] = number(name, escc.metrics[key])
    if "cord_displacement_mm" in escc.metrics:
        found["img.cord_displaced"] = answer(escc.metrics["cord_displacement_mm"] >= _CORD_SHIFT_MM)
    if escc.reason is AbstentionReason.BELOW_CONUS and "sac_area_loss_pct" in escc.metrics:
        found["img.cauda_effacement_pct"] = number("img.cauda_effacement_pct", escc.metrics["sac_area_loss_pct"])
    if (grade := _grade(escc)) is not None:
        found["img.escc"] = grade
        found.update(grade_ends(grade))
    return found


def _grade(escc: EsccResult) -> Known | None:
    """One known end makes a range: the other is then the end of the scale."""
    if escc.point is EsccGrade.NOT_APPLICABLE:
        return Known(text="not applicable", answer=NOT_APPLICABLE, provenance=Provenance.SR)
    low, point, high = (ESCC_RANK.get(grade) for grade in (escc.low, escc.point, escc.high))
    if low is None and high is None:
        return None
    first, last = float(low or 0), float(ESCC_RANK[EsccGrade.G3] if high is None else high)
    text = interval_text(fact_table()["img.escc"], first, last, None if point is None else float(point))
    point_rank = None if point is None else float(point)
    return Known(text=text, provenance=Provenance.SR, low=first, point=point_rank, high=last)


def _parts(lesion: LesionFinding) -> dict[str, Known]:
    found: dict[str, Known] = {}
    for name, (component, key) in _EVIDENCE.items():
        evidence = lesion.sins.range_of(component).evidence
        if key in evidence:
            found[name] = number(name, evidence[key])
    if lesion.wbb_layers is not None:
        found["img.wbb_layers"] = answer(frozenset(lesion.wbb_layers))
    if lesion.wbb_sectors is not None:
        found["img.wbb_sectors"] = answer(frozenset(map(str, lesion.wbb_sectors)), listed(lesion.wbb_sectors))
    if lesion.subregions is None:
        return found
    parts = frozenset(lesion.subregions)
    found["img.subregions"] = answer(parts, listed(part.replace("_", " ") for part in lesion.subregions))
    found["img.body_involved"] = answer("vertebral_body" in parts)
    found["img.posterior_wall_breach"] = answer("posterior_wall_breach" in parts)
    for side in _SIDES:
        found[f"img.foraminal_{side}"] = answer(f"foramen_{side}" in parts)
        found[f"img.paraspinal_{side}"] = answer(f"paraspinal_{side}" in parts)
    return found
