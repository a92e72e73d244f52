"""Vertebrae, sacrum, ribs, cord -> SpineEvidence: what can tell a vertebra's name, and where the count is unsure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from spineseg.anatomy.levels import PlacedPart

Step = tuple[int, float]  # levels between two neighbours, and the cost of that reading
RibSides = tuple[bool | None, bool | None]  # left, right: a rib, none, or out of view

# Space between two bodies as share of the mean body height: 0.2 (thoracic) to 0.4 (cervical, lumbar); a lost vertebra
# makes it 1.4 and more. [P]
_LOST_VERTEBRA = 0.9
_DISC_SHARE = 0.3
_OTHER_LOSS = 2.0  # cost of one vertebra more or fewer than fits the space best [P]
_OVERLAP = -0.4  # bodies that overlap by this share are pieces of one [P]
_PIECES_SHARE = 1.35  # two bodies that together are no higher than this many neighbours may be one [P]
_TALL_SHARE = 1.6  # a body as high as this many neighbours may be two [P]
# Height and volume of the lowest body against the one above; with less it may be the upper end of the sacrum. [P]
_SLIVER_SHARE = 0.6
_NEIGHBOURS = 3  # to each side, that a body's height is compared with [P]
_UNSURE: Step = (1, 0.7)  # the plain reading where the space or the heights speak against it [P]

# C2 with the dens is about 38 mm high and C3 14 mm; the dens is about 10 mm wide on a body of 17 mm. [P]
_AXIS_HEIGHT_RATIO = 1.5
_AXIS_HEIGHT_TO_WIDTH = 1.4
_PEG_SHARE = 0.65
# Beneath a ring that lies around it a wider peg is a dens still: in sagittal slices of 3-4 mm base and peg differ by
# one slice only. No other vertebra has its upper neighbour around it. [P]
_RINGED_PEG_SHARE = 0.8
# S1 alone has about 35 mL (50 x 30 x 29 mm, phantom.anthropometry); a smaller piece may be another bone. [P]
_SURE_SACRUM_MM3 = 5000.0
_ATLAS_ABOVE = 1  # only C1 lies above C2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CordEnd:
    """Where the cord ends, as far as the canal is in view.

    Parameters
    ----------
    conus_mm
        Tip of the cord along the centreline; None where it is not in view.
    cord_seen, cauda_seen
        Whether the masks hold cord, and cauda equina.
    """

    conus_mm: float | None = None
    cord_seen: bool = False
    cauda_seen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpineEvidence:
    """What can tell the names of N vertebrae, cranial to caudal.

    Parameters
    ----------
    position_mm : (N,) [mm]
        Middles along the centreline.
    steps
        N - 1 lists of readings of the spaces; one reading where nothing is odd.
    whole : (N,)
        Whether a body is in view from end to end.
    tall : (N,)
        Whether a body may be two.
    axis
        Which vertebra is C2; None where none is seen.
    axis_refused
        A body taken for C2 by the segmenter lies where C2 cannot be.
    ring
        Whether what lies above C2 lies around its dens, as C1 does.
    sacrum_steps
        Readings of the space to the sacrum; empty where no sacrum is in view.
    sacrum_sure
        Whether it is large enough for one.
    sliver
        Whether the lowest body may be the upper end of the sacrum.
    ribs
        By side.
    drawn_by_network
        Whether a network drew the masks: its anchors weigh less.
    """

    position_mm: NDArray[np.float64]
    steps: tuple[tuple[Step, ...], ...]
    whole: NDArray[np.bool_]
    tall: NDArray[np.bool_]
    axis: int | None
    axis_refused: bool
    ring: bool
    sacrum_steps: tuple[Step, ...]
    sacrum_sure: bool
    sliver: bool
    ribs: tuple[RibSides, ...]
    cord: CordEnd
    drawn_by_network: bool

    @property
    def odd(self) -> bool:
        """Whether a space can be read in more than one way."""
        return any(len(steps) > 1 for steps in self.steps)


def gather_evidence(
    ordered: Sequence[PlacedPart],
    sacrum: PlacedPart | None = None,
    *,
    axis_label: int = 0,
    ribs: Sequence[RibSides] = (),
    cord: CordEnd = CordEnd(),
    drawn_by_network: bool = False,
) -> SpineEvidence:
    """What can tell the names of vertebrae.

    Parameters
    ----------
    ordered
        Vertebrae cranial to caudal, at least one.
    axis_label
        Label of the vertebra that the segmenter knows as C2; 0 where C2 is to be told by its dens.
    ribs
        By vertebra and side; empty where the segmenter knows no ribs.
    """
    known = _known_axis(ordered, axis_label) if axis_label else None
    refused = known is not None and known > _ATLAS_ABOVE
    axis = _find_axis(ordered) if known is None or refused else known
    heights = np.array([one.extent_mm[1] - one.extent_mm[0] for one in ordered])
    whole = np.array([one.part.has_body and not one.part.at_border for one in ordered])
    usual = _usual_heights(heights, whole & (np.arange(len(ordered)) != (-1 if axis is None else axis)))
    tall = whole & (heights > _TALL_SHARE * usual)
    if axis is not None:
        tall[: axis + 1] = False
    return SpineEvidence(
        position_mm=np.array([one.position_mm for one in ordered]),
        steps=_all_steps(ordered, axis, usual, tall),
        whole=whole,
        tall=tall,
        axis=axis,
        axis_refused=refused,
        ring=axis is not None and all(above.position_mm > ordered[axis].extent_mm[0] for above in ordered[:axis]),
        sacrum_steps=_sacrum_steps(ordered[-1], sacrum),
        sacrum_sure=sacrum is not None and sacrum.part.volume_mm3 >= _SURE_SACRUM_MM3,
        sliver=len(ordered) > 1 and _is_sliver(ordered[-1], ordered[-2]),
        ribs=tuple(ribs) or ((None, None),) * len(ordered),
        cord=cord,
        drawn_by_network=drawn_by_network,
    )


def has_dens(one: PlacedPart, below: PlacedPart | None, *, ringed: bool = False) -> bool:
    """Whether a body is that of C2: far higher than its neighbour and narrow in its upper part.

    Parameters
    ----------
    ringed
        Whether the vertebra above lies around its upper part, as C1 does.
    """
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
    return tall and peg < (_RINGED_PEG_SHARE if ringed else _PEG_SHARE) * base


def _known_axis(ordered: Sequence[PlacedPart], label: int) -> int | None:
    return next((number for number, one in enumerate(ordered) if one.part.label == label), None)


def _find_axis(ordered: Sequence[PlacedPart]) -> int | None:
    """Which vertebra is C2: the first in view, or the second where the first is a ring around its dens (C1)."""
    for number, one in enumerate(ordered[: _ATLAS_ABOVE + 1]):
        below = ordered[number + 1] if number + 1 < len(ordered) else None
        around = all(above.position_mm > one.extent_mm[0] for above in ordered[:number])
        if around and has_dens(one, below, ringed=number > 0):
            return number
    return None


def _usual_heights(heights: NDArray[np.float64], usable: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Median height of the usable neighbours of each body and the one below it: (N,) [mm]; NaN where there are few."""
    usual = np.full(len(heights), np.nan)
    for number in range(len(heights)):
        near = np.abs(np.arange(len(heights)) - number - 0.5) < _NEIGHBOURS + 1
        near[number : number + 2] = False
        if (near & usable).sum() >= 2:
            usual[number] = np.median(heights[near & usable])
    return usual


