"""Findings + prior study -> Findings with what became of each lesion: grown, shrunk, stable, new or vanished.

A lesion is the same one where its mask overlaps the prior mask in patient space: in one frame of reference, else after
a rigid registration of the named vertebrae. Without masks, level, compartment and side must do, and the doubt doubles.
Nothing is said that the images cannot carry: no vanished lesion whose place is out of view, no new one where the prior
study did not look, neither where a person drew one of the studies and a network the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from spineseg.domain.escc import ESCC_RANK
from spineseg.domain.findings import (
    Change,
    Compartment,
    Findings,
    LesionFinding,
    LesionOrigin,
    PriorComparison,
    VanishedLesion,
)
from spineseg.domain.labels import LEVEL_ORDER
from spineseg.domain.prior import PriorStudy
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.domain.segmentation import Segmentation
from spineseg.grading.lesion_places import LesionPlace, Space, common_space, overlap, volume_doubt_mm3

# Share of the smaller of two masks that must lie in the other; contouring and registration take the rest. [P]
_LEAST_OVERLAP = 0.2
_WHOLE = 0.95  # share of a lesion that must be in view to say that it is gone [P]
_OPEN = (Compartment.UNDETERMINED, Compartment.MIXED)


class MatchBasis(StrEnum):
    """What the comparison with the prior study rests on."""

    FRAME_OF_REFERENCE = "frame_of_reference"
    REGISTRATION = "registration"
    LEVELS = "levels"


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """Findings compared with a prior study.

    Parameters
    ----------
    residual_mm
        Of the registration, where there was one.
    """

    findings: Findings
    basis: MatchBasis
    residual_mm: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """A lesion now and before; `sure` where no other pair competes."""

    now: int
    before: int
    score: float
    sure: bool = True


def compare_with_prior(findings: Findings, segmentations: Sequence[Segmentation], prior: PriorStudy) -> FollowUp:
    """What became of each lesion since the prior study.

    Matched lesions keep the prior Tracking UID.

    Parameters
    ----------
    segmentations
        Masks of every series of this study, names settled.
    """
    space = common_space(findings, segmentations, prior)
    pairs = _pairs(findings, prior, space)
    lesions = list(findings.lesions)
    for pair in pairs:
        lesions[pair.now] = _followed(findings.lesions[pair.now], prior, space, pair)
    for number in set(range(len(lesions))) - {pair.now for pair in pairs}:
        lesions[number] = replace(lesions[number], prior=_unmatched(lesions[number], findings, prior, space))
    gone = [
        VanishedLesion(tracking_uid=one.tracking_uid, levels=one.levels, prior_volume_mm3=one.volume_mm3)
        for number, one in enumerate(prior.findings.lesions)
        if number not in {pair.before for pair in pairs} and _is_gone(one, findings, space)
    ]
    basis = _basis(space)
    doubts = [QualityNote(code=QualityCode.PRIOR_MATCHED_BY_LEVEL)] if pairs and basis is MatchBasis.LEVELS else []
    return FollowUp(
        findings=replace(
            findings,
            lesions=tuple(lesions),
            quality=(*findings.quality, *doubts),
            prior_study_instance_uid=prior.findings.study_instance_uid,
            vanished=tuple(gone),
        ),
        basis=basis,
        residual_mm=space.residual_mm if space.residual_mm else None,
    )


def _basis(space: Space) -> MatchBasis:
    if not space.known:
        return MatchBasis.LEVELS
    return MatchBasis.REGISTRATION if space.residual_mm else MatchBasis.FRAME_OF_REFERENCE


def _pairs(findings: Findings, prior: PriorStudy, space: Space) -> list[_Pair]:
    """One prior lesion at most for each lesion, the clearest pairs first."""
    candidates = [
        _Pair(now=now, before=before, score=score)
        for now, lesion in enumerate(findings.lesions)
        for before, earlier in enumerate(prior.findings.lesions)
        if (score := _score(lesion, earlier, space)) > 0
    ]
    chosen: list[_Pair] = []
    for pair in sorted(candidates, key=lambda one: one.score, reverse=True):
        if any(pair.now == one.now or pair.before == one.before for one in chosen):
            continue
        rivals = [one for one in candidates if (one.now == pair.now) != (one.before == pair.before)]
        chosen.append(replace(pair, sure=not rivals))
    return chosen


def _score(lesion: LesionFinding, earlier: LesionFinding, space: Space) -> float:
    now, before = space.now.get(lesion.tracking_uid), space.before.get(earlier.tracking_uid)
    if now is None or before is None:
        return _likeness(lesion, earlier)
    shared = overlap(now, before)
    near = float(np.linalg.norm(now.centre_mm - before.centre_mm)) <= space.slack_mm
    return 1.0 + shared if shared >= _LEAST_OVERLAP else float(near)


def _likeness(lesion: LesionFinding, earlier: LesionFinding) -> float:
    """Share of levels in common, below 1; 0 where compartment or side tells them apart."""
    first, second = ({level for level in one.levels if level in LEVEL_ORDER} for one in (lesion, earlier))
    kinds = (lesion.compartment, earlier.compartment)
    sides = {_side(lesion), _side(earlier)} - {""}
    if not first & second or len(sides) > 1 or (kinds[0] is not kinds[1] and not set(kinds) & set(_OPEN)):
        return 0.0
    return 0.9 * len(first & second) / len(first | second)


def _side(lesion: LesionFinding) -> str:
    """The side that all its paired sub-regions name, else nothing."""
    sides = {name.partition("_")[0] for name in lesion.subregions or ()} & {"left", "right"}
    return sides.pop() if len(sides) == 1 else ""


def _followed(lesion: LesionFinding, prior: PriorStudy, space: Space, pair: _Pair) -> LesionFinding:
    earlier = prior.findings.lesions[pair.before]
    ratio = lesion.volume_mm3 / max(earlier.volume_mm3, 1e-6)
    doubt_pct = 100.0 * ratio * _relative_doubt(lesion, earlier, space)
    change_pct = 100.0 * (ratio - 1.0)
    ranks = [ESCC_RANK.get(one.escc.point) for one in (lesion, earlier)]
    comparison = PriorComparison(
        change=_change(change_pct, doubt_pct) if pair.sure else Change.UNDETERMINED,
        prior_volume_mm3=earlier.volume_mm3,
        volume_change_pct=change_pct,
        volume_doubt_pct=doubt_pct,
        prior_escc_point=earlier.escc.point,
        grade_change=None if ranks[0] is None or ranks[1] is None else ranks[0] - ranks[1],
    )
    return replace(lesion, tracking_uid=earlier.tracking_uid, prior=comparison)


def _change(change_pct: float, doubt_pct: float) -> Change:
    if abs(change_pct) <= doubt_pct:
        return Change.STABLE
    return Change.GROWN if change_pct > 0 else Change.SHRUNK


def _relative_doubt(lesion: LesionFinding, earlier: LesionFinding, space: Space) -> float:
    """Doubt of the ratio of two volumes, as a share: both measurements' own doubts, independent of each other."""
    now, before = space.now.get(lesion.tracking_uid), space.before.get(earlier.tracking_uid)
    own = _share_of_doubt(now, lesion.volume_mm3)
    if before is None:  # only the report came along: its voxels are taken to be like ours, and the doubt doubled
        smaller = float(np.cbrt(lesion.volume_mm3 / max(earlier.volume_mm3, 1e-6)))  # surface by volume goes by 1/size
        return 2.0 * float(np.hypot(own, own * smaller))
    return float(np.hypot(own, _share_of_doubt(before, earlier.volume_mm3)))


