"""Masks + Centerline -> Sections: signed distances of each structure on planes perpendicular to the canal.

A mask is never cut with nearest neighbours: its signed distance (in three dimensions, so that thick slices blend
into each other) is sampled linearly, and the outline is where it crosses zero. Dilating or eroding a structure by
e mm is then a subtraction, and lengths and areas resolve less than a pixel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.anatomy.centerline import frame_at
from spineseg.domain.anatomy import Centerline
from spineseg.domain.volume import LabelMap, spacing_mm, to_index

Field = NDArray[np.float32]

PIXEL_MM = 0.4  # below the in-plane size of spine MR (0.5-1.0 mm)
HALF_WIDTH_MM = 20.0  # a lumbar canal is up to 30 mm wide
# Slices thicker than this are met at their own planes where they cross the canal almost squarely: between them
# nothing was measured. [P]
_THICK_MM = 1.5
_SQUARE_COSINE = 0.9
_FAR_MM = 30.0  # signed distance where a structure is absent
_SMOOTHING_VOXELS = 0.7  # takes the voxel steps from an outline; moves it by less than 0.02 mm at 5 mm radius
_COVERED_RADIUS_MM = 10.0  # the part of a plane that holds cord and sac
_MARGIN_VOXELS = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sections:
    """Planes perpendicular to the canal; rows run to posterior, columns to the patient's left.

    Parameters
    ----------
    position_mm : (S,) [mm]
        Along the centreline.
    centre : (S, 3) [mm, LPS]
        Middle of each plane, on the centreline.
    step_mm : (S,) [mm]
        Length of canal that each plane stands for.
    covered : (S,)
        Whether the canal's part of the plane lies in the field of view.
    fields : name -> (S, H, W) [mm]
        Signed distance, negative inside.
    """

    position_mm: NDArray[np.float64]
    centre: NDArray[np.float64]
    step_mm: NDArray[np.float64]
    covered: NDArray[np.bool_]
    fields: Mapping[str, Field]

    def planes(self, chosen: NDArray[np.bool_]) -> Sections:
        """Some of the planes."""
        return Sections(
            position_mm=self.position_mm[chosen],
            centre=self.centre[chosen],
            step_mm=self.step_mm[chosen],
            covered=self.covered[chosen],
            fields={name: field[chosen] for name, field in self.fields.items()},
        )


def plane_axis() -> NDArray[np.float64]:
    """Offsets of rows (to posterior) and of columns (to the left) from the middle of a plane [mm]."""
    count = round(HALF_WIDTH_MM / PIXEL_MM)
    return np.arange(-count, count + 1, dtype=np.float64) * PIXEL_MM


def station_positions(centerline: Centerline, grid: LabelMap, low_mm: float, high_mm: float) -> NDArray[np.float64]:
    """Where to cut between two positions: at the slices where they are thick and square to the canal, else every mm.

    Returns
    -------
    (S,) [mm]
        Along the centreline, growing.
    """
    own = np.arange(len(centerline.points), dtype=np.float64) * centerline.step_mm
    low_mm, high_mm = max(low_mm, 0.0), min(high_mm, float(own[-1]))
    spacing = spacing_mm(grid)
    axis = int(np.argmax(spacing))
    inside = (own >= low_mm - 1e-6) & (own <= high_mm + 1e-6)
    if spacing[axis] > _THICK_MM and inside.sum() > 1:
        normal = np.asarray(grid.affine)[:3, axis] / spacing[axis]
        slices = to_index(grid, centerline.points)[inside, axis]
        square = np.abs(centerline.tangents[inside] @ normal).min() > _SQUARE_COSINE
        if square and abs(np.sign(np.diff(slices)).sum()) == len(slices) - 1:
            return _slice_crossings(own[inside], slices)
    return np.arange(np.ceil(low_mm), high_mm + 1e-6, 1.0)


def cut(
    centerline: Centerline, grid: LabelMap, masks: Mapping[str, NDArray[np.bool_]], position_mm: NDArray[np.float64]
) -> Sections:
    """Signed distances of masks on planes perpendicular to the canal.

    Parameters
    ----------
    masks : name -> (slice, row, column)
        On the voxels of `grid`.
    position_mm : (S,) [mm]
        Along the centreline, growing.
    """
    centre, left, posterior = frame_at(centerline, position_mm)
    offset = plane_axis()
    points = (
        centre[:, None, None, :]
        + offset[None, :, None, None] * posterior[:, None, None, :]
        + offset[None, None, :, None] * left[:, None, None, :]
    )
    index = to_index(grid, points)
    upper = np.asarray(grid.spatial_shape)
    inside = np.all((index >= -0.5) & (index <= upper - 0.5), axis=-1)
    near = np.hypot(offset[:, None], offset[None, :]) <= _COVERED_RADIUS_MM
    box = _box(index, upper)
    local = np.moveaxis(index - [side.start for side in box], -1, 0)
    spacing = spacing_mm(grid)
    # Names of one and the same mask (a lesion alone in its series) are computed once.
    unique = {id(mask): mask for mask in masks.values()}
    cuts = {
        key: ndimage.map_coordinates(signed_distance(mask[box], spacing), local, order=1, mode="nearest")
        for key, mask in unique.items()
    }
    fields = {name: cuts[id(mask)] for name, mask in masks.items()}
    step = np.gradient(position_mm) if len(position_mm) > 1 else np.array([float(spacing.max())])
    return Sections(
        position_mm=position_mm, centre=centre, step_mm=step, covered=np.all(inside[:, near], axis=1), fields=fields
    )


def signed_distance(mask: NDArray[np.bool_], spacing: NDArray[np.float64]) -> Field:
    """Distance to the outline of a mask, negative inside: (slice, row, column) [mm].

    Parameters
    ----------
    spacing : (3,) [mm]
        Of the voxels.
    """
    mask = _without_pinholes(mask, spacing)
    if not mask.any():
        return np.full(mask.shape, _FAR_MM, dtype=np.float32)
    if mask.all():
        return np.full(mask.shape, -_FAR_MM, dtype=np.float32)
    filled = ndimage.distance_transform_edt(~mask, sampling=spacing)
    within = _depth(mask, spacing)
    # The outline lies half a voxel from the outermost centres.
    half = 0.5 * spacing.min()
    distance = np.where(mask, half - within, filled - half).astype(np.float32)
    smooth: Field = ndimage.gaussian_filter(distance, _SMOOTHING_VOXELS * spacing.min() / spacing, truncate=3.0)
    return np.clip(smooth, -_FAR_MM, _FAR_MM)


def _depth(mask: NDArray[np.bool_], spacing: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance of the inner voxels to the nearest outer one [mm]; found within the mask's own box and a voxel more."""
    depth = np.zeros(mask.shape)
    (found,) = ndimage.find_objects(mask.view(np.uint8))
    box = tuple(slice(max(0, side.start - 1), side.stop + 1) for side in found)
    depth[box] = ndimage.distance_transform_edt(mask[box], sampling=spacing)
    return depth


