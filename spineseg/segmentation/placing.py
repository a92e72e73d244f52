"""Numbered masks + another grid -> the masks there: nearest on finer voxels, the greater share on coarser ones."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.domain.volume import ImageGrid, LabelMap, like, to_index, to_patient

# A coarse voxel belongs to a mask that fills half of it.
LEAST_SHARE = 0.5
# A mask that fills no voxel by half keeps those it fills best, from this share on: it must not vanish. [P]
_LEAST_TRACE = 0.1
# Samples along one side of a coarse voxel; more change a share by less than a tenth. [P]
_MOST_SAMPLES = 10
_LATTICE_VOXELS = 0.05  # affines in files are rounded
_WHOLE = 254  # a share of one as uint8, even so that a half is exact


def place_numbers(numbers: LabelMap, target: ImageGrid) -> LabelMap:
    """A mask of numbers on the voxels of `target`, both in one patient space.

    Parameters
    ----------
    numbers : (slice, row, column) uint8
        0 or a number; on any grid.

    Returns
    -------
    (slice, row, column) uint8
        On the grid of `target`: the number of greatest share where all numbers together fill half the voxel.
    """
    shape = tuple(target.spatial_shape)
    result, best, total = (np.zeros(shape, dtype=np.uint8) for _ in range(3))
    for number in np.flatnonzero(np.bincount(numbers.array.ravel())[1:]) + 1:
        box, share = _share(numbers, target, int(number))
        if box is None:
            continue
        greater = share > best[box]
        result[box][greater] = number
        best[box] = np.maximum(best[box], share)
        total[box] = np.minimum(total[box].astype(np.uint16) + share, _WHOLE).astype(np.uint8)
    placed = np.where(total >= LEAST_SHARE * _WHOLE, result, np.uint8(0))
    for number in np.setdiff1d(result, placed):
        kept = (result == number) & (best >= max(int(best[result == number].max()), round(_LEAST_TRACE * _WHOLE)))
        placed[kept] = number
    return like(target, placed)


def same_lattice(first: LabelMap, second: ImageGrid) -> bool:
    """Whether two grids have the same voxels, whatever the order and direction of their axes."""
    shape = np.asarray(first.spatial_shape)
    corners = np.array(list(product(*((0, extent - 1) for extent in shape))))
    index = to_index(second, to_patient(first, corners))
    low, high = index.min(axis=0), index.max(axis=0)
    ends = np.stack([low, high - (np.asarray(second.spatial_shape) - 1)])
    return bool(np.abs(ends).max() < _LATTICE_VOXELS and sorted(shape) == sorted(second.spatial_shape))


def _share(numbers: LabelMap, target: ImageGrid, number: int) -> tuple[tuple[slice, ...] | None, NDArray[np.uint8]]:
    """Part of the target that one number reaches, and the share of each voxel there in 1/254; None outside."""
    source = ndimage.find_objects(numbers.array, max_label=number)[number - 1]
    corners = np.array(list(product(*((side.start - 0.5, side.stop - 0.5) for side in source))))
    index = to_index(target, to_patient(numbers, corners))
    upper = np.asarray(target.spatial_shape)
    low = np.clip(np.floor(index.min(axis=0)).astype(int), 0, upper)
    high = np.clip(np.ceil(index.max(axis=0)).astype(int) + 1, 0, upper)
    if np.any(high <= low):
        return None, np.zeros((0, 0, 0), dtype=np.uint8)
    box = tuple(slice(int(first), int(last)) for first, last in zip(low, high, strict=True))
    own = np.pad(numbers.array[source] == number, 1)
    steps = np.linalg.inv(np.asarray(numbers.affine)[:3, :3]) @ np.asarray(target.affine)[:3, :3]
    corner = to_index(numbers, to_patient(target, low)) - [side.start - 1 for side in source]
    return box, _sampled(own, steps, corner, tuple(high - low))


def _sampled(
    mask: NDArray[np.bool_], steps: NDArray[np.float64], corner: NDArray[np.float64], shape: tuple[int, ...]
) -> NDArray[np.uint8]:
    """Share of each target voxel that lies in a mask with an empty border.

    Parameters
    ----------
    steps : (3, 3) [mask voxels]
        One step along each axis of the target.
    corner : (3,) [mask voxels]
        Centre of the first target voxel.
    """
    # So many mask voxels does one target voxel span along each of its axes.
    per_axis = np.clip(np.ceil(np.abs(steps).max(axis=0) - 1e-3), 1, _MOST_SAMPLES).astype(int)
    offsets = [(np.arange(count) + 0.5) / count - 0.5 for count in per_axis]
    axes = [steps[:, axis, None] * np.arange(shape[axis]) for axis in range(3)]
    last = np.asarray(mask.shape) - 1
    hits = np.zeros(shape, dtype=np.uint16)
    for offset in product(*offsets):
        first = corner + steps @ np.asarray(offset)
        nearest = [
            np.clip(
                np.rint(first[row] + axes[0][row][:, None, None] + axes[1][row][:, None] + axes[2][row]), 0, last[row]
            ).astype(np.intp)
            for row in range(3)
        ]
        hits += mask[nearest[0], nearest[1], nearest[2]]
    share: NDArray[np.uint8] = np.rint(hits * (_WHOLE / float(np.prod(per_axis)))).astype(np.uint8)
    return share
