"""LabelMap + Source -> labels on the pixels of every source frame, by patient position and never by array index."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.volume import LabelMap, to_index
from spineseg.reporting.source import Source

# A frame is the slice of a grid where no pixel lies further than this from a voxel's centre [voxels].
_SAME_PLACE = 0.05


def labels_on_frames(labels: LabelMap, source: Source) -> NDArray[np.uint8]:
    """Labels on the source's own pixels.

    Where every frame is a slice of the grid, slices are copied; else (resampled, tilted or cropped input) each pixel
    takes the label of the nearest voxel, 0 beyond the grid.

    Returns
    -------
    (frame, row, column) uint8
        Frames in the order of `source.positions_mm`.
    """
    origins, row_step, column_step = _in_voxels(labels, source)
    if _frames_are_slices(labels, source, origins, row_step, column_step):
        return _copy_slices(labels, np.rint(origins[:, 0]).astype(np.intp))
    frames = np.zeros(source.shape, dtype=np.uint8)
    for frame, origin in zip(frames, origins, strict=True):
        frame[:] = _nearest(labels.array, origin, row_step, column_step, source.shape[1:])
    return frames


def nearest_frame(source: Source, point: NDArray[np.float64]) -> int:
    """Index of the frame whose plane is nearest to a point [mm, LPS]."""
    normal = np.cross(source.orientation[:3], source.orientation[3:])
    return int(np.argmin(np.abs((source.positions_mm - point) @ normal)))


def _in_voxels(
    labels: LabelMap, source: Source
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """First pixel of every frame, and one step down a column and along a row, in voxels of the grid."""
    rows_mm, columns_mm = source.pixel_spacing_mm
    origins = to_index(labels, source.positions_mm)
    down = to_index(labels, source.positions_mm[0] + source.orientation[3:] * rows_mm) - origins[0]
    along = to_index(labels, source.positions_mm[0] + source.orientation[:3] * columns_mm) - origins[0]
    return origins, down, along


def _frames_are_slices(
    labels: LabelMap,
    source: Source,
    origins: NDArray[np.float64],
    down: NDArray[np.float64],
    along: NDArray[np.float64],
) -> bool:
    if tuple(labels.spatial_shape[1:]) != source.shape[1:]:
        return False
    drift = np.abs(down - (0, 1, 0)) * source.shape[1] + np.abs(along - (0, 0, 1)) * source.shape[2]
    offset = np.abs(origins - np.rint(origins) * (1, 0, 0))
    return bool(np.all(drift < _SAME_PLACE) and np.all(offset < _SAME_PLACE))


def _copy_slices(labels: LabelMap, slices: NDArray[np.intp]) -> NDArray[np.uint8]:
    inside = (slices >= 0) & (slices < labels.spatial_shape[0])
    frames: NDArray[np.uint8] = np.asarray(labels.array, dtype=np.uint8)[np.where(inside, slices, 0)]
    frames[~inside] = 0
    return frames


def _nearest(
    array: NDArray[np.generic],
    origin: NDArray[np.float64],
    down: NDArray[np.float64],
    along: NDArray[np.float64],
    shape: tuple[int, ...],
) -> NDArray[np.uint8]:
    rows = np.arange(shape[0], dtype=np.float32)[:, None]
    columns = np.arange(shape[1], dtype=np.float32)[None, :]
    inside = np.ones(shape, dtype=bool)
    flat = np.zeros(shape, dtype=np.intp)
    for axis, size in enumerate(array.shape):
        start, row, column = (np.float32(vector[axis]) for vector in (origin, down, along))
        index = np.floor(start + np.float32(0.5) + rows * row + columns * column).astype(np.intp)
        inside &= (index >= 0) & (index < size)
        flat = flat * size + np.clip(index, 0, size - 1)
    return np.where(inside, array.reshape(-1)[flat], 0).astype(np.uint8)
