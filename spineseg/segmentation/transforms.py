"""Volume -> network input on the working grid (x left, y posterior, z head), and label maps back again."""

from __future__ import annotations

import math

import highdicom
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from spineseg.domain.volume import ImageGrid, Modality, Volume, make_grid, spacing_mm, to_patient

# Percentiles of the voxels that show tissue, mapped to -1 and 1. Proposal [P].
MR_PERCENTILES = (0.5, 99.5)
# HU against network value: soft tissue gets the steep part, cortical bone keeps some. Proposal [P].
CT_KNOTS_HU = (-1000.0, -200.0, 200.0, 1200.0)
CT_KNOTS = (-1.0, -0.8, 0.2, 1.0)
OUTSIDE = -1.0  # network value beyond the field of view
# Standard deviation of the smoothing before subsampling by f: 0.4 (f - 1) voxels. Proposal [P].
SMOOTHING_PER_FACTOR = 0.4


def normalise(
    image: NDArray[np.floating], modality: Modality, *, percentiles: tuple[float, float] = MR_PERCENTILES
) -> NDArray[np.float32]:
    """Intensities as the networks see them; training and inference both call this.

    Parameters
    ----------
    image
        HU (CT) or scanner units (MR).
    percentiles : [%]
        Of the tissue voxels of an MR image, mapped to -1 and 1.

    Returns
    -------
    float32 of the same shape, in [-1, 1]
    """
    if modality is Modality.CT:
        return _float32(np.interp(image, CT_KNOTS_HU, CT_KNOTS))
    tissue = image[image > image.min()] if image.size else image
    if tissue.size == 0:
        return np.full(image.shape, OUTSIDE, dtype=np.float32)
    low, high = np.percentile(tissue, percentiles)
    scaled = (image - low) / max(float(high - low), np.finfo(np.float32).tiny)
    return _float32(np.clip(scaled, 0.0, 1.0) * 2 - 1)


def working_grid(volume: highdicom.Volume, spacing: float, *, box: NDArray[np.float64] | None = None) -> ImageGrid:
    """Empty grid along the patient's axes that covers a volume or a box of it.

    Parameters
    ----------
    spacing : [mm]
        Distance of the voxels, the same along x, y and z.
    box : (2, 3) [mm, LPS], optional
        Lower and upper corner; the whole volume where it is not given.

    Returns
    -------
    (x, y, z) uint8
        Affine diag(spacing) plus translation: x to the patient's left, y to posterior, z to the head.
    """
    lower, upper = patient_box(volume) if box is None else box
    shape = tuple(int(max(1, math.ceil(extent / spacing - 1e-6))) for extent in upper - lower)
    affine = np.diag([spacing, spacing, spacing, 1.0])
    affine[:3, 3] = lower + spacing / 2
    # A broadcast zero: the grid is wanted, its voxels never take memory.
    return make_grid(np.broadcast_to(np.uint8(0), shape), affine, volume.frame_of_reference_uid)


def patient_box(volume: highdicom.Volume) -> NDArray[np.float64]:
    """Axis-aligned box around a volume's voxels, their half-widths included: (2, 3) [mm, LPS]."""
    upper = np.asarray(volume.spatial_shape, dtype=np.float64) - 0.5
    corners = np.stack(np.meshgrid(*((-0.5, end) for end in upper), indexing="ij"), axis=-1).reshape(-1, 3)
    points = to_patient(volume, corners)
    return np.stack([points.min(axis=0), points.max(axis=0)])


def to_working(image: ImageGrid, grid: ImageGrid, *, outside: float) -> NDArray[np.float32]:
    """Image on the working grid, smoothed first along the axes that get coarser.

    Parameters
    ----------
    outside
        Value beyond the image, in its units.

    Returns
    -------
    (x, y, z) float32
    """
    part, affine = _crop_to(image, grid)
    if part.size == 0:
        return np.full(tuple(grid.spatial_shape), outside, dtype=np.float32)
    smoothed, affine = _reduce(part, affine, float(spacing_mm(grid)[0]))
    index_map = np.asarray(np.linalg.inv(affine) @ np.asarray(grid.affine), dtype=np.float64)
    return _affine_transform(smoothed, index_map, tuple(grid.spatial_shape), outside)


def network_image(volume: Volume, grid: ImageGrid) -> NDArray[np.float32]:
    """Normalised image on a working grid; `OUTSIDE` beyond the field of view.

    Returns
    -------
    (x, y, z) float32 in [-1, 1]
    """
    lowest = CT_KNOTS_HU[0] if volume.modality is Modality.CT else float(volume.image.array.min())
    return normalise(to_working(volume.image, grid, outside=lowest), volume.modality)


