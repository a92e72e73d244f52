"""Lesion + bones -> points of vertebral body collapse: heights in thirds against the patient's own neighbours.

Fisher et al. 2010: over 50 % 3, below 50 % 2, no collapse with over 50 % of the body involved 1, none 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spineseg.anatomy.subregions import BODY, POSTERIOR_WALL
from spineseg.domain.anatomy import Vertebra
from spineseg.domain.sins import PointRange, SinsDoubt
from spineseg.grading.spine_bones import SpineBones

# Genant mild begins at 20 % (clinical.md 2.4); exactly 50 % is undefined in the table and counts as below. [P]
_COLLAPSED_PCT = 20.0
_HALF_PCT = 50.0
_BORDER_PCT = 5.0  # within this of a limit the points are a range (clinical.md 2.4)
_ONE_SIDED_PCT = 5.0  # more doubt where only one side has a reference: sizes change by 3-5 % a level (Panjabi 1992)
# Error of a height between two end plates that slices cut at random: sqrt(2/12) of a slice each time; the expected
# height is the mean of two such heights, or one of them.
_SLICE_ERROR = float(np.sqrt(2.0 / 12.0))
_REACH_LEVELS = 3  # a reference lies at most this many vertebrae away [P]
# A neighbour whose own thirds differ by more than Genant's 20 % is itself deformed.
_LEAST_OWN_RATIO = 0.8
_INCOMPARABLE = ("C1", "C2", "S1")  # dens and sacrum have heights of their own kind
_HIGHEST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loss:
    """Height loss of one vertebra and its doubt [%], share of its body that is tumour [%]."""

    loss_pct: float | None
    doubt_pct: float
    coarse: bool
    involved_pct: float


def score_collapse(bones: SpineBones, number: int) -> PointRange:
    """Points of the worst involved vertebra.

    Parameters
    ----------
    number
        Of the lesion.
    """
    involved = bones.involved(number)
    if not involved:
        return PointRange(low=0, high=0, estimate=0)
    return max((_range(_measure(bones, vertebra, number)) for vertebra in involved), key=_rank)


def body_share(bones: SpineBones, vertebra: Vertebra, number: int) -> float:
    """Share of a vertebral body that a lesion has replaced, 0 to 1; 0 where it has no body."""
    parts = bones.parts(vertebra)
    if parts is None:
        return 0.0
    body = parts.mask((BODY, POSTERIOR_WALL))
    return float(np.mean(bones.tumour_in(parts, number)[body])) if body.any() else 0.0


def _rank(points: PointRange) -> tuple[int, int, float]:
    return (points.high, points.low, points.evidence.get("height_loss_pct", 0.0))


def _measure(bones: SpineBones, vertebra: Vertebra, number: int) -> _Loss:
    involved = 100.0 * body_share(bones, vertebra, number)
    unknown = _Loss(loss_pct=None, doubt_pct=0.0, coarse=False, involved_pct=involved)
    shape = bones.shape(vertebra)
    if shape is None or vertebra.name in _INCOMPARABLE:
        return unknown
    above, below = (_reference(bones, vertebra, step) for step in (-1, 1))
    expected = _expected(vertebra, above, below)
    if expected is None:
        return unknown
    ratio = shape.heights_mm / expected
    if np.isnan(ratio).all():
        return unknown
    loss = 100.0 * (1.0 - float(np.nanmin(ratio)))
    two_sided = above is not None and below is not None
    doubt = _BORDER_PCT if two_sided else _BORDER_PCT + _ONE_SIDED_PCT
    heights = float(np.sqrt(1.5 if two_sided else 2.0))  # own and expected height err independently
    sampling = 100.0 * heights * _SLICE_ERROR * shape.along_voxel_mm / float(np.nanmean(expected))
    return _Loss(
        loss_pct=loss,
        doubt_pct=float(np.hypot(doubt, sampling)),
        coarse=sampling > doubt,
        involved_pct=involved,
    )


def _reference(bones: SpineBones, vertebra: Vertebra, step: int) -> tuple[float, NDArray[np.float64]] | None:
    """Place and heights of the nearest unaffected, undeformed vertebra above (-1) or below (1)."""
    vertebrae = bones.anatomy.vertebrae
    start = vertebrae.index(vertebra)
    for away in range(1, _REACH_LEVELS + 1):
        place = start + step * away
        if not 0 <= place < len(vertebrae):
            return None
        other = vertebrae[place]
        if other.name in _INCOMPARABLE or bones.is_affected(other):
            continue
        shape = bones.shape(other)
        if shape is None or np.isnan(shape.heights_mm).any():
            continue
        if shape.heights_mm.min() >= _LEAST_OWN_RATIO * shape.heights_mm.max():
            return other.position_mm, shape.heights_mm
    return None


def _expected(
    vertebra: Vertebra,
    above: tuple[float, NDArray[np.float64]] | None,
    below: tuple[float, NDArray[np.float64]] | None,
) -> NDArray[np.float64] | None:
    if above is None or below is None:
        one = above or below
        return None if one is None else one[1]
    share = (vertebra.position_mm - above[0]) / (below[0] - above[0])
    return np.asarray(above[1] + share * (below[1] - above[1]))


def _range(found: _Loss) -> PointRange:
    evidence = {"involved_body_pct": round(found.involved_pct, 1)}
    if found.loss_pct is None:
        return PointRange(
            low=_points(0.0, found.involved_pct - _BORDER_PCT), high=_HIGHEST, evidence=evidence,
            doubt=SinsDoubt.NO_REFERENCE,
        )  # fmt: skip
    evidence["height_loss_pct"] = round(max(found.loss_pct, 0.0), 1)
    low = _points(found.loss_pct - found.doubt_pct, found.involved_pct - _BORDER_PCT)
    high = _points(found.loss_pct + found.doubt_pct, found.involved_pct + _BORDER_PCT)
    if low == high:
        return PointRange(low=low, high=high, estimate=low, evidence=evidence)
    if found.coarse:  # the lowest of three heights that err by a slice tells no point
        return PointRange(low=low, high=high, evidence=evidence, doubt=SinsDoubt.RESOLUTION)
    return PointRange(
        low=low, high=high, estimate=_points(found.loss_pct, found.involved_pct), evidence=evidence,
        doubt=SinsDoubt.BORDERLINE,
    )  # fmt: skip


def _points(loss_pct: float, involved_pct: float) -> int:
    if loss_pct > _HALF_PCT:
        return 3
    if loss_pct >= _COLLAPSED_PCT:
        return 2
    return 1 if involved_pct > _HALF_PCT else 0