def _share_of_doubt(place: LesionPlace | None, volume_mm3: float) -> float:
    # Without a mask: a ball of this volume drawn on voxels of 1 mm; surface x half voxel / volume = 1.5 / radius.
    if place is None:
        return 1.5 / max(float(np.cbrt(volume_mm3 * 3 / (4 * np.pi))), 1.0)
    return volume_doubt_mm3(place) / max(volume_mm3, 1e-6)


def _unmatched(lesion: LesionFinding, findings: Findings, prior: PriorStudy, space: Space) -> PriorComparison:
    """New only where the prior study looked at its place, in the same way."""
    looked = bool(prior.findings.lesions) or any(
        note.code is QualityCode.NO_LESION_DETECTED for note in prior.findings.quality
    )
    same_way = lesion.origin is _origin(prior.findings)
    place = space.now.get(lesion.tracking_uid)
    if space.known and place is not None:
        seen = space.prior_view_share(place) >= _WHOLE
    else:
        seen = _names_cover(lesion.levels, prior.findings) and not _any_assumed(findings, lesion.levels)
    new = looked and same_way and seen
    return PriorComparison(change=Change.NEW if new else Change.UNDETERMINED)


def _is_gone(earlier: LesionFinding, findings: Findings, space: Space) -> bool:
    """Whether its place is in view of a series that lesions were looked for in, and no lesion lies there."""
    if findings.lesions and earlier.origin is not _origin(findings):
        return False
    if not findings.lesions and earlier.origin is LesionOrigin.MANUAL:
        return False
    place = space.before.get(earlier.tracking_uid)
    if space.known and place is not None:
        free = all(overlap(one, place) < _LEAST_OVERLAP for one in space.now.values())
        return free and space.current_view_share(place) >= _WHOLE
    here = any(set(one.levels) & set(earlier.levels) for one in findings.lesions)
    assessed = not any(note.code is QualityCode.LESIONS_NOT_ASSESSED for note in findings.quality)
    return assessed and not here and _names_cover(earlier.levels, findings)


def _origin(findings: Findings) -> LesionOrigin:
    manual = any(one.origin is LesionOrigin.MANUAL for one in findings.lesions)
    return LesionOrigin.MANUAL if manual else LesionOrigin.AUTOMATIC


def _names_cover(levels: Sequence[str], findings: Findings) -> bool:
    """Whether the findings speak of all these levels by names that are not assumed."""
    known = {level.name for level in findings.levels if not level.assumed and level.name in LEVEL_ORDER}
    return bool(levels) and set(levels) <= known


def _any_assumed(findings: Findings, levels: Sequence[str]) -> bool:
    return any(level.assumed for level in findings.levels if level.name in levels)
