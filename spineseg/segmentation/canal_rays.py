"""Tube-like mask -> its middle, depth below its wall and angle around it, slice by slice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]

_SECTORS = 24  # of 15 degrees each: finer ones hold too few voxels of a cord


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CanalRays:
    """A tube that runs roughly along z.

    Parameters
    ----------
    centres : (2, z) [voxels]
        x and y of the middle of each slice.
    depth : (x, y, z) [voxels]
        Distance from the wall within the slice; 0 outside.
    angle : (x, y, z) [rad]
        Around the middle: 0 anterior, positive to the patient's left.
    inward : (2, x, y, z)
        Unit vector from the wall to the inside.
    radius_mm
        Median of the slices' radii of equal area; voxels of 1 mm.
    """

    centres: FloatArray
    depth: FloatArray
    angle: FloatArray
    inward: FloatArray
    radius_mm: float

    def middle(self, level: int) -> FloatArray:
        """X and y of a slice's middle [voxels]."""
        middle: FloatArray = self.centres[:, level]
        return middle

    def point(self, angle: float, distance: float, level: int) -> NDArray[np.float64]:
        """Point so far from a slice's middle: (3,) [voxels]."""
        x, y = self.centres[:, level]
        return np.array([x + distance * np.sin(angle), y - distance * np.cos(angle), level])

    def wall(self, angle: float, level: int) -> float:
        """Distance from a slice's middle to the wall [voxels]; 0 where the middle lies outside."""
        steps = np.arange(0.0, max(self.depth.shape[:2]), 0.5)
        x, y = self.centres[:, level, None] + np.outer((np.sin(angle), -np.cos(angle)), steps)
        within = ndimage.map_coordinates(self.depth[..., level], (x, y), order=0, cval=0) > 0
        return float(steps[np.argmin(within)])

    def first(self, mask: BoolArray, *, fill: float) -> FloatArray:
        """Depth at which a mask begins, seen from the wall: (x, y, z) [voxels].

        Parameters
        ----------
        fill
            Where a sector of a slice holds none of the mask.
        """
        sector = self._sector()
        table = np.full((_SECTORS, mask.shape[2]), np.inf, dtype=np.float32)
        where = np.nonzero(mask & (self.depth > 0))
        np.minimum.at(table, (sector[where], where[2]), self.depth[where])
        known = np.isfinite(table)
        # Normalised smoothing over neighbouring sectors (all around) and slices.
        modes = ("wrap", "nearest")
        weight = ndimage.gaussian_filter(known.astype(np.float32), 1.0, mode=modes)
        smooth = ndimage.gaussian_filter(np.where(known, table, 0).astype(np.float32), 1.0, mode=modes)
        table = np.where(weight > 0.05, smooth / np.maximum(weight, 1e-6), np.float32(fill))
        begins: FloatArray = table[sector, np.arange(mask.shape[2])]
        return begins

    def _sector(self) -> NDArray[np.intp]:
        share = (self.angle / (2 * np.pi)) % 1.0
        return np.minimum((share * _SECTORS).astype(np.intp), _SECTORS - 1)


def cast_rays(mask: BoolArray) -> CanalRays:
    """Frame of a tube-like mask that is not empty."""
    area = mask.sum(axis=(0, 1)).astype(np.float64)
    held = np.flatnonzero(area)
    index = np.arange(mask.shape[2])
    centres = np.empty((2, mask.shape[2]), dtype=np.float32)
    for axis in range(2):
        sums = np.arange(mask.shape[axis]) @ mask.sum(axis=1 - axis)
        filled = np.interp(index, held, sums[held] / area[held])
        centres[axis] = ndimage.gaussian_filter1d(filled, 2.0, mode="nearest")
    x, y = (np.arange(count, dtype=np.float32) for count in mask.shape[:2])
    aside = x[:, None, None] - centres[0]
    behind = y[None, :, None] - centres[1]
    angle = np.arctan2(aside, -behind).astype(np.float32)
    depth = depth_in_plane(mask)
    away = np.maximum(np.hypot(aside, behind), 1e-3)
    inward = np.stack([np.broadcast_to(-aside / away, mask.shape), np.broadcast_to(-behind / away, mask.shape)])
    radius = float(np.sqrt(np.median(area[held]) / np.pi))
    return CanalRays(centres=centres, depth=depth, angle=angle, inward=inward.astype(np.float32), radius_mm=radius)


def depth_in_plane(mask: BoolArray) -> FloatArray:
    """Distance from the edge of a mask within each slice [voxels]; 0.5 in its outermost voxels, 0 outside."""
    depth = np.zeros(mask.shape, dtype=np.float32)
    (box,) = ndimage.find_objects(mask.view(np.uint8))
    padded = np.pad(mask[box], ((1, 1), (1, 1), (0, 0)))
    # Slices 1000 voxels apart: the nearest edge is always in the same one.
    distance = ndimage.distance_transform_edt(padded, sampling=(1.0, 1.0, 1000.0))[1:-1, 1:-1]
    depth[box] = np.clip(distance - 0.5, 0, None)
    return depth
