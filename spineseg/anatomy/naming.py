"""Vertebrae in order -> their names: counted from sacrum, C2 or ribs, or taken from another series; never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from spineseg.anatomy.centerline import project
from spineseg.anatomy.levels import PlacedPart
from spineseg.domain.anatomy import SpineAnatomy, Vertebra
from spineseg.domain.basis import NamingBasis
from spineseg.domain.labels import ANATOMY, MAX_UNNAMED, PRESACRAL_LEVELS, LabelKind

# Cranial to caudal; an additional lumbar vertebra follows L5 (transitional anatomy, assumed).
_NAMES = (*PRESACRAL_LEVELS, "L6")
_C2, _T1, _T12, _L5 = (PRESACRAL_LEVELS.index(name) for name in ("C2", "T1", "T12", "L5"))
_BARE = 2  # so many vertebrae without ribs beyond the first or last pair, as far as they are in view [P]

# Space between two bodies as share of the mean body height: 0.2 (thoracic) to 0.4 (cervical, lumbar); a lost vertebra
# makes it 1.4 and more. [P]
_LOST_VERTEBRA = 0.9
_DISC_SHARE = 0.3
_SPLIT_VERTEBRA = -0.4  # bodies that overlap by this share are pieces of one [P]
# C2 with the dens is about 38 mm high and C3 14 mm; the dens is about 10 mm wide on a body of 17 mm. [P]
_AXIS_HEIGHT_RATIO = 1.5
_AXIS_HEIGHT_TO_WIDTH = 1.4
_PEG_SHARE = 0.65
# S1 alone has about 35 mL (50 x 30 x 29 mm, phantom.anthropometry); a smaller piece may be another bone. [P]
_SURE_SACRUM_MM3 = 5000.0
_NEAR_MM = 25.0  # body centroids of one vertebra in two series; half the width of a lumbar body [P]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelName:
    """Name of one vertebra and what it rests on."""

    name: str
    assumed: bool
    basis: NamingBasis


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Count:
    """Indices into `_NAMES` as counted from one anchor; `certain` where nothing doubtful lies between."""

    index: NDArray[np.intp]
    certain: NDArray[np.bool_]


def name_levels(
    ordered: Sequence[PlacedPart],
    sacrum: PlacedPart | None,
    others: Sequence[SpineAnatomy],
    *,
    axis_label: int = 0,
    ribs: Sequence[bool | None] = (),
) -> tuple[LevelName, ...]:
    """Names of the vertebrae.

    Parameters
    ----------
    ordered
        Vertebrae cranial to caudal.
    sacrum
        The sacrum, None where it is not in view.
    others
        Described series of the same frame of reference.
    axis_label
        Label of the vertebra known to be C2; 0 where C2 is to be told by its dens.
    ribs
        Whether each vertebra carries ribs, as `ribs.find_ribs` gives it.

    Returns
    -------
    tuple
        One entry a vertebra, in the same order.
    """
    if not ordered:
        return ()
    if any(ANATOMY[one.part.label].kind is LabelKind.VERTEBRA for one in ordered):
        return tuple(_given(one, number) for number, one in enumerate(ordered))
    axis = _known_axis(ordered, axis_label) if axis_label else _find_axis(ordered)
    steps, doubtful = _steps(ordered, axis)
    anchors: dict[NamingBasis, _Count] = {}
    if axis is not None:
        anchors[NamingBasis.AXIS] = _count(axis, _C2, steps, doubtful)
    if (below := _from_sacrum(ordered, sacrum, steps, doubtful)) is not None:
        anchors[NamingBasis.SACRUM] = below
    if (counted := _from_ribs(ribs, steps, doubtful)) is not None:
        anchors[NamingBasis.RIBS] = counted
    if anchors:
        return _from_anchors(anchors)
    for other in sorted(others, key=_doubt):
        taken = _from_other(ordered, other, steps, doubtful)
        if taken is not None:
            return taken
    return tuple(_unnamed(number, NamingBasis.NO_ANCHOR) for number in range(len(ordered)))


def has_dens(one: PlacedPart, below: PlacedPart | None) -> bool:
    """Whether a body is that of C2: far higher than its neighbour and narrow in its upper part."""
    if not one.part.has_body:
        return False
    low, high = one.extent_mm
    height = high - low
    upper = one.left_mm[one.along_mm < low + 0.3 * height]
    lower = one.left_mm[one.along_mm > low + 0.65 * height]
    if min(len(upper), len(lower)) < 10:
        return False
    peg, base = (float(np.ptp(np.percentile(part, [5, 95]))) for part in (upper, lower))
    if below is not None and below.part.has_body and not below.part.at_border:
        tall = height > _AXIS_HEIGHT_RATIO * (below.extent_mm[1] - below.extent_mm[0])
    else:
        tall = height > _AXIS_HEIGHT_TO_WIDTH * base
    return tall and peg < _PEG_SHARE * base


def _given(one: PlacedPart, number: int) -> LevelName:
    label = ANATOMY[one.part.label]
    if label.kind is not LabelKind.VERTEBRA:
        return _unnamed(number, NamingBasis.NO_ANCHOR)
    return LevelName(name=label.name, assumed=False, basis=NamingBasis.GIVEN)


def _unnamed(number: int, basis: NamingBasis) -> LevelName:
    return LevelName(name=f"V{min(number + 1, MAX_UNNAMED)}", assumed=True, basis=basis)


def _find_axis(ordered: Sequence[PlacedPart]) -> int | None:
    """Which vertebra is C2: the first in view, or the second where the first is a ring around its dens (C1)."""
    for number, one in enumerate(ordered[:2]):
        below = ordered[number + 1] if number + 1 < len(ordered) else None
        if has_dens(one, below) and all(above.position_mm > one.extent_mm[0] for above in ordered[:number]):
            return number
    return None


def _steps(ordered: Sequence[PlacedPart], axis: int | None) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Levels between neighbours (1, more where a vertebra is missing) and whether the space is implausible."""
    counted = [_step(one, below) for one, below in pairwise(ordered)]
    if axis:  # C1 lies around the dens: no space between them to judge
        counted[axis - 1] = (1, False)
    return np.array([step for step, _ in counted], dtype=np.intp), np.array([odd for _, odd in counted], dtype=bool)


