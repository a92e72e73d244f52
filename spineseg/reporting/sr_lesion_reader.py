"""SR group of a lesion -> LesionFinding, VanishedLesion; rows that version 0.1 did not write are unknown."""

from __future__ import annotations

from pydicom.sr.codedict import codes

from spineseg.domain import extent_vocabulary as extent
from spineseg.domain import followup_vocabulary as followup
from spineseg.domain import vocabulary as words
from spineseg.domain.codes import LATERALITY
from spineseg.domain.escc import EsccResult, LevelGrade
from spineseg.domain.findings import CompartmentFractions, LesionFinding, PriorComparison, VanishedLesion
from spineseg.domain.sins import PointRange, SinsComponent, SinsScore
from spineseg.errors import ReportError
from spineseg.reporting.sr_answers import known_answer, needed, read_answer, read_answers, read_quantities, whole
from spineseg.reporting.sr_corrections import read_corrections
from spineseg.reporting.sr_tree import ESTIMATED, MAXIMUM, MINIMUM, CodeKey, Group, code_key

_SUBREGION_NAMES: dict[tuple[CodeKey, CodeKey | None], str] = {
    (code_key(part.code), None if part.laterality is None else code_key(part.laterality)): name
    for name, part in words.SUBREGIONS.items()
}


def read_lesion(group: Group) -> LesionFinding:
    """The lesion of a group.

    Raises
    ------
    ReportError
        Rows that must be there are missing, or an answer is not known.
    """
    return LesionFinding(
        number=int(needed(group.number(words.LESION_NUMBER))),
        tracking_uid=needed(group.text(codes.DCM.TrackingUniqueIdentifier)),
        series_instance_uid=needed(group.text(codes.DCM.SeriesInstanceUID)),
        origin=needed(read_answer(group, words.LESION_ORIGIN, words.LESION_ORIGINS)),
        levels=group.texts(words.LEVEL),
        compartment=needed(read_answer(group, words.COMPARTMENT, words.COMPARTMENTS)),
        compartment_fractions=_fractions(group),
        volume_mm3=_measured(group, "volume_mm3"),
        max_diameter_mm=_measured(group, "max_diameter_mm"),
        escc=_escc(group),
        sins=_sins(group),
        bone_quality=needed(read_answer(group, words.BONE_QUALITY, words.BONE_QUALITIES)),
        subregions=_subregions(group),
        wbb_sectors=(
            read_answers(group, extent.WBB_SECTOR, extent.WBB_SECTORS)
            if group.code(extent.WBB_SECTORS_ASSESSED) == code_key(words.YES)
            else None
        ),
        wbb_layers=(
            read_answers(group, extent.WBB_LAYER, extent.WBB_LAYERS)
            if group.code(extent.WBB_LAYERS_ASSESSED) == code_key(words.YES)
            else None
        ),
        tomita_type=read_answer(group, extent.TOMITA_TYPE, extent.TOMITA_TYPES),
        bone_series_instance_uid=group.text(words.BONE_SERIES),
        prior=_prior(group),
        corrections=read_corrections(group),
    )


def read_vanished(group: Group) -> VanishedLesion:
    """The vanished lesion of a group.

    Raises
    ------
    ReportError
        Rows that must be there are missing.
    """
    measured = read_quantities(group, followup.FOLLOWUP_MEASUREMENTS)
    return VanishedLesion(
        tracking_uid=needed(group.text(codes.DCM.TrackingUniqueIdentifier)),
        levels=group.texts(words.LEVEL),
        prior_volume_mm3=needed(measured.get("prior_volume_mm3")),
    )


def _measured(group: Group, key: str) -> float:
    return needed(group.number(words.LESION_MEASUREMENTS[key].concept))


def _fractions(group: Group) -> CompartmentFractions | None:
    shares = read_quantities(group, words.LESION_MEASUREMENTS)
    if "extradural_fraction" not in shares:
        return None
    return CompartmentFractions(
        extradural=shares["extradural_fraction"],
        intradural_extramedullary=needed(shares.get("intradural_extramedullary_fraction")),
        intramedullary=needed(shares.get("intramedullary_fraction")),
    )


