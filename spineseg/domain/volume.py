"""Array + affine -> Volume: an image or label map with its place in patient space.

Array order is (slice, row, column) and patient space is DICOM LPS in mm (x to the patient's left,
y to posterior, z to the head), here and everywhere. The affine maps (slice, row, column, 1) of a
voxel's *centre* to LPS; it is the only carrier of orientation and spacing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import highdicom
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from spineseg.domain.quality import QualityNote

FloatArray = NDArray[np.floating]
IntArray = NDArray[np.integer]

# One array + affine + frame of reference. Label maps carry integers, images float32.
LabelMap: TypeAlias = highdicom.Volume
ImageGrid: TypeAlias = highdicom.Volume


class Modality(StrEnum):
    """Modality (0008,0060) of the series that spineseg reads."""

    MR = "MR"
    CT = "CT"


class SeriesRole(StrEnum):
    """What a series is used for; scored from tags and geometry by `ingest.selection`."""

    SAGITTAL_T2 = "sagittal_t2"
    AXIAL_T2 = "axial_t2"
    T1 = "t1"
    T1_CONTRAST = "t1_contrast"
    STIR = "stir"
    CT = "ct"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Volume:
    """Image of one series, in scanner units (MR) or HU (CT).

    Parameters
    ----------
    image : (slice, row, column) float32, read-only
        Voxels with their affine to LPS in mm.
    modality
        MR or CT.
    role
        What the series is used for.
    series_instance_uid
        Series that the image was read from; empty for an image file.
    quality
        What limits the image itself, such as a gantry tilt that was resampled away.
    """

    image: ImageGrid
    modality: Modality
    role: SeriesRole
    series_instance_uid: str
    quality: tuple[QualityNote, ...] = ()


def make_grid(
    array: NDArray[np.generic], affine: ArrayLike, frame_of_reference_uid: str | None = None
) -> highdicom.Volume:
    """Array and affine as one object in patient space; the array is made read-only.

    Parameters
    ----------
    array : (slice, row, column)
        Voxels; not copied.
    affine : (4, 4) [mm, LPS]
        Maps (slice, row, column, 1) to patient space.
    """
    view = array.view()
    view.flags.writeable = False
    return highdicom.Volume(
        array=view,
        affine=np.asarray(affine, dtype=np.float64),
        coordinate_system="PATIENT",
        frame_of_reference_uid=frame_of_reference_uid,
    )


def like(grid: highdicom.Volume, array: NDArray[np.generic]) -> highdicom.Volume:
    """Another array on the voxels of `grid`."""
    if array.shape != tuple(grid.spatial_shape):
        raise ValueError(f"array {array.shape} does not fit grid {tuple(grid.spatial_shape)}")
    return make_grid(array, grid.affine, grid.frame_of_reference_uid)


def to_patient(grid: highdicom.Volume, indices: ArrayLike) -> NDArray[np.float64]:
    """Voxel indices to patient space.

    Parameters
    ----------
    indices : (..., 3) [voxels]
        (slice, row, column), fractions allowed.

    Returns
    -------
    (..., 3) [mm, LPS]
    """
    affine = np.asarray(grid.affine, dtype=np.float64)
    points: NDArray[np.float64] = np.asarray(indices, dtype=np.float64) @ affine[:3, :3].T + affine[:3, 3]
    return points


def to_index(grid: highdicom.Volume, points: ArrayLike) -> NDArray[np.float64]:
    """Patient space to voxel indices (slice, row, column), fractions kept.

    Parameters
    ----------
    points : (..., 3) [mm, LPS]

    Returns
    -------
    (..., 3) [voxels]
    """
    affine = np.asarray(grid.affine, dtype=np.float64)
    inverse = np.linalg.inv(affine[:3, :3])
    index: NDArray[np.float64] = (np.asarray(points, dtype=np.float64) - affine[:3, 3]) @ inverse.T
    return index


def spacing_mm(grid: highdicom.Volume) -> NDArray[np.float64]:
    """Distance of voxel centres along (slice, row, column) [mm]."""
    columns = np.asarray(grid.affine, dtype=np.float64)[:3, :3]
    return np.sqrt(np.sum(columns**2, axis=0, dtype=np.float64))


def voxel_volume_mm3(grid: highdicom.Volume) -> float:
    """Volume of one voxel [mm³]."""
    return float(abs(np.linalg.det(np.asarray(grid.affine, dtype=np.float64)[:3, :3])))


def same_grid(first: highdicom.Volume, second: highdicom.Volume, *, tolerance_mm: float = 1e-3) -> bool:
    """Whether two grids have the same shape and voxels at the same places."""
    return tuple(first.spatial_shape) == tuple(second.spatial_shape) and bool(
        np.allclose(first.affine, second.affine, atol=tolerance_mm)
    )


def sample_at(
    grid: highdicom.Volume, points: ArrayLike, *, order: int = 1, outside: float = 0.0
) -> NDArray[np.generic]:
    """Values of a grid at points of patient space.

    Parameters
    ----------
    points : (..., 3) [mm, LPS]
    order
        0 nearest (label maps), 1 linear.
    outside
        Value beyond the grid (half a voxel beyond the outer centres still belongs to it).

    Returns
    -------
    (...) of the grid's dtype
    """
    index = to_index(grid, points)
    shape = index.shape[:-1]
    flat = index.reshape(-1, 3).T
    upper = np.asarray(grid.spatial_shape, dtype=np.float64)[:, None] - 0.5
    inside = np.all((flat >= -0.5) & (flat < upper), axis=0)
    values = np.full(flat.shape[1], outside, dtype=grid.array.dtype)
    values[inside] = ndimage.map_coordinates(grid.array, flat[:, inside], order=order, mode="nearest")
    return values.reshape(shape)


def resample(
    source: highdicom.Volume, target: highdicom.Volume, *, order: int = 1, outside: float = 0.0
) -> highdicom.Volume:
    """`source` on the voxels of `target`.

    Parameters
    ----------
    order
        0 nearest (label maps), 1 linear (images; no smoothing before a coarser target).
    outside
        Value beyond the source.
    """
    if same_grid(source, target):
        return source
    index_map = np.linalg.inv(np.asarray(source.affine, dtype=np.float64)) @ np.asarray(target.affine)
    result = ndimage.affine_transform(
        source.array,
        index_map[:3, :3],
        offset=index_map[:3, 3],
        output_shape=tuple(target.spatial_shape),
        order=order,
        mode="grid-constant",
        cval=outside,
    )
    return make_grid(result, target.affine, target.frame_of_reference_uid)