def _step(one: PlacedPart, below: PlacedPart) -> tuple[int, bool]:
    if not (one.part.has_body and below.part.has_body):
        return 1, False
    heights = [high - low for low, high in (one.extent_mm, below.extent_mm)]
    # A body cut by the field of view is too low to judge the space by.
    whole = [h for h, part in zip(heights, (one, below), strict=True) if not part.part.at_border] or heights
    height = max(float(np.mean(whole)), 1.0)
    space = (below.extent_mm[0] - one.extent_mm[1]) / height
    if space > _LOST_VERTEBRA:
        return 1 + max(1, round((space - _DISC_SHARE) / (1 + _DISC_SHARE))), True
    return 1, space < _SPLIT_VERTEBRA


def _count(anchor: int, index: int, steps: NDArray[np.intp], doubtful: NDArray[np.bool_]) -> _Count:
    rank = np.concatenate([[0], np.cumsum(steps)])
    doubts = np.concatenate([[0], np.cumsum(doubtful)])
    return _Count(index=rank - rank[anchor] + index, certain=doubts == doubts[anchor])


def _from_sacrum(
    ordered: Sequence[PlacedPart],
    sacrum: PlacedPart | None,
    steps: NDArray[np.intp],
    doubtful: NDArray[np.bool_],
) -> _Count | None:
    if sacrum is None or not ordered[-1].part.has_body:
        return None
    last = ordered[-1]
    height = max(last.extent_mm[1] - last.extent_mm[0], 1.0)
    lost = (sacrum.extent_mm[0] - last.extent_mm[1]) / height > _LOST_VERTEBRA
    counted = _count(len(ordered) - 1, _L5, steps, doubtful)
    if lost:
        return _Count(index=counted.index - 1, certain=np.zeros(len(ordered), dtype=bool))
    return replace(counted, certain=counted.certain & (sacrum.part.volume_mm3 >= _SURE_SACRUM_MM3))


def _known_axis(ordered: Sequence[PlacedPart], label: int) -> int | None:
    return next((number for number, one in enumerate(ordered) if one.part.label == label), None)