def _escc(group: Group) -> EsccResult:
    return EsccResult(
        low=needed(read_answer(group, words.ESCC_LOW, words.ESCC_GRADES)),
        point=needed(read_answer(group, words.ESCC_POINT, words.ESCC_GRADES)),
        high=needed(read_answer(group, words.ESCC_HIGH, words.ESCC_GRADES)),
        reason=read_answer(group, words.ESCC_REASON, words.ABSTENTION_REASONS),
        level_of_max=group.text(words.ESCC_LEVEL_OF_MAX),
        max_any_slice=read_answer(group, words.ESCC_MAX_ANY_SLICE, words.ESCC_GRADES),
        decisive_point_mm=_decisive_point(group),
        metrics=read_quantities(group, words.ESCC_METRICS),
        levels=tuple(_level_grade(grade, under) for grade, under in group.under(words.ESCC_AT_LEVEL)),
    )


def _level_grade(grade: CodeKey, under: Group) -> LevelGrade:
    return LevelGrade(
        level=needed(under.text(words.LEVEL)),
        low=needed(read_answer(under, words.ESCC_LOW, words.ESCC_GRADES)),
        point=known_answer(grade, words.ESCC_GRADES),
        high=needed(read_answer(under, words.ESCC_HIGH, words.ESCC_GRADES)),
        reason=read_answer(under, words.ESCC_REASON, words.ABSTENTION_REASONS),
    )


def _decisive_point(group: Group) -> tuple[float, float, float] | None:
    x, y, z = (group.number(quantity.concept) for quantity in words.DECISIVE_POINT)
    return None if x is None or y is None or z is None else (x, y, z)


def _sins(group: Group) -> SinsScore:
    found = {component: _points(group, component) for component in SinsComponent}
    return SinsScore(components={component: points for component, points in found.items() if points is not None})


def _points(group: Group, component: SinsComponent) -> PointRange | None:
    concept = words.SINS_COMPONENTS[component]
    low, high = group.number(concept, MINIMUM), group.number(concept, MAXIMUM)
    if low is None or high is None:
        return None
    own = group.of(words.SINS_COMPONENT, concept)
    return PointRange(
        low=int(low),
        high=int(high),
        estimate=whole(group.number(concept, ESTIMATED)),
        evidence=read_quantities(own, words.SINS_EVIDENCE),
        doubt=read_answer(own, words.SINS_DOUBT, words.SINS_DOUBTS),
        series_instance_uid=own.text(words.SINS_SERIES),
    )


def _subregions(group: Group) -> tuple[str, ...] | None:
    """Names of the involved parts; version 0.1 wrote them as texts."""
    if needed(group.code(words.SUBREGIONS_ASSESSED)) != code_key(words.YES):
        return None
    coded = tuple(_subregion(part, under) for part, under in group.under(words.SUBREGION))
    return (*group.texts(words.SUBREGION), *coded)


def _subregion(part: CodeKey, under: Group) -> str:
    name = _SUBREGION_NAMES.get((part, under.code(LATERALITY)))
    if name is None:
        raise ReportError(f"the part {part[0]} is not known", remedy="the report may come from a later version")
    return name


def _prior(group: Group) -> PriorComparison | None:
    change = read_answer(group, followup.CHANGE, followup.CHANGES)
    if change is None:
        return None
    measured = read_quantities(group, followup.FOLLOWUP_MEASUREMENTS)
    return PriorComparison(
        change=change,
        prior_volume_mm3=measured.get("prior_volume_mm3"),
        volume_change_pct=measured.get("volume_change_pct"),
        volume_doubt_pct=measured.get("volume_doubt_pct"),
        prior_escc_point=read_answer(group, followup.PRIOR_ESCC_POINT, words.ESCC_GRADES),
        grade_change=whole(measured.get("grade_change")),
    )
