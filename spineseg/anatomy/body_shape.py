"""SpineAnatomy + vertebra -> BodyShape: end plates, heights and walls of a vertebral body in a frame of its own.

The body is probed along its own axis on a grid of columns, on its signed distance, so that neither the grid's
orientation nor its voxel size shows in a height by more than a part of a voxel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.anatomy.boxes import Box, label_box
from spineseg.anatomy.distance import signed_distance
from spineseg.domain.anatomy import Centerline, SpineAnatomy, Vertebra
from spineseg.domain.labels import SACRUM, VERTEBRAL_BODY
from spineseg.domain.volume import spacing_mm, to_index, to_patient

Points = NDArray[np.float64]

_PROBE_MM = 1.0  # distance of columns, and of samples along them; crossings are interpolated
_PAD_VOXELS = 3
_LEAST_VOXELS = 50  # fewer are a splinter, not a body [P]
_CENTRAL = 0.6  # share of the body's width whose columns give heights and walls [P]
_WALL_RANGE = (0.12, 0.88)  # part of the height whose walls are fitted: rims and osteophytes stay out [P]
_LEAST_COLUMNS = 6
# Beyond a plane of the end plate by this much a column is an outlier: a spur or a node. [P]
_OUTLIER_MM = 3.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BodyShape:
    """One vertebral body.

    Parameters
    ----------
    origin : (3,) [mm, LPS]
        Centroid of the body.
    axes : (3, 3)
        Rows: unit vectors caudally along the canal, to the left, to anterior.
    heights_mm : (3,) [mm]
        Median end-plate-to-end-plate height of the anterior, middle and posterior third; NaN where it has none.
    upper, lower : (3,)
        End plates as planes along = a + b·left + c·anterior, from the origin.
    wall, side : (2,)
        Posterior wall (anterior = a + b·along) and middle line (left = a + b·along).
    extent_mm : (2,) [mm]
        Mean cranial and caudal end along the axis, from the origin.
    width_mm, depth_mm
        From side to side and from front to back.
    along_voxel_mm, left_voxel_mm
        Size of a voxel along the body's axis and from side to side.
    """

    origin: Points
    axes: Points
    heights_mm: Points
    upper: Points
    lower: Points
    wall: Points
    side: Points
    extent_mm: Points
    width_mm: float
    depth_mm: float
    along_voxel_mm: float
    left_voxel_mm: float

    def normal(self, plate: Points) -> Points:
        """Unit normal of an end plate, pointing caudally: (3,) in patient space."""
        vector = self.axes[0] - plate[1] * self.axes[1] - plate[2] * self.axes[2]
        result: Points = vector / np.linalg.norm(vector)
        return result

    def wall_point(self, along_mm: float) -> Points:
        """Point of the posterior wall, in the middle, extrapolated where need be: (3,) [mm, LPS]."""
        left = self.side[0] + self.side[1] * along_mm
        anterior = self.wall[0] + self.wall[1] * along_mm
        result: Points = self.origin + along_mm * self.axes[0] + left * self.axes[1] + anterior * self.axes[2]
        return result


def body_shape(anatomy: SpineAnatomy, vertebra: Vertebra, box: Box | None = None) -> BodyShape | None:
    """Shape of one body; None where it is not wholly in view or the masks give it no body.

    Parameters
    ----------
    box
        Voxels that hold the vertebra, where they are known.
    """
    if anatomy.centerline is None or not vertebra.complete or vertebra.label == SACRUM:
        return None
    grid = anatomy.segmentation.anatomy
    found = label_box(grid, vertebra.label) if box is None else box
    if found is None:
        return None
    box = tuple(slice(max(0, side.start - _PAD_VOXELS), side.stop + _PAD_VOXELS) for side in found)
    body = (grid.array[box] == vertebra.label) & (anatomy.segmentation.subregions.array[box] == VERTEBRAL_BODY)
    if np.count_nonzero(body) < _LEAST_VOXELS:
        return None
    corner = np.array([side.start for side in box], dtype=np.float64)
    points = to_patient(grid, np.argwhere(body) + corner)
    origin = points.mean(axis=0)
    axes = _axes(anatomy.centerline, vertebra)
    local = (points - origin) @ axes.T
    low, high = np.percentile(local, 1, axis=0) - 3.0, np.percentile(local, 99, axis=0) + 3.0
    along, left, anterior = (np.arange(first, last, _PROBE_MM) for first, last in zip(low, high, strict=True))
    probe = np.stack(np.meshgrid(along, left, anterior, indexing="ij"), axis=-1)
    index = to_index(grid, origin + probe @ axes) - corner
    distance = signed_distance(body, spacing_mm(grid))
    field = ndimage.map_coordinates(distance, np.moveaxis(index, -1, 0), order=1, mode="nearest")
    voxel = np.linalg.norm(axes @ np.asarray(grid.affine)[:3, :3], axis=1)
    return _measured(field, (along, left, anterior), local, origin=origin, axes=axes, voxel_mm=voxel)


def _axes(centerline: Centerline, vertebra: Vertebra) -> Points:
    """Axes of the body: the canal's mean direction along its height, and its anterior side: (3, 3)."""
    low, high = (
        int(np.clip(round(end / centerline.step_mm), 0, len(centerline.points) - 1)) for end in vertebra.extent_mm
    )
    tangent = centerline.tangents[low : high + 1].mean(axis=0)
    tangent /= np.linalg.norm(tangent)
    anterior = centerline.anterior[low : high + 1].mean(axis=0)
    anterior -= (anterior @ tangent) * tangent
    anterior /= np.linalg.norm(anterior)
    return np.stack([tangent, np.cross(anterior, tangent), anterior])


