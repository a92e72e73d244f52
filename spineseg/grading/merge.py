"""Findings of several series -> Findings of the study: each lesion and level once, each statement from its best series.

The axial T2 grades the cord where it covers the lesion, the sagittal series gives its interval elsewhere, and CT tells
of bone. What is taken from another series than the lesion's own carries that series' UID.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from spineseg.domain.anatomy import SpineAnatomy
from spineseg.domain.escc import ESCC_RANK, AbstentionReason, EsccGrade
from spineseg.domain.findings import Compartment, Findings, LesionFinding, LevelFinding, severity
from spineseg.domain.labels import LEVEL_ORDER
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.domain.rigid import Rigid
from spineseg.domain.sins import SINS_MAXIMUM, PointRange, SinsComponent, SinsScore
from spineseg.domain.volume import Modality, SeriesRole
from spineseg.grading.same_place import SeriesMasks, same_in_space

# Canal centres of one lesion's decisive planes in two series: within half a level of each other. [P]
_NEAR_MM = 15.0
# The less a reason says about the masks at the cord, the better the series serves for ESCC. [P]
_REASON_COST: dict[AbstentionReason | None, int] = {
    None: 0,
    AbstentionReason.BELOW_CONUS: 0,
    AbstentionReason.INTRADURAL_LESION: 0,
    AbstentionReason.DEGENERATIVE_MIMIC: 1,
    AbstentionReason.INTERVAL_CROSSES: 1,
    AbstentionReason.RESOLUTION: 2,
    AbstentionReason.COVERAGE: 3,
    AbstentionReason.ARTEFACT: 3,
    AbstentionReason.NO_SAC_MASK: 4,
    AbstentionReason.NO_CORD_MASK: 5,
    AbstentionReason.SEQUENCE: 6,
}
# Among series that serve equally well: the cross-section first (clinical.md section 1.6).
_ROLE_COST = {SeriesRole.AXIAL_T2: 0, SeriesRole.SAGITTAL_T2: 1}
# Told by cortex and trabeculae, which CT shows and MR does not. [P]
_BONE_COMPONENTS = (SinsComponent.BONE_LESION, SinsComponent.COLLAPSE, SinsComponent.POSTEROLATERAL)


def merge_findings(
    findings: Sequence[Findings],
    anatomies: Sequence[SpineAnatomy] = (),
    rigids: Mapping[str, Rigid] | None = None,
) -> Findings:
    """Findings of several series of one study as one.

    Parameters
    ----------
    findings
        At least one; best series for ESCC first among equals.
    anatomies
        The series that they were made from: their masks say which lesions are one, their kind which serves for what.
        Without them, level names and places of the decisive planes must do.
    rigids
        From each series' patient space to a common one, by Series Instance UID.

    Raises
    ------
    ValueError
        No findings, or findings of different studies.
    """
    if len({one.study_instance_uid for one in findings}) != 1:
        raise ValueError("merge_findings needs findings of exactly one study")
    masks = SeriesMasks.of([one.segmentation for one in anatomies], rigids or {})
    lesions = tuple(sorted(_lesions(findings, masks), key=severity, reverse=True))
    return Findings(
        study_instance_uid=findings[0].study_instance_uid,
        levels=_levels(findings, masks),
        lesions=lesions,
        quality=_quality(findings, has_lesion=bool(lesions)),
        algorithm=findings[0].algorithm,
    )


def is_same_lesion(
    one: LesionFinding,
    other: LesionFinding,
    masks: SeriesMasks | None = None,
    assumed: Collection[tuple[str, str]] = (),
) -> bool:
    """Whether two findings of different series are known to be one lesion.

    Their masks in patient space decide where both are there; else a common level whose name is sure in both, or canal
    centres close together where the series may share a space. A name that is assumed in one of them says nothing:
    such lesions of series that cannot be placed in each other stay two, and the note that says so
    (`registration_refused`) is the study's.

    Parameters
    ----------
    assumed
        Series and level of every name that may be wrong.
    """
    if one.series_instance_uid == other.series_instance_uid:
        return False
    in_space = None if masks is None else same_in_space(one, other, masks)
    if in_space is not None:
        return in_space
    if not _compatible(one.compartment, other.compartment):
        return False
    first, second = (_sure_levels(lesion, assumed) for lesion in (one, other))
    if first and second:
        return bool(first & second)
    if masks is not None and masks.are_related(one.series_instance_uid, other.series_instance_uid) is False:
        return False
    return _distance_mm(one, other) <= _NEAR_MM


def _sure_levels(lesion: LesionFinding, assumed: Collection[tuple[str, str]]) -> set[str]:
    """Names of a lesion's levels that are known."""
    series = lesion.series_instance_uid
    return {level for level in lesion.levels if level in LEVEL_ORDER and (series, level) not in assumed}


@dataclass(slots=True, kw_only=True)
class _Group:
    lesions: list[LesionFinding]