def _without_pinholes(mask: NDArray[np.bool_], spacing: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Single missing voxels filled, where six of the eight neighbours in the slice are there; outlines stay."""
    size = [3, 3, 3]
    size[int(np.argmax(spacing))] = 1
    neighbours = 9 * ndimage.uniform_filter(mask.astype(np.float32), size, mode="nearest")
    return np.asarray(mask | (neighbours > 5.5))


def _slice_crossings(own: NDArray[np.float64], slices: NDArray[np.float64]) -> NDArray[np.float64]:
    growing = slices if slices[-1] > slices[0] else -slices
    whole = np.arange(np.ceil(growing[0] - 1e-3), np.floor(growing[-1] + 1e-3) + 1)
    return np.asarray(np.interp(whole, growing, own))


def _box(index: NDArray[np.float64], upper: NDArray[np.integer]) -> tuple[slice, ...]:
    low = np.floor(index.reshape(-1, 3).min(axis=0)).astype(int) - _MARGIN_VOXELS
    high = np.ceil(index.reshape(-1, 3).max(axis=0)).astype(int) + _MARGIN_VOXELS + 1
    start = np.clip(low, 0, upper - 1)
    return tuple(slice(int(a), int(b)) for a, b in zip(start, np.clip(high, start + 1, upper), strict=True))