def _from_ribs(ribs: Sequence[bool | None], steps: NDArray[np.intp], doubtful: NDArray[np.bool_]) -> _Count | None:
    """Counted from the first or the last pair of ribs; None where neither end is in view or both contradict."""
    counts = []
    first, last = _rib_end(ribs), _rib_end(ribs[::-1])
    if first is not None:
        counts.append(_count(first, _T1, steps, doubtful))
    if last is not None:
        counts.append(_count(len(ribs) - 1 - last, _T12, steps, doubtful))
    if not counts:
        return None
    if any(not np.array_equal(count.index, counts[0].index) for count in counts):
        # 11 or 13 pairs of ribs, or a rib that was missed: no anchor can be trusted alone.
        return replace(counts[0], certain=np.zeros(len(ribs), dtype=bool))
    return counts[0]


def _rib_end(ribs: Sequence[bool | None]) -> int | None:
    """Index of the first vertebra with ribs: vertebrae without ribs before it, two with ribs from it on."""
    for number in range(1, len(ribs) - 1):
        if ribs[number] and ribs[number + 1]:
            bare = ribs[max(0, number - _BARE) : number]
            return number if all(has is False for has in bare) else None
    return None


def _from_anchors(anchors: dict[NamingBasis, _Count]) -> tuple[LevelName, ...]:
    """Names that all anchors agree on; all of them doubted where the anchors contradict each other."""
    counts = list(anchors.values())
    if any(not np.array_equal(count.index, counts[0].index) for count in counts):
        doubted = _Count(index=counts[0].index, certain=np.zeros(len(counts[0].index), dtype=bool))
        return _named(doubted, NamingBasis.UNUSUAL_COUNT)
    if len(anchors) == 1:
        return _legal(counts[0], next(iter(anchors)))
    whole = all(bool(np.all(count.certain)) for count in counts)
    agreed = _Count(index=counts[0].index, certain=np.full(len(counts[0].index), whole))
    ends = {NamingBasis.AXIS, NamingBasis.SACRUM}
    return _legal(agreed, NamingBasis.SACRUM_AND_AXIS if ends <= set(anchors) else NamingBasis.SEVERAL_ANCHORS)


def _legal(count: _Count, basis: NamingBasis) -> tuple[LevelName, ...]:
    """Names, all of them doubted where the count runs beyond C1 or L5."""
    if count.index.min() >= 0 and count.index.max() <= _L5:
        return _named(count, basis)
    return _named(_Count(index=count.index, certain=np.zeros(len(count.index), dtype=bool)), NamingBasis.UNUSUAL_COUNT)


def _named(count: _Count, basis: NamingBasis) -> tuple[LevelName, ...]:
    return tuple(
        LevelName(name=_NAMES[index], assumed=not certain, basis=basis)
        if 0 <= index < len(_NAMES)
        else _unnamed(number, basis)
        for number, (index, certain) in enumerate(zip(count.index, count.certain, strict=True))
    )


def _doubt(other: SpineAnatomy) -> int:
    return sum(vertebra.assumed for vertebra in other.vertebrae)


def _from_other(
    ordered: Sequence[PlacedPart], other: SpineAnatomy, steps: NDArray[np.intp], doubtful: NDArray[np.bool_]
) -> tuple[LevelName, ...] | None:
    """Names by place: a body's centroid lies within a body of the other series; None where matches contradict."""
    matches = [(number, _match(one, other)) for number, one in enumerate(ordered) if one.part.has_body]
    found = [(number, vertebra) for number, vertebra in matches if vertebra is not None]
    if not found:
        return None
    counts = [_count(number, _NAMES.index(vertebra.name), steps, doubtful) for number, vertebra in found]
    if any(not np.array_equal(count.index, counts[0].index) for count in counts):
        return None
    assumed = any(vertebra.assumed for _, vertebra in found)
    certain = np.any([count.certain for count in counts], axis=0) & (not assumed)
    return _legal(_Count(index=counts[0].index, certain=certain), NamingBasis.OTHER_SERIES)


def _match(one: PlacedPart, other: SpineAnatomy) -> Vertebra | None:
    named = [vertebra for vertebra in other.vertebrae if vertebra.name in _NAMES]
    if other.centerline is None or not named:
        return None
    centroid = one.part.centroid
    position = float(project(other.centerline, centroid[None]).position_mm[0])
    nearest = min(named, key=lambda vertebra: abs(vertebra.position_mm - position))
    low, high = nearest.extent_mm
    near = float(np.linalg.norm(np.asarray(nearest.body_centroid) - centroid)) <= _NEAR_MM
    return nearest if near and low <= position <= high else None