def _all_steps(
    ordered: Sequence[PlacedPart], axis: int | None, usual: NDArray[np.float64], tall: NDArray[np.bool_]
) -> tuple[tuple[Step, ...], ...]:
    readings: list[tuple[Step, ...]] = []
    for number, (one, below) in enumerate(pairwise(ordered)):
        if axis is not None and number < axis:  # C1 lies around the dens: no space between them to judge
            readings.append(((1, 0.0),))
            continue
        steps = _steps(one, below, usual[number])
        if tall[number]:  # the body's own second level
            steps = tuple((step + more, cost + extra) for step, cost in steps for more, extra in ((1, 0.0), (0, 0.7)))
        readings.append(steps)
    return tuple(readings)


def _steps(one: PlacedPart, below: PlacedPart, usual_mm: float) -> tuple[Step, ...]:
    if not (one.part.has_body and below.part.has_body):
        return ((1, 0.0),)
    heights = [high - low for low, high in (one.extent_mm, below.extent_mm)]
    # A body cut by the field of view is too low to judge the space by.
    whole = [h for h, part in zip(heights, (one, below), strict=True) if not part.part.at_border] or heights
    height = max(float(np.mean(whole)), 1.0)
    space = (below.extent_mm[0] - one.extent_mm[1]) / height
    if space > _LOST_VERTEBRA:
        return _lost(space)
    together = below.extent_mm[1] - one.extent_mm[0]
    in_pieces = len(whole) == 2 and together < _PIECES_SHARE * usual_mm
    return ((0, 0.0), _UNSURE) if space < _OVERLAP or in_pieces else ((1, 0.0),)


def _lost(space: float) -> tuple[Step, ...]:
    lost = (space - _DISC_SHARE) / (1 + _DISC_SHARE)
    nearest = max(1, round(lost))
    readings = range(nearest - 1, nearest + 2)
    least = min(abs(count - lost) for count in readings)
    return tuple((1 + count, _OTHER_LOSS * (abs(count - lost) - least)) for count in readings)


def _is_sliver(last: PlacedPart, above: PlacedPart) -> bool:
    """Whether the lowest body is far lower or smaller than the one above it."""
    heights = [high - low for low, high in (last.extent_mm, above.extent_mm)]
    small = last.part.volume_mm3 < _SLIVER_SHARE * above.part.volume_mm3
    return last.part.has_body and above.part.has_body and (heights[0] < _SLIVER_SHARE * heights[1] or small)


def _sacrum_steps(last: PlacedPart, sacrum: PlacedPart | None) -> tuple[Step, ...]:
    if sacrum is None or not last.part.has_body:
        return ()
    height = max(last.extent_mm[1] - last.extent_mm[0], 1.0)
    space = (sacrum.extent_mm[0] - last.extent_mm[1]) / height
    return _lost(space) if space > _LOST_VERTEBRA else ((1, 0.0),)
