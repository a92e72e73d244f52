"""Canvas + Shape -> painted canvas: balls and tubes of patient space, each evaluated in its own block of voxels only.

What lies around the spine is hundreds of small things; a patch sees few of them, and each costs its own volume.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.volume import FloatArray
from spineseg.phantom.canvas import Bytes, Canvas
from spineseg.phantom.tissues import Tissue

Point = tuple[float, float, float]
Layers = tuple[tuple[float, Tissue], ...]
Block = tuple[slice, slice, slice]
Doubles = NDArray[np.float64]
Mask = NDArray[np.bool_]

BONE: Layers = ((0.0, Tissue.CORTEX), (1.6, Tissue.MARROW_OTHER))  # compact rim as CT shows it [mm, P]


@dataclass(frozen=True, kw_only=True, eq=False)
class Shape:
    """A ball (one point) or a tube through several points.

    Parameters
    ----------
    points : [mm, LPS]
    radii : [mm]
        One for each point.
    layers : [mm]
        Tissue from each depth below the surface on, the outermost first.
    squash
        Factors of the three axes of patient space: (1, 0.5, 1) is half as deep as wide.
    fleck
        Tissue where the rough field is above a value, no deeper than a depth [mm].
    uneven_mm
        Unevenness of the surface.
    """

    points: tuple[Point, ...]
    radii: tuple[float, ...]
    layers: Layers
    squash: Point = (1.0, 1.0, 1.0)
    fleck: tuple[float, Tissue, float] | None = None
    uneven_mm: float = 0.0

    @cached_property
    def segments(self) -> tuple[tuple[Point, Point, float, float], ...]:
        """Start, end and their radii; a ball is a segment without length."""
        if len(self.points) == 1:
            return ((self.points[0], self.points[0], self.radii[0], self.radii[0]),)
        return tuple(zip(self.points[:-1], self.points[1:], self.radii[:-1], self.radii[1:], strict=True))

    @cached_property
    def bounds(self) -> tuple[Point, Point]:
        """Lowest and highest corner [mm]."""
        reach = max(self.radii) + 2 * self.uneven_mm
        low, high = ([edge(point[k] for point in self.points) for k in range(3)] for edge in (min, max))
        margin = [reach * factor for factor in self.squash]
        return (
            (low[0] - margin[0], low[1] - margin[1], low[2] - margin[2]),
            (high[0] + margin[0], high[1] + margin[1], high[2] + margin[2]),
        )


def ball(centre: Point, half: Point, layers: Layers, *, uneven_mm: float = 0.0) -> Shape:
    """Ellipsoid along the axes of patient space, half diameters [mm]; its layers are measured along the shortest."""
    radius = min(half)
    squash = (half[0] / radius, half[1] / radius, half[2] / radius)
    return Shape(points=(centre,), radii=(radius,), layers=layers, squash=squash, uneven_mm=uneven_mm)


def tube(
    points: Sequence[Point],
    radii: Sequence[float] | float,
    layers: Layers | Tissue,
    *,
    squash: Point = (1.0, 1.0, 1.0),
    fleck: tuple[float, Tissue, float] | None = None,
    uneven_mm: float = 0.0,
) -> Shape:
    """Tube through points, of one radius or of one for each."""
    each = tuple(radii) if isinstance(radii, Sequence) else (radii,) * len(points)
    filled: Layers = ((0.0, layers),) if isinstance(layers, Tissue) else layers
    return Shape(points=tuple(points), radii=each, layers=filled, squash=squash, fleck=fleck, uneven_mm=uneven_mm)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ground:
    """A canvas as a block of voxels that know their place.

    Parameters
    ----------
    tissue, rough, blob, field : (slices, rows, columns)
        Views of the canvas; `field` is smooth over about 30 mm.
    place : (3, slices, rows, columns) [mm, LPS]
    to_index : (3, 3)
        Inverse of the grid's steps [voxels per mm].
    """

    canvas: Canvas
    tissue: Bytes
    rough: FloatArray
    blob: FloatArray
    field: FloatArray
    place: FloatArray
    to_index: Doubles
    low: Point
    high: Point

    def block(self, low: Point, high: Point) -> Block | None:
        """Voxels that a box of patient space [mm] may hold; None if there are none."""
        if any(low[k] > self.high[k] or high[k] < self.low[k] for k in range(3)):
            return None
        origin = self.place[:, 0, 0, 0]
        centre = self.to_index @ np.array([(low[k] + high[k]) / 2 - float(origin[k]) for k in range(3)])
        half = np.abs(self.to_index) @ np.array([(high[k] - low[k]) / 2 for k in range(3)])
        first = np.maximum(np.ceil(centre - half - 1e-3), 0).astype(int).tolist()
        last = np.minimum(np.floor(centre + half + 1e-3) + 1, self.tissue.shape).astype(int).tolist()
        if any(a >= b for a, b in zip(first, last, strict=True)):
            return None
        return (slice(first[0], last[0]), slice(first[1], last[1]), slice(first[2], last[2]))

    def paint(self, shapes: Iterable[Shape], *, where: Mask | None = None) -> None:
        """Shapes painted one over the other, all over or only where a mask (slices, rows, columns) holds."""
        for shape in shapes:
            low, high = shape.bounds
            if all(low[k] <= self.high[k] and high[k] >= self.low[k] for k in range(3)):
                self._paint_one(shape, where)

    def _paint_one(self, shape: Shape, where: Mask | None) -> None:
        depths = list(self._depths(shape))
        if where is not None:
            depths = [(block, np.where(where[block], depth, np.float32(-1))) for block, depth in depths]
        # Layer by layer over all segments: the wall of one must not cross the inside of the next.
        for threshold, tissue in shape.layers:
            for block, depth in depths:
                self.tissue[block][depth > threshold] = tissue
        if shape.fleck is not None:
            least, tissue, deepest = shape.fleck
            for block, depth in depths:
                self.tissue[block][(depth > 0) & (depth < deepest) & (self.rough[block] > least)] = tissue

    def _depths(self, shape: Shape) -> Iterable[tuple[Block, FloatArray]]:
        for start, end, first, last in shape.segments:
            reach = [(max(first, last) + 2 * shape.uneven_mm) * factor for factor in shape.squash]
            block = self.block(
                (min(start[0], end[0]) - reach[0], min(start[1], end[1]) - reach[1], min(start[2], end[2]) - reach[2]),
                (max(start[0], end[0]) + reach[0], max(start[1], end[1]) + reach[1], max(start[2], end[2]) + reach[2]),
            )
            if block is None:
                continue
            depth = _segment_depth(self.place[(slice(None), *block)], (start, end), (first, last), shape.squash)
            if shape.uneven_mm:
                depth += np.float32(shape.uneven_mm) * self.blob[block]
            yield block, depth


def make_ground(canvas: Canvas, placed: FloatArray) -> Ground:
    """Ground of a canvas; `placed` (4, slices, rows, columns) comes from `waves.PlacedWaves`."""
    shape = placed.shape[1:]
    place = placed[1:]
    flat = place.reshape(3, -1)
    low, high = flat.min(axis=1).tolist(), flat.max(axis=1).tolist()
    return Ground(
        canvas=canvas,
        tissue=canvas.tissue.reshape(shape),
        rough=canvas.rough.reshape(shape),
        blob=canvas.blob.reshape(shape),
        field=placed[0],
        place=place,
        to_index=_to_index(place),
        low=(low[0], low[1], low[2]),
        high=(high[0], high[1], high[2]),
    )


def _to_index(place: FloatArray) -> Doubles:
    """Inverse of the steps between voxels; axes of a single voxel stand perpendicular to the others."""
    steps = np.zeros((3, 3))
    counts = place.shape[1:]
    known = [axis for axis in range(3) if counts[axis] > 1]
    for axis in known:
        last = [0, 0, 0]
        last[axis] = counts[axis] - 1
        corner = place[:, last[0], last[1], last[2]].astype(np.float64)
        steps[:, axis] = (corner - place[:, 0, 0, 0].astype(np.float64)) / (counts[axis] - 1)
    # Left singular vectors of no extent span what the known steps leave.
    free = np.linalg.svd(steps)[0][:, len(known) :]
    for column, axis in enumerate(axis for axis in range(3) if axis not in known):
        steps[:, axis] = free[:, column]
    inverse: Doubles = np.linalg.inv(steps).astype(np.float64)
    return inverse


def _segment_depth(
    place: FloatArray, ends: tuple[Point, Point], radii: tuple[float, float], squash: Point
) -> FloatArray:
    """Depth below the surface of a cone with round ends, in the squashed space [mm]."""
    start, end = ends
    offsets = [(place[k] - np.float32(start[k])) * np.float32(1 / squash[k]) for k in range(3)]
    along = [(end[k] - start[k]) / squash[k] for k in range(3)]
    square = sum(one * one for one in along)
    if square < 1e-6:
        nearest: FloatArray = np.float32(radii[0]) - np.sqrt(offsets[0] ** 2 + offsets[1] ** 2 + offsets[2] ** 2)
        return nearest
    share = offsets[0] * np.float32(along[0] / square)
    share += offsets[1] * np.float32(along[1] / square)
    share += offsets[2] * np.float32(along[2] / square)
    np.clip(share, 0, 1, out=share)
    distance = (offsets[0] - share * np.float32(along[0])) ** 2
    distance += (offsets[1] - share * np.float32(along[1])) ** 2
    distance += (offsets[2] - share * np.float32(along[2])) ** 2
    depth: FloatArray = np.float32(radii[0]) + share * np.float32(radii[1] - radii[0]) - np.sqrt(distance)
    return depth