def labels_to_source(labels: NDArray[np.uint8], grid: ImageGrid, source: highdicom.Volume) -> NDArray[np.uint8]:
    """Label map of the working grid on the voxels of the source, nearest neighbour.

    Parameters
    ----------
    labels : (x, y, z) uint8

    Returns
    -------
    (slice, row, column) uint8
    """
    result = np.zeros(tuple(source.spatial_shape), dtype=np.uint8)
    occupied = np.argwhere(labels.any(axis=(1, 2)))
    if occupied.size == 0:
        return result
    window = index_window(source, grid)
    shape = tuple(part.stop - part.start for part in window)
    index_map = np.linalg.inv(np.asarray(grid.affine)) @ _shifted(source.affine, [part.start for part in window])
    ndimage.affine_transform(
        labels, *_split(index_map), output_shape=shape, order=0, mode="grid-constant", output=result[window]
    )
    return result


def _float32(values: NDArray[np.floating]) -> NDArray[np.float32]:
    return values.astype(np.float32, copy=False)


def _crop_to(image: ImageGrid, grid: ImageGrid) -> tuple[NDArray[np.floating], NDArray[np.float64]]:
    window = index_window(image, grid)
    return image.array[window], _shifted(image.affine, [part.start for part in window])


def index_window(volume: highdicom.Volume, grid: ImageGrid) -> tuple[slice, ...]:
    """Smallest block of `volume` that holds every voxel of `grid`, with a margin of one grid voxel."""
    lower, upper = patient_box(grid)
    margin = spacing_mm(grid)[0]
    corners = np.stack(np.meshgrid(*zip(lower - margin, upper + margin, strict=True), indexing="ij"), -1).reshape(-1, 3)
    inverse = np.linalg.inv(np.asarray(volume.affine, dtype=np.float64))
    index = corners @ inverse[:3, :3].T + inverse[:3, 3]
    shape = np.asarray(volume.spatial_shape)
    start = np.clip(np.floor(index.min(axis=0)).astype(int), 0, shape)
    stop = np.clip(np.ceil(index.max(axis=0)).astype(int) + 1, start, shape)
    return tuple(slice(int(first), int(last)) for first, last in zip(start, stop, strict=True))


def _reduce(
    image: NDArray[np.floating], affine: NDArray[np.float64], spacing: float
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Mean of whole blocks, then a Gaussian for what remains of the factor; both keep voxel centres exact."""
    factors = spacing / np.linalg.norm(affine[:3, :3], axis=0)
    blocks = [
        max(1, int(factor + 1e-3)) if count >= factor else 1 for factor, count in zip(factors, image.shape, strict=True)
    ]
    reduced = image.astype(np.float32, copy=False)
    for axis, block in enumerate(blocks):
        reduced = _block_mean(reduced, axis, block)
    scale = np.diag([*blocks, 1.0])
    scale[:3, 3] = (np.asarray(blocks) - 1) / 2
    sigma = [SMOOTHING_PER_FACTOR * max(0.0, factor / block - 1) for factor, block in zip(factors, blocks, strict=True)]
    if max(sigma) > 0.05:  # voxels; less changes nothing
        reduced = ndimage.gaussian_filter(reduced, sigma, mode="nearest", truncate=3.0)
    return reduced, affine @ scale


def _block_mean(image: NDArray[np.float32], axis: int, block: int) -> NDArray[np.float32]:
    whole = image.shape[axis] // block * block
    if block == 1:
        return image
    moved = np.moveaxis(image, axis, 0)[:whole]
    total = moved[0::block].copy()
    for offset in range(1, block):
        total += moved[offset::block]
    return np.moveaxis(total / np.float32(block), 0, axis)


def _affine_transform(
    image: NDArray[np.float32], index_map: NDArray[np.float64], shape: tuple[int, ...], outside: float
) -> NDArray[np.float32]:
    """Linear interpolation; the outer half voxel belongs to the image."""
    matrix, offset = _split(index_map)
    values = np.empty(shape, dtype=np.float32)
    ndimage.affine_transform(image, matrix, offset, order=1, mode="nearest", output=values, output_shape=shape)
    values[~_inside(matrix, offset, shape, image.shape)] = outside
    return values


def _inside(
    matrix: NDArray[np.float64], offset: NDArray[np.float64], shape: tuple[int, ...], source_shape: tuple[int, ...]
) -> NDArray[np.bool_]:
    inside = np.ones(shape, dtype=bool)
    axes = np.ogrid[tuple(slice(0, count) for count in shape)]
    for row, start, count in zip(matrix, offset, source_shape, strict=True):
        index = (start + row[0] * axes[0]).astype(np.float32) + (row[1] * axes[1] + row[2] * axes[2]).astype(np.float32)
        inside &= (index >= -0.5 - 1e-3) & (index <= count - 0.5 + 1e-3)
    return inside


def _shifted(affine: ArrayLike, start: ArrayLike) -> NDArray[np.float64]:
    moved = np.array(affine, dtype=np.float64)
    moved[:3, 3] += moved[:3, :3] @ np.asarray(start, dtype=np.float64)
    return moved


def _split(index_map: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return index_map[:3, :3], index_map[:3, 3]