def _lesions(findings: Sequence[Findings], masks: SeriesMasks) -> list[LesionFinding]:
    groups: list[_Group] = []
    assumed = {(level.series_instance_uid, level.name) for one in findings for level in one.levels if level.assumed}
    for one in findings:
        free = list(groups)
        for lesion in one.lesions:
            matching = [
                group for group in free if any(is_same_lesion(lesion, seen, masks, assumed) for seen in group.lesions)
            ]
            if not matching:
                groups.append(_Group(lesions=[lesion]))
                continue
            best = min(matching, key=lambda group: min(_distance_mm(lesion, seen) for seen in group.lesions))
            best.lesions.append(lesion)
            free.remove(best)  # two lesions of one series are never the same
    return [_united(group.lesions, masks) for group in groups]


def _united(lesions: Sequence[LesionFinding], masks: SeriesMasks) -> LesionFinding:
    """The finding of the best series for ESCC, with what other series tell better of bone."""
    best = min(lesions, key=lambda lesion: _escc_cost(lesion, masks))
    others = [lesion for lesion in lesions if lesion is not best]
    if not others:
        return best
    ct = next((one for one in lesions if masks.modality(one.series_instance_uid) is Modality.CT), None)
    bone = next((one for one in (ct, best, *others) if one is not None and one.bone_series_instance_uid), best)
    # The extent in bone: the series that assessed it, CT first.
    extent = next((one for one in (ct, best, *others) if one is not None and one.subregions is not None), best)
    return replace(
        best,
        sins=_best_sins(best, others, ct),
        bone_quality=bone.bone_quality,
        bone_series_instance_uid=bone.bone_series_instance_uid,
        subregions=extent.subregions,
        wbb_sectors=extent.wbb_sectors,
        wbb_layers=extent.wbb_layers,
        tomita_type=extent.tomita_type,
    )


def _best_sins(best: LesionFinding, others: Sequence[LesionFinding], ct: LesionFinding | None) -> SinsScore:
    """Each component from the series with the narrowest range; for bone CT first, else the lesion's own first."""
    components: dict[SinsComponent, PointRange] = {}
    for component in SinsComponent:
        first = ct if component in _BONE_COMPONENTS and ct is not None else best
        ordered = [first, *(one for one in (best, *others) if one is not first)]
        given = [(one, one.sins.components[component]) for one in ordered if component in one.sins.components]
        if not given:
            continue
        owner, points = min(given, key=lambda pair: _width(pair[1], component))
        elsewhere = owner is not best and points.series_instance_uid is None
        components[component] = replace(points, series_instance_uid=owner.series_instance_uid) if elsewhere else points
    return SinsScore(components=components)


def _width(points: PointRange, component: SinsComponent) -> int:
    return min(points.high - points.low, SINS_MAXIMUM[component])


def _escc_cost(lesion: LesionFinding, masks: SeriesMasks) -> tuple[int, int, int]:
    """Smaller is better: first what hinders the grade, then the kind of series, then the width of the interval."""
    low, high = ESCC_RANK.get(lesion.escc.low), ESCC_RANK.get(lesion.escc.high)
    width = 0 if lesion.escc.low is EsccGrade.NOT_APPLICABLE else len(ESCC_RANK)
    role = masks.role(lesion.series_instance_uid)
    kind = len(_ROLE_COST) if role is None else _ROLE_COST.get(role, len(_ROLE_COST))
    return (_REASON_COST[lesion.escc.reason], kind, width if low is None or high is None else high - low)


def _compatible(one: Compartment, other: Compartment) -> bool:
    open_ended = (Compartment.UNDETERMINED, Compartment.MIXED)
    return one is other or one in open_ended or other in open_ended


def _distance_mm(one: LesionFinding, other: LesionFinding) -> float:
    first, second = one.escc.decisive_point_mm, other.escc.decisive_point_mm
    if first is None or second is None:
        return float("inf")
    return float(np.linalg.norm(np.subtract(first, second)))


def _levels(findings: Sequence[Findings], masks: SeriesMasks) -> tuple[LevelFinding, ...]:
    best: dict[tuple[str, str], LevelFinding] = {}
    for level in (level for one in findings for level in one.levels):
        # Relative names ("V3") mean another vertebra in each series.
        key = (level.name, "" if level.name in LEVEL_ORDER else level.series_instance_uid)
        if key not in best or _level_worth(level, masks) > _level_worth(best[key], masks):
            best[key] = level
    return tuple(sorted(best.values(), key=_level_rank))


def _level_worth(level: LevelFinding, masks: SeriesMasks) -> tuple[bool, bool, int, int, float]:
    """Greater is better: cord measured, name sure, more measured, then the kind of series and its voxels' size."""
    role = masks.role(level.series_instance_uid)
    kind = len(_ROLE_COST) if role is None else _ROLE_COST.get(role, len(_ROLE_COST))
    across_mm = masks.across_mm(level.series_instance_uid)
    return ("cord_area_mm2" in level.measurements, not level.assumed, len(level.measurements), -kind, -across_mm)


def _level_rank(level: LevelFinding) -> tuple[int, str, int]:
    if level.name in LEVEL_ORDER:
        return (LEVEL_ORDER.index(level.name), "", 0)
    return (len(LEVEL_ORDER), level.series_instance_uid, int(level.name[1:]))


def _quality(findings: Sequence[Findings], *, has_lesion: bool) -> tuple[QualityNote, ...]:
    notes = dict.fromkeys(note for one in findings for note in one.quality)
    if not has_lesion:
        return tuple(notes)
    return tuple(note for note in notes if note.code is not QualityCode.NO_LESION_DETECTED)
