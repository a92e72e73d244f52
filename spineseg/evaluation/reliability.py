"""Probability map + truth -> how often what is said with p is so: bins, expected calibration error."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from spineseg.domain.volume import LabelMap, resample

BINS = 10
# Voxels that are surely background would hide every error in a mean over all: only those from here on count [P].
LEAST_PROBABILITY = 0.02
_FULL = 255.0  # of a probability that is stored as uint8


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """Counts by bin of the probability; those of several cases add up.

    Parameters
    ----------
    voxels, said, true : (BINS,)
        Number of voxels, sum of their probabilities, number that the reference holds.
    """

    voxels: tuple[int, ...]
    said: tuple[float, ...]
    true: tuple[int, ...]

    @property
    def error(self) -> float:
        """Expected calibration error: mean distance of share and probability, weighted by voxels; NaN without any."""
        count = np.array(self.voxels, dtype=np.float64)
        if count.sum() == 0:
            return float("nan")
        return float(np.abs(np.array(self.true) - np.array(self.said)).sum() / count.sum())

    def points(self) -> list[tuple[float, float, int]]:
        """Mean probability, share that is true and number of voxels of each bin that has any."""
        return [
            (said / count, true / count, count)
            for count, said, true in zip(self.voxels, self.said, self.true, strict=True)
            if count
        ]


def reliability(probability: LabelMap, truth: LabelMap) -> Reliability:
    """Reliability of one image, between the first and last slice that the reference labels.

    Parameters
    ----------
    probability : (x, y, z) uint8
        255 for 1, on the working grid, z to the head.
    truth : uint8
        1 where the structure is, on any grid.
    """
    target = resample(truth, probability, order=0).array > 0
    heights = np.flatnonzero(target.any(axis=(0, 1)))
    window = slice(int(heights[0]), int(heights[-1]) + 1) if heights.size else slice(0, 0)
    said = probability.array[..., window].ravel() / _FULL
    true = target[..., window].ravel()
    counted = said >= LEAST_PROBABILITY
    said, true = said[counted], true[counted]
    place = np.minimum((said * BINS).astype(int), BINS - 1)
    return Reliability(
        voxels=tuple(np.bincount(place, minlength=BINS).tolist()),
        said=tuple(np.bincount(place, weights=said, minlength=BINS).tolist()),
        true=tuple(np.bincount(place[true], minlength=BINS).tolist()),
    )


def added(parts: Iterable[Reliability]) -> Reliability:
    """Reliability of several images together."""
    rows = [(part.voxels, part.said, part.true) for part in parts]
    voxels, said, true = (np.sum([row[k] for row in rows], axis=0) if rows else np.zeros(BINS) for k in range(3))
    return Reliability(
        voxels=tuple(int(value) for value in voxels),
        said=tuple(float(value) for value in said),
        true=tuple(int(value) for value in true),
    )
