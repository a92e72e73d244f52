"""Phantom + grid -> PhantomMaps: labels and tissues at the centres of a grid's own voxels.

The phantom is a set of shapes, so that any grid (thick slices, oblique, feet first) is evaluated exactly, and two
grids agree wherever their voxel centres coincide.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from highdicom import Volume as Grid
from numpy.typing import NDArray

from spineseg.domain.volume import LabelMap, like
from spineseg.phantom.canal import paint_canal
from spineseg.phantom.canvas import Canvas
from spineseg.phantom.lesions import Lesion, paint_bone_lesion
from spineseg.phantom.pelvis import paint_pelvis
from spineseg.phantom.posterior import paint_posterior
from spineseg.phantom.spine import Spine
from spineseg.phantom.surroundings import Surroundings, paint_surroundings
from spineseg.phantom.thorax import paint_ribs, paint_skull
from spineseg.phantom.vertebra import paint_bodies

Bytes = NDArray[np.uint8]

_SLAB_VOXELS = 1_000_000  # memory stays below 200 MB however large the grid


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Phantom:
    """A synthetic patient: spine, body and lesions, numbered from cranial to caudal."""

    spine: Spine
    surroundings: Surroundings
    lesions: tuple[Lesion, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PhantomMaps:
    """Truth on a grid: labels as in `domain.segmentation.Segmentation`, with true names, and `Tissue` classes."""

    anatomy: LabelMap
    subregions: LabelMap
    lesions: LabelMap
    tissues: LabelMap


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MapArrays:
    """The same as plain arrays, (slice, row, column) uint8 each."""

    anatomy: Bytes
    subregions: Bytes
    lesions: Bytes
    tissues: Bytes


def label_maps(phantom: Phantom, grid: Grid) -> PhantomMaps:
    """Truth at the voxel centres of `grid`; its values are not read."""
    shape = tuple(int(n) for n in grid.spatial_shape)
    maps = map_arrays(phantom, (shape[0], shape[1], shape[2]), np.asarray(grid.affine, dtype=np.float64))
    return PhantomMaps(
        anatomy=like(grid, maps.anatomy),
        subregions=like(grid, maps.subregions),
        lesions=like(grid, maps.lesions),
        tissues=like(grid, maps.tissues),
    )


def map_arrays(phantom: Phantom, shape: tuple[int, int, int], affine: NDArray[np.float64]) -> MapArrays:
    """Truth at the voxel centres of a grid given by shape and affine [mm, LPS]."""
    maps = MapArrays(**{name: np.zeros(shape, np.uint8) for name in ("anatomy", "subregions", "lesions", "tissues")})
    thickness = max(1, _SLAB_VOXELS // (shape[1] * shape[2]))
    for first in range(0, shape[0], thickness):
        last = min(first + thickness, shape[0])
        origin = affine.copy()
        origin[:3, 3] += first * affine[:3, 0]
        canvas = paint_all(phantom, (last - first, shape[1], shape[2]), origin)
        slab = (last - first, shape[1], shape[2])
        maps.anatomy[first:last] = canvas.anatomy.reshape(slab)
        maps.subregions[first:last] = canvas.subregions.reshape(slab)
        maps.lesions[first:last] = canvas.lesions.reshape(slab)
        maps.tissues[first:last] = canvas.tissue.reshape(slab)
    return maps


def paint_all(phantom: Phantom, shape: tuple[int, int, int], affine: NDArray[np.float64]) -> Canvas:
    """Every part painted in its order: what comes later covers what came before."""
    waves = phantom.surroundings.waves
    count = int(np.prod(shape))
    canvas = Canvas(
        spine=phantom.spine,
        points=phantom.spine.curve.project(*_coordinates(shape, affine)),
        rough=waves["rough"].on_grid(shape, affine),
        blob=waves["blob"].on_grid(shape, affine),
        tissue=np.zeros(count, np.uint8),
        anatomy=np.zeros(count, np.uint8),
        subregions=np.zeros(count, np.uint8),
        lesions=np.zeros(count, np.uint8),
    )
    paint_surroundings(canvas, phantom.surroundings, waves["organs"].on_grid(shape, affine))
    paint_bodies(canvas)
    paint_posterior(canvas)
    paint_pelvis(canvas)
    paint_ribs(canvas)
    for lesion in phantom.lesions:
        paint_bone_lesion(canvas, lesion)
    paint_canal(canvas, phantom.lesions)
    paint_skull(canvas)
    return canvas


def _coordinates(shape: tuple[int, int, int], affine: NDArray[np.float64]) -> list[NDArray[np.float32]]:
    first, second, third = (np.arange(n, dtype=np.float32) for n in shape)
    steps = affine.astype(np.float32)
    return [
        (
            (steps[axis, 3] + steps[axis, 0] * first)[:, None, None]
            + (steps[axis, 1] * second)[None, :, None]
            + (steps[axis, 2] * third)[None, None, :]
        ).ravel()
        for axis in range(3)
    ]
