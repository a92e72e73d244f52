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

from spineseg.anatomy.boxes import Box
from spineseg.anatomy.centerline import frame_at, project
from spineseg.anatomy.distance import Field, signed_distance
from spineseg.domain.anatomy import Centerline
from spineseg.domain.labels import CANAL_CONTENT
from spineseg.domain.volume import LabelMap, spacing_mm, to_index, to_patient

PIXEL_MM = 0.4  # below the in-plane size of spine MR (0.5-1.0 mm)
HALF_WIDTH_MM = 20.0  # a lumbar canal is up to 30 mm wide
# Slices thicker than this are met at their own planes where they cross the canal almost squarely: between them
# nothing was measured. [P]
_THICK_MM = 1.5
_SQUARE_COSINE = 0.9
_COVERED_RADIUS_MM = 10.0  # the part of a plane that holds cord and sac
_MARGIN_VOXELS = 3
# Around the canal: outlines that lie in it, moved by a voxel, are not cut by the plane's edge. [P]
_BESIDE_CANAL_MM = 4.0
_BOX_PLANES = 8  # that bound a stretch of canal
_CANAL_POINTS = 5000  # voxels of it that are looked at; the margin holds what they miss


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


def plane_axis(width: int | None = None) -> NDArray[np.float64]:
    """Offsets of rows (to posterior) and of columns (to the left) from the middle of a plane [mm].

    Parameters
    ----------
    width
        Pixels of the plane from side to side; None for the widest plane.
    """
    count = round(HALF_WIDTH_MM / PIXEL_MM) if width is None else (width - 1) // 2
    return np.arange(-count, count + 1, dtype=np.float64) * PIXEL_MM


def to_pixel(field: Field, offset_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Row or column of an offset from the middle of a field's planes, fractions kept."""
    return np.asarray(offset_mm / PIXEL_MM + (field.shape[-1] - 1) // 2)


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Planes:
    """Where planes across the canal meet the voxels of a grid.

    Parameters
    ----------
    index : (3, S, H, W) [voxels]
        (slice, row, column) of every pixel within the box.
    box
        Voxels that hold all of the planes, with a margin.
    """

    position_mm: NDArray[np.float64]
    centre: NDArray[np.float64]
    covered: NDArray[np.bool_]
    spacing_mm: NDArray[np.float64]
    index: NDArray[np.float64]
    box: Box

    def sample(self, values: Field) -> Field:
        """Values of voxels in the box, on the planes: (S, H, W)."""
        found: Field = ndimage.map_coordinates(values, self.index, order=1, mode="nearest")
        return found

    def cut(self, masks: Mapping[str, NDArray[np.bool_]]) -> Sections:
        """Signed distances of masks, which are given in the box alone."""
        # Names of one and the same mask (a lesion alone in its surroundings) are computed once.
        unique = {id(mask): mask for mask in masks.values()}
        cuts = {key: self.sample(signed_distance(mask, self.spacing_mm)) for key, mask in unique.items()}
        several = len(self.position_mm) > 1
        return Sections(
            position_mm=self.position_mm,
            centre=self.centre,
            step_mm=np.gradient(self.position_mm) if several else np.array([float(self.spacing_mm.max())]),
            covered=self.covered,
            fields={name: cuts[id(mask)] for name, mask in masks.items()},
        )


def lay_planes(
    centerline: Centerline, grid: LabelMap, position_mm: NDArray[np.float64], half_width_mm: float = HALF_WIDTH_MM
) -> Planes:
    """Planes perpendicular to the canal.

    Parameters
    ----------
    position_mm : (S,) [mm]
        Along the centreline, growing.
    half_width_mm
        From the middle of a plane to its sides.
    """
    centre, left, posterior = frame_at(centerline, position_mm)
    offset = plane_axis(2 * int(np.ceil(half_width_mm / PIXEL_MM - 1e-6)) + 1)
    start = to_index(grid, centre)
    row, column = to_index(grid, centre + posterior) - start, to_index(grid, centre + left) - start
    index = np.stack(
        [
            start[:, axis, None, None]
            + offset[None, :, None] * row[:, axis, None, None]
            + offset[None, None, :] * column[:, axis, None, None]
            for axis in range(3)
        ]
    )
    upper = np.asarray(grid.spatial_shape)
    near = index[:, :, np.hypot(offset[:, None], offset[None, :]) <= _COVERED_RADIUS_MM]
    inside = (near >= -0.5) & (near <= upper[:, None, None] - 0.5)
    box = _box(index[:, :, [0, 0, -1, -1], [0, -1, 0, -1]].reshape(3, -1), upper)
    for axis, side in enumerate(box):
        index[axis] -= side.start
    return Planes(
        position_mm=position_mm, centre=centre, covered=np.all(inside, axis=(0, 2)), spacing_mm=spacing_mm(grid),
        index=index, box=box,
    )  # fmt: skip


def canal_half_width(centerline: Centerline, anatomy: LabelMap, position_mm: NDArray[np.float64]) -> float:
    """Half the width of planes that hold the whole canal over a stretch, with a margin; at most the widest [mm].

    Parameters
    ----------
    anatomy : (slice, row, column)
        Values of `domain.labels.ANATOMY`.
    position_mm : (S,) [mm]
        Of the planes along the centreline, growing.
    """
    some = np.unique(np.append(position_mm[:: max(1, len(position_mm) // _BOX_PLANES)], position_mm[-1]))
    box = lay_planes(centerline, anatomy, some).box
    table = np.isin(np.arange(256), CANAL_CONTENT)
    indices = np.argwhere(table[anatomy.array[box]]) + [side.start for side in box]
    if not len(indices):
        return HALF_WIDTH_MM
    at = project(centerline, to_patient(anatomy, indices[:: 1 + len(indices) // _CANAL_POINTS]))
    here = (at.position_mm >= position_mm[0] - 1.0) & (at.position_mm <= position_mm[-1] + 1.0)
    reach = np.maximum(np.abs(at.left_mm[here]), np.abs(at.posterior_mm[here]))
    needed = float(np.max(reach, initial=0.0)) + _BESIDE_CANAL_MM
    return float(np.clip(needed, _COVERED_RADIUS_MM, HALF_WIDTH_MM))


def _slice_crossings(own: NDArray[np.float64], slices: NDArray[np.float64]) -> NDArray[np.float64]:
    growing = slices if slices[-1] > slices[0] else -slices
    whole = np.arange(np.ceil(growing[0] - 1e-3), np.floor(growing[-1] + 1e-3) + 1)
    return np.asarray(np.interp(whole, growing, own))


def _box(index: NDArray[np.float64], upper: NDArray[np.integer]) -> Box:
    """Voxels around places (3, N)."""
    low = np.floor(index.min(axis=1)).astype(int) - _MARGIN_VOXELS
    high = np.ceil(index.max(axis=1)).astype(int) + _MARGIN_VOXELS + 1
    start = np.clip(low, 0, upper - 1)
    return tuple(slice(int(a), int(b)) for a, b in zip(start, np.clip(high, start + 1, upper), strict=True))
