"""Counts of a spine -> names of its vertebrae: sure, assumed, or relative with the names that remain possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np

from spineseg.anatomy.anchors import RibSides, SpineEvidence
from spineseg.anatomy.counts import Counts
from spineseg.anatomy.level_profile import C2, L6, NAMES, S1, T1, T12, T13
from spineseg.domain.basis import NamingBasis
from spineseg.domain.labels import ANATOMY, LEVEL_ORDER, MAX_UNNAMED, LabelKind

# Probability that a name needs to be given at all, and to be given without doubt. [P]
_ASSUMED, _SURE = 0.75, 0.9
_MOST_CANDIDATES = 3
_LEAST_CANDIDATE = 0.1  # share of the likeliest name's probability
_BARE = 2  # so many vertebrae without ribs beyond the first or last pair, as far as they are in view [P]


class Anchor(StrEnum):
    """What names are counted from."""

    AXIS = "axis"
    SACRUM = "sacrum"
    FIRST_RIBS = "first_ribs"
    LAST_RIBS = "last_ribs"
    NAMED = "named"  # names that came with the masks, or of a described series


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchors:
    """Anchors in view that fit the likeliest counts, and those that do not.

    Parameters
    ----------
    agreed
        Whether each can carry a name without doubt.
    refused
        A sign that the count is not to be trusted without two others that agree.
    odd
        Whether a space between the vertebrae can be read in more than one way: two anchors that agree by way of the
        odd reading make no name sure.
    """

    agreed: Mapping[Anchor, bool]
    refused: frozenset[Anchor] = frozenset()
    odd: bool = False

    def joined(self, other: Anchors) -> Anchors:
        """Of two series of one frame of reference."""
        agreed = dict(other.agreed)
        for anchor, sure in self.agreed.items():
            agreed[anchor] = sure or agreed.get(anchor, False)
        return Anchors(agreed=agreed, refused=self.refused | other.refused, odd=self.odd or other.odd)


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelName:
    """Name of one vertebra and what it rests on.

    Parameters
    ----------
    candidates
        Names that a relative one may stand for, likeliest first; empty where nothing tells.
    """

    name: str
    assumed: bool
    basis: NamingBasis
    candidates: tuple[str, ...] = ()


def find_anchors(evidence: SpineEvidence, counts: Counts) -> Anchors:
    """Anchors of one series, by whether they fit its likeliest counts."""
    share = counts.share
    trusted = not evidence.drawn_by_network
    agreed: dict[Anchor, bool] = {}
    refused = {Anchor.AXIS} if evidence.axis_refused else set()

    def judge(anchor: Anchor, fits: float, *, sure: bool) -> None:
        if fits > 0.5:
            agreed[anchor] = sure and trusted
        else:
            refused.add(anchor)

    if evidence.axis is not None:
        judge(Anchor.AXIS, float(share[counts.codes[:, evidence.axis] == C2].sum()), sure=True)
    if evidence.sacrum_steps:
        judge(Anchor.SACRUM, float(share[counts.sacrum_fits].sum()), sure=evidence.sacrum_sure)
    first, last = rib_ends(evidence.ribs)
    for anchor, place, code in ((Anchor.FIRST_RIBS, first, T1), (Anchor.LAST_RIBS, last, T12)):
        if place is not None:
            judge(anchor, float(share[counts.codes[:, place] == code].sum()), sure=False)
    if {Anchor.FIRST_RIBS, Anchor.LAST_RIBS} <= set(agreed):  # twelve pairs: both ends agree
        agreed[Anchor.FIRST_RIBS] = agreed[Anchor.LAST_RIBS] = trusted
    return Anchors(agreed=agreed, refused=frozenset(refused), odd=evidence.odd)


def rib_ends(ribs: tuple[RibSides, ...]) -> tuple[int | None, int | None]:
    """Vertebrae with the first and the last pair of ribs: two with ribs on both sides, beyond them two without."""
    has = [_both_sides(sides) for sides in ribs]
    last = _rib_end(has[::-1])
    return _rib_end(has), None if last is None else len(ribs) - 1 - last


def name_levels(counts: Counts, own: Anchors, others: Anchors = Anchors(agreed={})) -> tuple[LevelName, ...]:
    """Names of the vertebrae.

    Parameters
    ----------
    counts
        With what other series tell.
    own, others
        Anchors of the series itself, and of those that lend it theirs.

    Returns
    -------
    tuple
        One entry a vertebra, cranial to caudal.
    """
    number = counts.codes.shape[1]
    anchors = own.joined(others)
    if not anchors.agreed:
        return unnamed(number, NamingBasis.AMBIGUOUS if anchors.refused else NamingBasis.NO_ANCHOR)
    usual = float(counts.share[counts.usual].sum()) > 0.5
    several = len(anchors.agreed) > 1
    basis = _basis(own, anchors) if usual else NamingBasis.UNUSUAL_COUNT
    rule = _Rule(
        basis=basis,
        enough=not anchors.refused or several,
        several=several,
        sure=usual and not anchors.refused and any(anchors.agreed.values()) and not (several and anchors.odd),
    )
    return tuple(_named(place, row, rule) for place, row in enumerate(counts.probabilities()))


def unnamed(count: int, basis: NamingBasis) -> tuple[LevelName, ...]:
    """Relative names only."""
    return tuple(LevelName(name=relative_name(place), assumed=True, basis=basis) for place in range(count))


def given_names(labels: Sequence[int]) -> tuple[LevelName, ...]:
    """Names that came with the masks, cranial to caudal; all of them doubted where they are out of order."""
    ranks = [LEVEL_ORDER.index(ANATOMY[label].name) for label in labels if ANATOMY[label].kind is LabelKind.VERTEBRA]
    in_order = all(above < below for above, below in pairwise(ranks))
    return tuple(
        LevelName(name=ANATOMY[label].name, assumed=not in_order, basis=NamingBasis.GIVEN)
        if ANATOMY[label].kind is LabelKind.VERTEBRA
        else LevelName(name=relative_name(place), assumed=True, basis=NamingBasis.NO_ANCHOR)
        for place, label in enumerate(labels)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """What the anchors allow: any name, names of unusual spines, names without doubt."""

    basis: NamingBasis
    enough: bool
    several: bool
    sure: bool


def _named(place: int, row: np.ndarray[tuple[int, ...], np.dtype[np.float64]], rule: _Rule) -> LevelName:
    best = int(row.argmax())
    most = float(row[best])
    allowed = best < S1 and (rule.several or best not in (T13, L6))
    if rule.enough and allowed and most >= _ASSUMED:
        return LevelName(name=NAMES[best], assumed=not (rule.sure and most >= _SURE), basis=rule.basis)
    likely = [int(code) for code in np.argsort(-row)[:_MOST_CANDIDATES] if row[code] >= _LEAST_CANDIDATE * most > 0]
    return LevelName(
        name=relative_name(place), assumed=True, basis=NamingBasis.AMBIGUOUS,
        candidates=tuple(NAMES[code] for code in likely),
    )  # fmt: skip


def relative_name(place: int) -> str:
    """Name of a vertebra whose own name is not known: V1, V2 and so on from cranial."""
    return f"V{min(place + 1, MAX_UNNAMED)}"


def _basis(own: Anchors, anchors: Anchors) -> NamingBasis:
    if not own.agreed or set(anchors.agreed) == {Anchor.NAMED}:
        return NamingBasis.OTHER_SERIES
    kinds = set(anchors.agreed)
    if {Anchor.AXIS, Anchor.SACRUM} <= kinds:
        return NamingBasis.SACRUM_AND_AXIS
    if kinds <= {Anchor.FIRST_RIBS, Anchor.LAST_RIBS}:
        return NamingBasis.RIBS
    if len(kinds) > 1:
        return NamingBasis.SEVERAL_ANCHORS
    return NamingBasis.AXIS if Anchor.AXIS in kinds else NamingBasis.SACRUM


def _both_sides(sides: RibSides) -> bool | None:
    """Ribs on every side in view, on none, or not known where the sides differ or are out of view."""
    seen = {side for side in sides if side is not None}
    return seen.pop() if len(seen) == 1 else None


def _rib_end(has: list[bool | None]) -> int | None:
    """Index of the first vertebra with ribs: vertebrae without ribs before it, two with ribs from it on."""
    for number in range(1, len(has) - 1):
        if has[number] and has[number + 1]:
            bare = has[max(0, number - _BARE) : number]
            return number if all(one is False for one in bare) else None
    return None
