"""Label array -> the box of what is labelled, and a label's voxels: no search need go through a whole volume."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Box = tuple[slice, slice, slice]


def filled_box(labels: NDArray[np.uint8]) -> Box | None:
    """Smallest box that holds every labelled voxel; None where there is none.

    Parameters
    ----------
    labels : (slice, row, column)
    """
    slices = np.flatnonzero(np.maximum.reduce(labels, axis=(1, 2)))  # an unsigned maximum runs at memory speed
    if len(slices) == 0:
        return None
    within = slice(int(slices[0]), int(slices[-1]) + 1)
    plane = np.maximum.reduce(labels[within], axis=0)
    ends = [np.flatnonzero(plane.any(axis=axis)) for axis in (1, 0)]
    rows, columns = (slice(int(one[0]), int(one[-1]) + 1) for one in ends)
    return within, rows, columns


def voxels_of(labels: NDArray[np.uint8], *values: int) -> NDArray[np.intp]:
    """Indices of the voxels of some labels: (N, 3) (slice, row, column), in the order of the array."""
    box = filled_box(labels)
    if box is None:
        return np.empty((0, 3), dtype=np.intp)
    wanted = np.zeros(256, dtype=bool)
    wanted[list(values)] = True
    corner = np.array([one.start for one in box], dtype=np.intp)
    index: NDArray[np.intp] = np.argwhere(wanted[labels[box]]) + corner
    return index
