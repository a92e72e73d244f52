"""Large TrainingSample -> patch of it: around a lesion, or somewhere along the canal."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from spineseg.domain import labels
from spineseg.segmentation.augmentation import TrainingSample

Extent = tuple[int, int, int]
# Of the patches of a sample with a lesion; the others teach what surrounds one [P].
_LESION_SHARE = 0.75
_JITTER = 10.0  # voxels of 1 mm around the chosen point [P]


def cut(sample: TrainingSample, extent: Extent, rng: np.random.Generator | None) -> TrainingSample:
    """Patch of a sample; the sample itself where it is no larger.

    Parameters
    ----------
    extent : (x, y, z) [voxels]
    rng
        Draws the place; None for the middle of the lesion, or of the canal.
    """
    shape = sample.image.shape
    if all(size <= wanted for size, wanted in zip(shape, extent, strict=True)):
        return sample
    middle = _middle(sample, rng)
    starts = (
        int(np.clip(round(centre - wanted / 2), 0, max(0, size - wanted)))
        for centre, wanted, size in zip(middle, extent, shape, strict=True)
    )
    window = tuple(slice(start, start + wanted) for start, wanted in zip(starts, extent, strict=True))
    return replace(
        sample,
        image=sample.image[window],
        anatomy=sample.anatomy[window],
        subregions=sample.subregions[window],
        lesions=sample.lesions[window],
        seen=None if sample.seen is None else sample.seen[window],
        allowed=None if sample.allowed is None else sample.allowed[window],
    )


def _middle(sample: TrainingSample, rng: np.random.Generator | None) -> NDArray[np.float64]:
    """Voxel that a patch is laid around."""
    if rng is None:
        points = np.argwhere(sample.lesions > 0)
        points = points if len(points) else _canal(sample)
        return points.mean(axis=0) if len(points) else (np.array(sample.image.shape) - 1) / 2
    at_lesion = rng.random() < _LESION_SHARE
    points = np.argwhere(sample.lesions > 0) if at_lesion else _canal(sample)
    if not len(points):
        points = _canal(sample)
    chosen = points[rng.integers(len(points))] if len(points) else (np.array(sample.image.shape) - 1) / 2
    return np.asarray(chosen + rng.normal(0.0, _JITTER, 3), dtype=np.float64)


def _canal(sample: TrainingSample) -> NDArray[np.intp]:
    return np.argwhere(np.isin(sample.anatomy, labels.CANAL_CONTENT))
