"""Levels -> SinsScore: the part of SINS that level names give; what is not known stays absent.

Fisher et al. 2010, Spine 35:E1221, doi:10.1097/BRS.0b013e3181e16ae2.
"""

from __future__ import annotations

from collections.abc import Sequence

from spineseg.domain.sins import PointRange, SinsComponent, SinsScore

# Junctional 3, mobile 2, semi-rigid 1, rigid 0 (Fisher 2010, table 1; clinical.md section 2.1).
LOCATION_POINTS: dict[str, PointRange] = {
    **dict.fromkeys(("C1", "C2", "C7", "T1", "T2", "T11", "T12", "L1", "L5"), PointRange(low=3, high=3)),
    **dict.fromkeys(("C3", "C4", "C5", "C6", "L2", "L3", "L4"), PointRange(low=2, high=2)),
    **dict.fromkeys((f"T{number}" for number in range(3, 11)), PointRange(low=1, high=1)),
    # The masks have one sacrum: S1 (junctional, 3) cannot be told from S2 to S5 (rigid, 0).
    "S1": PointRange(low=0, high=3),
}


def score_sins(levels: Sequence[str]) -> SinsScore:
    """Location of the worst involved level; unknown where a level has no name that the table holds.

    Parameters
    ----------
    levels
        Names of the involved levels; "V3" (unnamed) makes the location unknown.
    """
    if not levels or any(level not in LOCATION_POINTS for level in levels):
        return SinsScore(components={})
    ranges = [LOCATION_POINTS[level] for level in levels]
    location = PointRange(low=max(one.low for one in ranges), high=max(one.high for one in ranges))
    return SinsScore(components={SinsComponent.LOCATION: location})