def _measured(
    field: Points,
    grid: tuple[Points, Points, Points],
    local: Points,
    *,
    origin: Points,
    axes: Points,
    voxel_mm: Points,
) -> BodyShape | None:
    along, left, anterior = grid
    top, bottom = _crossings(field, along)
    middle, half = np.median(local[:, 1]), 0.5 * np.ptp(np.percentile(local[:, 1], (2, 98)))
    central = np.abs(left - middle)[:, None] < _CENTRAL * half
    front, back = np.percentile(local[:, 2], (98, 2))
    inner = (anterior > back + 1.0) & (anterior < front - 1.0)
    used = np.isfinite(top) & central & inner
    if used.sum() < _LEAST_COLUMNS:
        return None
    thirds = np.clip(((front - anterior) / (front - back) * 3).astype(int), 0, 2)
    height = bottom - top
    heights = np.array(
        [
            np.median(height[used & (thirds == third)]) if (used & (thirds == third)).any() else np.nan
            for third in range(3)
        ]
    )
    u, v = np.meshgrid(left, anterior, indexing="ij")
    extent = np.array([np.median(top[used]), np.median(bottom[used])])
    walls = _walls(field, grid, extent, central[:, 0])
    if walls is None:
        return None
    return BodyShape(
        origin=origin, axes=axes, heights_mm=heights, upper=_plane(u[used], v[used], top[used]),
        lower=_plane(u[used], v[used], bottom[used]), wall=walls[0], side=walls[1], extent_mm=extent,
        width_mm=float(2 * half), depth_mm=float(front - back), along_voxel_mm=float(voxel_mm[0]),
        left_voxel_mm=float(voxel_mm[1]),
    )  # fmt: skip


def _crossings(field: Points, along: Points) -> tuple[Points, Points]:
    """First and last zero crossing of every column (A, L, V), NaN where a column never enters: (L, V) twice."""
    inside = field < 0
    first = np.argmax(inside, axis=0)
    last = len(along) - 1 - np.argmax(inside[::-1], axis=0)
    before, after = np.maximum(first - 1, 0), np.minimum(last + 1, len(along) - 1)

    def value(number: NDArray[np.intp]) -> Points:
        return np.asarray(np.take_along_axis(field, number[None], axis=0)[0], dtype=np.float64)

    top = along[first] - _PROBE_MM * _share(value(first), value(before)) * (first > 0)
    bottom = along[last] + _PROBE_MM * _share(value(last), value(after)) * (last < len(along) - 1)
    seen = inside.any(axis=0)
    return np.where(seen, top, np.nan), np.where(seen, bottom, np.nan)


def _share(inside: Points, outside: Points) -> Points:
    return np.clip(-inside / np.maximum(outside - inside, 1e-6), 0.0, 1.0)


def _plane(u: Points, v: Points, along: Points) -> Points:
    """Least-squares plane, fitted again without the columns that lie far from it: (3,)."""
    design = np.stack([np.ones_like(u), u, v], axis=1)
    fit = np.linalg.lstsq(design, along, rcond=None)[0]
    near = np.abs(design @ fit - along) < _OUTLIER_MM
    return np.asarray(np.linalg.lstsq(design[near], along[near], rcond=None)[0] if near.sum() >= 3 else fit)


def _walls(
    field: Points, grid: tuple[Points, Points, Points], extent: Points, central: NDArray[np.bool_]
) -> tuple[Points, Points] | None:
    """Lines of the posterior wall and of the body's middle along its height, on the zero crossings of the distance."""
    along, left, anterior = grid
    height = extent[1] - extent[0]
    inner = (along > extent[0] + _WALL_RANGE[0] * height) & (along < extent[0] + _WALL_RANGE[1] * height)
    if inner.sum() < 2:
        return None
    slab = field[inner]
    back, _ = _crossings(np.moveaxis(slab[:, central], 2, 0), anterior)
    right_edge, left_edge = _crossings(np.moveaxis(slab, 1, 0), left)
    walls, middles = np.nanmedian(back, axis=1), np.nanmedian(0.5 * (right_edge + left_edge), axis=1)
    seen = np.isfinite(walls) & np.isfinite(middles)
    if seen.sum() < 2:
        return None
    design = np.stack([np.ones(int(seen.sum())), along[inner][seen]], axis=1)
    return np.linalg.lstsq(design, walls[seen], rcond=None)[0], np.linalg.lstsq(design, middles[seen], rcond=None)[0]
