"""Image + axis -> image: slices of a thickness and a spacing, and linear interpolation back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.volume import FloatArray


def to_length(image: FloatArray, axis: int, length: int, *, nearest: bool = False) -> FloatArray:
    """Linear or nearest interpolation along one axis, the outer edges of both grids in one place."""
    size = image.shape[axis]
    return sample_axis(image, axis, (np.arange(length) + 0.5) * size / length - 0.5, nearest=nearest)


def sample_axis(image: FloatArray, axis: int, position: NDArray[np.float64], *, nearest: bool = False) -> FloatArray:
    """Values at fractional positions [voxels] along one axis; beyond the ends the outermost values."""
    size = image.shape[axis]
    position = position.clip(0, size - 1)
    if nearest:
        repeated: FloatArray = image.take(np.rint(position).astype(np.intp), axis=axis)
        return repeated
    low = np.floor(position).astype(np.intp)
    shape = [1] * image.ndim
    shape[axis] = len(position)
    weight = (position - low).astype(np.float32).reshape(shape)
    high = np.minimum(low + 1, size - 1)
    result: FloatArray = image.take(low, axis=axis) * (1 - weight) + image.take(high, axis=axis) * weight
    return result


def box_slices(image: FloatArray, axis: int, centres: NDArray[np.float64], thickness_voxels: float) -> FloatArray:
    """Mean over boxes of a thickness around `centres` [voxels]: slices of one sequence, gaps between them or not."""
    head = np.zeros_like(image.take([0], axis=axis))
    # Integral from the lower edge of the first voxel: its value at k + 1/2 holds the voxels 0..k.
    integral = np.concatenate([head, np.cumsum(image, axis=axis, dtype=np.float32)], axis=axis)
    low = (centres - thickness_voxels / 2 + 0.5).clip(0, image.shape[axis] - 1)
    high = (centres + thickness_voxels / 2 + 0.5).clip(low + 1, image.shape[axis])
    shape = [1] * image.ndim
    shape[axis] = len(centres)
    width = (high - low).astype(np.float32).reshape(shape)
    slices: FloatArray = (sample_axis(integral, axis, high) - sample_axis(integral, axis, low)) / width
    return slices
