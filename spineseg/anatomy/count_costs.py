"""SpineEvidence + names -> cost of each count: what it would mean to hold an observation for false.

Costs are negative log-likelihoods; every weight is a proposal [P], judged on the battery of docs/validation.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spineseg.anatomy import level_profile as levels
from spineseg.anatomy.anchors import RibSides, SpineEvidence
from spineseg.anatomy.level_profile import NAMES, Codes, Floats, profile_cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What it costs to hold each observation for false, or an unseen fault for true.

    Parameters
    ----------
    axis, sacrum, doubtful_sacrum
        C2 by its dens; a sacrum; a small piece of one.
    missed_axis
        A whole C2 that shows no dens.
    false_rib, missed_rib
        On one side; a short twelfth or first rib costs half.
    beyond
        A body that is a piece of sacrum or of the skull.
    miscount
        One body too many or too few at a space that looks plain.
    conus_sigma
        Of the conus' level against the lower third of L1 (T12 to L3: Saifuddin et al., Spine 1998;23:1452).
    """

    axis: float
    sacrum: float
    doubtful_sacrum: float
    missed_axis: float
    false_rib: float
    missed_rib: float
    beyond: float
    miscount: float
    conus_sigma: float


MASKS = Weights(
    axis=8.0, sacrum=8.0, doubtful_sacrum=1.5, missed_axis=2.0, false_rib=1.75, missed_rib=1.75, beyond=6.0,
    miscount=6.0, conus_sigma=0.9,
)  # fmt: skip
NETWORK = Weights(
    axis=3.5, sacrum=3.5, doubtful_sacrum=1.0, missed_axis=0.5, false_rib=0.9, missed_rib=1.0, beyond=2.0,
    miscount=3.0, conus_sigma=1.5,
)  # fmt: skip
_NEARLY_RIBBED = 0.7  # C7 and L1 bear a rib now and then, and a transverse process looks like one: share of the cost
_MOST_RIBS = 8.0  # the ribs together
_MOST_CONUS = 2.5
_CONUS_RANK = levels.L1 - 1 + 0.33  # ranks leave T13 out
_NO_SLIVER = 1.0  # a low body on the sacrum is its upper end rather than a vertebra
_NEXT_SEGMENT = 0.7  # each further piece of sacrum


def sacrum_cost(
    below_last: Codes, last: Codes, evidence: SpineEvidence, weights: Weights
) -> tuple[Floats, NDArray[np.bool_]]:
    """Cost of the sacrum's place, and whether it lies below the last presacral vertebra: (H,) each.

    `below_last` is 0 for the last presacral vertebra, -1 for the one above it, and so on.
    """
    segments = np.maximum(below_last, 0)
    sliver = evidence.sliver and bool(evidence.sacrum_steps)
    first, none = (0.0, _NO_SLIVER) if sliver else (weights.beyond, 0.0)
    cost = np.where(segments > 0, first + _NEXT_SEGMENT * (segments - 1), none)
    if not evidence.sacrum_steps:
        return cost, np.zeros(len(last), dtype=bool)
    wrong = weights.sacrum if evidence.sacrum_sure else weights.doubtful_sacrum
    own = np.full(len(last), wrong)
    fits = below_last > 0
    own[fits] = 0.0
    for step, extra in evidence.sacrum_steps:
        here = below_last + step == 1
        own[here] = np.minimum(own[here], extra)
        fits |= here
    return cost + own, fits


def own_cost(codes: Codes, evidence: SpineEvidence, weights: Weights) -> Floats:
    """Cost of what the vertebrae themselves show under each count: (H,)."""
    number = np.arange(codes.shape[1])
    by_rib = _rib_table(evidence, weights)[number, codes].sum(axis=1)
    plain = np.array([len(steps) == 1 for steps in evidence.steps], dtype=bool)
    pairs = evidence.whole[:-1] & evidence.whole[1:] & plain
    if evidence.axis is not None:
        pairs[: evidence.axis + 1] = False
    if evidence.sliver:
        pairs[-1:] = False
    total: Floats = (
        np.minimum(by_rib, _MOST_RIBS)
        + _axis_table(evidence, weights)[number, codes].sum(axis=1)
        + profile_cost(np.diff(evidence.position_mm)[pairs], codes[:, :-1][:, pairs])
        + _cord_cost(codes, evidence, weights)
    )
    return total


def _axis_table(evidence: SpineEvidence, weights: Weights) -> Floats:
    """Cost of each name for each vertebra by the dens: (N, names and occiput)."""
    table = np.zeros((len(evidence.position_mm), len(NAMES) + 1))
    table[:, levels.OCCIPUT] = weights.beyond
    table[evidence.whole, levels.C2] = weights.missed_axis
    if evidence.axis is not None:
        table[evidence.axis] = weights.axis
        table[evidence.axis, levels.C2] = 0.0
        if not evidence.ring:  # a piece of skull above the dens
            table[: evidence.axis, levels.C1] = weights.beyond
            table[: evidence.axis, levels.OCCIPUT] = 0.0
    return table


def _rib_table(evidence: SpineEvidence, weights: Weights) -> Floats:
    """Cost of each name for each vertebra by its ribs: (N, names and occiput)."""
    ribbed = np.zeros(len(NAMES) + 1, dtype=bool)
    ribbed[levels.T1 : levels.T13 + 1] = True
    false_rib = np.where(ribbed, 0.0, weights.false_rib)
    false_rib[[levels.C7, levels.L1]] *= _NEARLY_RIBBED
    missed = np.where(ribbed, weights.missed_rib, 0.0)
    missed[[levels.T1, levels.T12, levels.T13]] *= 0.5
    cost = {True: false_rib, False: missed, None: np.zeros(len(NAMES) + 1)}
    return np.array([_both(sides, cost) for sides in evidence.ribs])


def _both(sides: RibSides, cost: dict[bool | None, Floats]) -> Floats:
    total: Floats = cost[sides[0]] + cost[sides[1]]
    return total


def _cord_cost(codes: Codes, evidence: SpineEvidence, weights: Weights) -> Floats:
    """Cost of where the cord ends: about the lower third of L1."""
    cord = evidence.cord
    rank = np.where(codes > levels.T12, codes - 1.0, codes)  # T13 shares the rank of T12
    if cord.conus_mm is not None:
        position = evidence.position_mm
        upper = int(np.clip(np.searchsorted(position, cord.conus_mm) - 1, 0, max(0, len(position) - 2)))
        if len(position) < 2 or not position[0] <= cord.conus_mm <= position[-1]:
            return np.zeros(len(codes))
        share = (cord.conus_mm - position[upper]) / max(position[upper + 1] - position[upper], 1.0)
        conus = rank[:, upper] * (1 - share) + rank[:, upper + 1] * share
        return _limited((conus - _CONUS_RANK) / weights.conus_sigma)
    if cord.cord_seen:  # the cord leaves the view below
        low = rank[:, -1] - _CONUS_RANK
    elif cord.cauda_seen:  # it ends above the view
        low = _CONUS_RANK - rank[:, 0]
    else:
        return np.zeros(len(codes))
    return _limited(np.maximum(low - 0.5, 0.0) / weights.conus_sigma)


def _limited(sigmas: Floats) -> Floats:
    cost: Floats = np.minimum(sigmas**2 / 2, _MOST_CONUS)
    return cost
