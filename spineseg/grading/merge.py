"""Findings of several series -> Findings of the study: each lesion and level once, from the best series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spineseg.domain.escc import ESCC_RANK, AbstentionReason, EsccGrade
from spineseg.domain.findings import Compartment, Findings, LesionFinding, LevelFinding
from spineseg.domain.labels import LEVEL_ORDER
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.grading.findings import severity

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


def merge_findings(findings: Sequence[Findings]) -> Findings:
    """Findings of several series of one study as one.

    Parameters
    ----------
    findings
        At least one; best series for ESCC first among equals. All in the same frame of reference.

    Raises
    ------
    ValueError
        No findings, or findings of different studies.
    """
    if len({one.study_instance_uid for one in findings}) != 1:
        raise ValueError("merge_findings needs findings of exactly one study")
    lesions = tuple(sorted(_lesions(findings), key=severity, reverse=True))
    return Findings(
        study_instance_uid=findings[0].study_instance_uid,
        levels=_levels(findings),
        lesions=lesions,
        quality=_quality(findings, has_lesion=bool(lesions)),
        algorithm=findings[0].algorithm,
    )


def is_same_lesion(one: LesionFinding, other: LesionFinding) -> bool:
    """Whether two findings of different series are one lesion: a common level, or canal centres close together."""
    if one.series_instance_uid == other.series_instance_uid:
        return False
    if not _compatible(one.compartment, other.compartment):
        return False
    named = [{level for level in lesion.levels if level in LEVEL_ORDER} for lesion in (one, other)]
    if all(named):
        return bool(named[0] & named[1])
    return _distance_mm(one, other) <= _NEAR_MM


@dataclass(slots=True, kw_only=True)
class _Group:
    lesions: list[LesionFinding]


def _lesions(findings: Sequence[Findings]) -> list[LesionFinding]:
    groups: list[_Group] = []
    for one in findings:
        free = list(groups)
        for lesion in one.lesions:
            matching = [group for group in free if any(is_same_lesion(lesion, seen) for seen in group.lesions)]
            if not matching:
                groups.append(_Group(lesions=[lesion]))
                continue
            best = min(matching, key=lambda group: min(_distance_mm(lesion, seen) for seen in group.lesions))
            best.lesions.append(lesion)
            free.remove(best)  # two lesions of one series are never the same
    return [min(group.lesions, key=_escc_cost) for group in groups]


def _escc_cost(lesion: LesionFinding) -> tuple[int, int]:
    """Smaller is better: first what hinders the grade, then the width of the interval."""
    low, high = ESCC_RANK.get(lesion.escc.low), ESCC_RANK.get(lesion.escc.high)
    width = 0 if lesion.escc.low is EsccGrade.NOT_APPLICABLE else len(ESCC_RANK)
    return (_REASON_COST[lesion.escc.reason], width if low is None or high is None else high - low)


def _compatible(one: Compartment, other: Compartment) -> bool:
    open_ended = (Compartment.UNDETERMINED, Compartment.MIXED)
    return one is other or one in open_ended or other in open_ended


def _distance_mm(one: LesionFinding, other: LesionFinding) -> float:
    first, second = one.escc.decisive_point_mm, other.escc.decisive_point_mm
    if first is None or second is None:
        return float("inf")
    return float(np.linalg.norm(np.subtract(first, second)))


def _levels(findings: Sequence[Findings]) -> tuple[LevelFinding, ...]:
    best: dict[tuple[str, str], LevelFinding] = {}
    for level in (level for one in findings for level in one.levels):
        # Relative names ("V3") mean another vertebra in each series.
        key = (level.name, "" if level.name in LEVEL_ORDER else level.series_instance_uid)
        if key not in best or _level_worth(level) > _level_worth(best[key]):
            best[key] = level
    return tuple(sorted(best.values(), key=_level_rank))


def _level_worth(level: LevelFinding) -> tuple[bool, bool, int]:
    return ("cord_area_mm2" in level.measurements, not level.assumed, len(level.measurements))


def _level_rank(level: LevelFinding) -> tuple[int, str, int]:
    if level.name in LEVEL_ORDER:
        return (LEVEL_ORDER.index(level.name), "", 0)
    return (len(LEVEL_ORDER), level.series_instance_uid, int(level.name[1:]))


def _quality(findings: Sequence[Findings], *, has_lesion: bool) -> tuple[QualityNote, ...]:
    notes = dict.fromkeys(note for one in findings for note in one.quality)
    if not has_lesion:
        return tuple(notes)
    return tuple(note for note in notes if note.code is not QualityCode.NO_LESION_DETECTED)
