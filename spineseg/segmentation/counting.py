"""Heights of body voxels along the canal -> vertebrae, counted from cranial, and the borders between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.domain import labels
from spineseg.segmentation.classes import MaskArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

BIN_MM = 1.0
# Body with disc: 15 mm at C3 to 42 mm at L4 in adults (Panjabi et al. 1991 and 1992, Spine), with some margin.
SHORTEST_PITCH_MM = 11
LONGEST_PITCH_MM = 46
# Neighbouring vertebrae differ little in height: cost of one doubling, against a contrast of at most 1. [P]
RATIO_COST = 0.6
PROFILE_SIGMA_MM = 1.5
# Half a thoracic vertebra: the window in which discs are compared with bodies. [P]
CONTRAST_WINDOW_MM = 31
# A sliver of a body at the edge of the field of view is no vertebra. [P]
LEAST_BODY_MM3 = 400.0
# L5 is as high as L4 within a few mm (Panjabi et al. 1992, Spine 17:299); a piece of less than this share is none. [P]
SLIVER_SHARE = 0.6
# The atlas' arches stand around the dens, the upper 45 % of C2 (38 mm: Schaffler et al., Spine 1992;17:489). [P]
ATLAS_SHARE = 0.55
# Lateral masses and arches of C1 have some 8 mL; a fifth of them tells C1 from the upper edge of C2's own arch. [P]
LEAST_ATLAS_MM3 = 1500.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BodyCount:
    """Vertebrae counted from cranial.

    Parameters
    ----------
    numbers : (N,) uint8
        Vertebra of each body voxel, from 1; 0 where the piece is too small.
    lower_borders : (K,) [mm]
        Along the axis, cranial to caudal.
    axis
        Number of C2; 0 where the network saw none.
    """

    numbers: MaskArray
    lower_borders: FloatArray
    axis: int


class Heights(NamedTuple):
    """Heights of the voxels of each class along the axis: (N,) [mm]."""

    bodies: FloatArray
    arches: FloatArray
    discs: FloatArray


def count_bodies(heights: Heights, is_axis: NDArray[np.bool_], voxel_mm3: float) -> BodyCount:
    """Number the bodies; C2, which the network knows by its dens, is one piece however tall it is.

    Parameters
    ----------
    is_axis : (N,) bool
        Body voxels that are C2's.
    """
    if not is_axis.any():
        cuts = body_borders(heights.bodies, heights.discs)
        found, cuts = _numbers(heights.bodies, cuts, voxel_mm3)
        return BodyCount(numbers=found, lower_borders=cuts, axis=0)
    low, high = np.percentile(heights.bodies[is_axis], (2, 98))
    atlas_border = low + ATLAS_SHARE * (high - low)
    atlas = ~is_axis & (heights.bodies >= atlas_border)
    ring = (heights.arches >= atlas_border) & (heights.arches < high + SHORTEST_PITCH_MM)
    has_atlas = (atlas.sum() + ring.sum()) * voxel_mm3 >= LEAST_ATLAS_MM3
    axis = 2 if has_atlas else 1
    numbers = np.full(len(is_axis), axis, dtype=np.uint8)
    numbers[atlas] = 1 if has_atlas else 0
    borders = np.array([atlas_border, low] if has_atlas else [low])
    below = ~is_axis & (heights.bodies < low)
    if below.any():
        cuts = body_borders(heights.bodies[below], heights.discs)
        lower, lower_borders = _numbers(heights.bodies[below], cuts, voxel_mm3, most=labels.MAX_UNNAMED - axis)
        numbers[below] = np.where(lower > 0, lower + axis, 0)
        borders = np.concatenate([borders, lower_borders])
    return BodyCount(numbers=numbers, lower_borders=borders, axis=axis)


def lowest_is_sliver(bodies: FloatArray, numbers: MaskArray) -> bool:
    """Whether the lowest of at least two vertebrae is far lower in height than the one above it.

    Parameters
    ----------
    bodies, numbers : (N,) [mm], uint8
        Height along the axis and vertebra of each body voxel.
    """
    last = int(numbers.max(initial=0))
    if last < 2:
        return False
    lowest, above = (float(np.ptp(np.percentile(bodies[numbers == number], (5, 95)))) for number in (last, last - 1))
    return lowest < SLIVER_SHARE * above


def without_lowest(count: BodyCount) -> BodyCount:
    """The same count without its lowest vertebra, whose voxels get number 0."""
    kept = np.where(count.numbers == count.numbers.max(), np.uint8(0), count.numbers)
    return BodyCount(numbers=kept, lower_borders=count.lower_borders[:-1], axis=count.axis)


def body_borders(bodies: FloatArray, discs: FloatArray) -> FloatArray:
    """Heights between neighbouring vertebrae, by dynamic programming over disc contrast and regular spacing.

    Parameters
    ----------
    bodies, discs : (N,), (M,) [mm]
        Heights of the voxels of each class.

    Returns
    -------
    (K + 1,) [mm]
        Borders of K vertebrae, from caudal to cranial, both ends included.
    """
    low, high = float(bodies.min()), float(bodies.max()) + BIN_MM
    count = max(1, int(np.ceil((high - low) / BIN_MM)))
    edges = low + BIN_MM * np.arange(count + 1)
    contrast = _disc_contrast(*(np.histogram(part, edges)[0].astype(np.float64) for part in (bodies, discs)))
    return low + BIN_MM * np.array(_best_cuts(contrast))


def _disc_contrast(bodies: FloatArray, discs: FloatArray) -> FloatArray:
    """Cost of a border in each bin: negative at discs, positive within bodies, about [-1, 1]."""
    body, disc = (
        ndimage.gaussian_filter1d(part, PROFILE_SIGMA_MM / BIN_MM, mode="constant") for part in (bodies, discs)
    )
    width = int(CONTRAST_WINDOW_MM / BIN_MM)
    full = ndimage.maximum_filter1d(body + disc, width, mode="nearest")
    difference = (body - disc) / np.maximum(full, 1.0)
    baseline = ndimage.uniform_filter1d(difference, width, mode="nearest")
    contrast: FloatArray = difference - baseline
    return contrast


def _best_cuts(cost: FloatArray) -> list[int]:
    """Bins of the borders: both ends, and between them the cheapest sequence with allowed pitches.

    The state is (bin of the last border, distance to the border before). The outer pieces may be cut short by
    the field of view, so they are only held below the longest pitch.
    """
    size = len(cost)
    if size <= LONGEST_PITCH_MM and (size < 2 * SHORTEST_PITCH_MM or cost.min() > -RATIO_COST / 2):
        return [0, size]
    pitches = np.arange(SHORTEST_PITCH_MM, LONGEST_PITCH_MM + 1)
    change = RATIO_COST * np.abs(np.log2(pitches[:, None] / pitches[None, :]))  # [new, before]
    best = np.full((size, len(pitches)), np.inf)
    before = np.full((size, len(pitches)), -1, dtype=np.intp)
    for here in range(2, size - 1):
        if here <= LONGEST_PITCH_MM:  # first border above the caudal end
            best[here] = cost[here]
        for index, pitch in enumerate(pitches[pitches <= here - 2]):
            arriving = best[here - pitch] + change[index]
            choice = int(arriving.argmin())
            total = arriving[choice] + cost[here]
            if total < best[here, index]:
                best[here, index], before[here, index] = total, choice
    return _trace(best, before, pitches, size)


def _trace(best: FloatArray, before: IntArray, pitches: IntArray, size: int) -> list[int]:
    last = np.arange(max(0, size - LONGEST_PITCH_MM), size)
    if not np.isfinite(best[last]).any():
        return [0, size]
    row, column = np.unravel_index(int(best[last].argmin()), (len(last), len(pitches)))
    here, index = int(last[row]), int(column)
    cuts = [size, here]
    while before[here, index] >= 0:
        here, index = here - int(pitches[index]), int(before[here, index])
        cuts.append(here)
    return [0, *reversed(cuts)]


def _numbers(
    heights: FloatArray, cuts: FloatArray, voxel_mm3: float, *, most: int = labels.MAX_UNNAMED
) -> tuple[MaskArray, FloatArray]:
    """Number of each body voxel, 1 the most cranial; pieces too small to be a vertebra get 0."""
    piece = np.clip(np.searchsorted(cuts, heights, side="right") - 1, 0, len(cuts) - 2)
    volume = np.bincount(piece, minlength=len(cuts) - 1) * voxel_mm3
    kept = np.flatnonzero(volume >= LEAST_BODY_MM3)[::-1][:most]
    number = np.zeros(len(cuts) - 1, dtype=np.uint8)
    number[kept] = np.arange(1, len(kept) + 1)
    # Lower borders of the vertebrae, cranial to caudal: where their discs lie.
    return number[piece], cuts[kept]
