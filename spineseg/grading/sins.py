"""LesionView -> SinsScore: the imaging part of SINS; every component with its range, evidence and doubt.

Fisher et al. 2010, Spine 35:E1221, doi:10.1097/BRS.0b013e3181e16ae2.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from spineseg.domain.labels import PRESACRAL_LEVELS
from spineseg.domain.sins import SINS_MAXIMUM, PointRange, SinsComponent, SinsDoubt, SinsScore
from spineseg.grading.alignment import score_alignment
from spineseg.grading.collapse import score_collapse
from spineseg.grading.lesion_view import LesionView
from spineseg.grading.posterolateral import score_posterolateral
from spineseg.grading.spine_bones import SpineBones

# Junctional 3, mobile 2, semi-rigid 1, rigid 0 (Fisher 2010, table 1; clinical.md section 2.1).
LOCATION_POINTS: dict[str, int] = {
    **dict.fromkeys(("C1", "C2", "C7", "T1", "T2", "T11", "T12", "L1", "L5"), 3),
    **dict.fromkeys(("C3", "C4", "C5", "C6", "L2", "L3", "L4"), 2),
    **dict.fromkeys((f"T{number}" for number in range(3, 11)), 1),
}
_SACRUM = "S1"


def score_sins(view: LesionView, bones: SpineBones, *, levels: Sequence[str], bone_lesion: PointRange) -> SinsScore:
    """Components of one lesion; pain is the clinic's to tell.

    Parameters
    ----------
    levels
        Names of the involved levels.
    bone_lesion
        Points of the bone's quality (`grading.bone_quality`).
    """
    assumed = {one.name for one in view.anatomy.vertebrae if one.assumed}
    return SinsScore(
        components={
            SinsComponent.LOCATION: score_location(levels, assumed=assumed),
            SinsComponent.PAIN: _unknown(SinsComponent.PAIN, SinsDoubt.CLINICAL),
            SinsComponent.BONE_LESION: bone_lesion,
            SinsComponent.ALIGNMENT: score_alignment(bones, view.number),
            SinsComponent.COLLAPSE: score_collapse(bones, view.number),
            SinsComponent.POSTEROLATERAL: score_posterolateral(view, bones),
        }
    )


def score_location(levels: Sequence[str], *, assumed: Collection[str] = ()) -> PointRange:
    """Points of the worst involved level; a range where a name is assumed or unknown.

    Parameters
    ----------
    levels
        "V3" (unnamed), T13 and L6 have no points of their own.
    assumed
        Levels whose names may be wrong by one: they have the points of both neighbours, too.
    """
    if not levels:
        return _unknown(SinsComponent.LOCATION, SinsDoubt.LEVEL_UNKNOWN)
    ranges = [_level_range(level, assumed=level in assumed) for level in levels]
    low, high = max(one.low for one in ranges), max(one.high for one in ranges)
    estimates = [one.estimate for one in ranges if one.estimate is not None]
    known = len(estimates) == len(ranges)
    return PointRange(
        low=low,
        high=high,
        estimate=max(estimates) if known else None,
        doubt=None if low == high else SinsDoubt.LEVEL_UNKNOWN,
    )


def _level_range(level: str, *, assumed: bool) -> PointRange:
    if level == _SACRUM:
        # The masks have one sacrum: S1 (junctional, 3) cannot be told from S2 to S5 (rigid, 0).
        return PointRange(low=0, high=3)
    if level not in LOCATION_POINTS:
        return PointRange(low=0, high=SINS_MAXIMUM[SinsComponent.LOCATION])
    own = LOCATION_POINTS[level]
    if not assumed:
        return PointRange(low=own, high=own, estimate=own)
    place = PRESACRAL_LEVELS.index(level)
    around = [LOCATION_POINTS[name] for name in PRESACRAL_LEVELS[max(0, place - 1) : place + 2]]
    return PointRange(low=min(around), high=max(around), estimate=own)


def _unknown(component: SinsComponent, doubt: SinsDoubt) -> PointRange:
    return PointRange(low=0, high=SINS_MAXIMUM[component], doubt=doubt)
