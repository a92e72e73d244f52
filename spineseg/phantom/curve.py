"""Tilt of the canal -> Curve: patient points to curvilinear coordinates (s, u, v) of the spinal canal, and back.

s is the distance along the canal from its cranial end, growing caudally; u points to the patient's left and
v anteriorly, both perpendicular to the canal; all in mm. Patient space is LPS.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.volume import FloatArray

Indices = NDArray[np.int32]

STEP_MM = 0.5  # the frames turn by less than 0.5° within one step [P]
_NEWTON_STEPS = 3  # error below 0.1 mm within 40 mm of the canal, tested
_CONVERGED_MM = 4.0
_CELL_MM = 8.0
_MARGIN_MM = 160.0
_RIGID_MM = np.float32(55)  # vertebrae with their processes move as one within this distance of the canal [P]
_LOOSE_MM = np.float32(60)  # beyond, the soft tissues follow less and less, the skin not at all [P]
_LEAST_STRETCH = 0.35  # beyond the centre of curvature the coordinates fold; kept monotone there [P]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CurvilinearPoints:
    """Points in the frame of the canal.

    Parameters
    ----------
    s, u, v : (N,) [mm]
        Along the canal caudally, to the left, to anterior.
    index : (N,)
        Nearest node of the curve.
    """

    s: FloatArray
    u: FloatArray
    v: FloatArray
    index: Indices

    def at(self, chosen: NDArray[np.intp]) -> CurvilinearPoints:
        """The points of some indices."""
        return CurvilinearPoints(s=self.s[chosen], u=self.u[chosen], v=self.v[chosen], index=self.index[chosen])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NearestTable:
    """Nearest place on the curve for each cell of the sagittal plane; where Newton's method starts.

    Parameters
    ----------
    y_mm, z_mm
        Centre of the first cell [mm, LPS].
    s : (z cells, y cells) [mm]
    """

    y_mm: float
    z_mm: float
    s: FloatArray

    def lookup(self, y: FloatArray, z: FloatArray) -> FloatArray:
        """Value of the cell of each point; the border's beyond it."""
        rows, columns = self.s.shape
        row = ((z - np.float32(self.z_mm)) * np.float32(1 / _CELL_MM) + np.float32(0.5)).astype(np.int32)
        column = ((y - np.float32(self.y_mm)) * np.float32(1 / _CELL_MM) + np.float32(0.5)).astype(np.int32)
        np.clip(row, 0, rows - 1, out=row)
        np.clip(column, 0, columns - 1, out=column)
        row *= columns
        row += column
        return self.s.ravel().take(row)


@dataclass(frozen=True, slots=True, eq=False)
class Shear:
    """Displacement of the vertebrae across the curve at its nodes: slipped and turned ones.

    The soft tissues follow less and less with the distance from the canal.

    Parameters
    ----------
    left, forward : (N,) [mm]
    angle : (N,) [rad]
        Turn of the vertebrae, anterior side to the left.
    """

    left: FloatArray
    forward: FloatArray
    angle: FloatArray

    def undo(self, index: Indices, u: FloatArray, v: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Coordinates of points relative to the displaced vertebrae."""
        follows = self._follows(u, v)
        u = u - follows * self.left.take(index)
        v = v - follows * self.forward.take(index)
        angle = follows * self.angle.take(index)
        sine, cosine = np.sin(angle), np.cos(angle)
        return u * cosine - v * sine, u * sine + v * cosine

    def apply(self, k: int, u: float, v: float) -> tuple[float, float]:
        """Where a point given relative to the displaced vertebra of node `k` lies; exact near the spine."""
        follows = float(self._follows(np.array([u], dtype=np.float32), np.array([v], dtype=np.float32))[0])
        angle = follows * float(self.angle[k])
        sine, cosine = np.sin(angle), np.cos(angle)
        left = u * cosine + v * sine + follows * float(self.left[k])
        return left, v * cosine - u * sine + follows * float(self.forward[k])

    def _follows(self, u: FloatArray, v: FloatArray) -> FloatArray:
        t = ((np.hypot(u, v - np.float32(10)) - _RIGID_MM) / _LOOSE_MM).clip(0, 1)
        follows: FloatArray = 1 - t * t * (3 - 2 * t)
        return follows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """Centreline of the canal with its frames at nodes every `STEP_MM`.

    Parameters
    ----------
    s : (N,) [mm]
    points : (3, N) [mm, LPS]
    tangent, left, anterior : (3, N)
        Unit vectors; the tangent points caudally.
    bending : (3, N) [1/mm]
        Derivative of the tangent along s.
    """

    s: FloatArray
    points: FloatArray
    tangent: FloatArray
    left: FloatArray
    anterior: FloatArray
    bending: FloatArray
    first_guess: NearestTable
    shear: Shear | None = None

    def project(self, x: FloatArray, y: FloatArray, z: FloatArray) -> CurvilinearPoints:
        """Curvilinear coordinates of patient points, (N,) each [mm, LPS]."""
        s = self.first_guess.lookup(y, z)
        for _ in range(_NEWTON_STEPS):
            before = s
            s, index, offset = self._closer(s, x, y, z)
        # Beside the centre of curvature no point of the curve is nearest: such points count as beyond its end.
        s[np.abs(s - before) > _CONVERGED_MM] = self.s[-1]
        u, v, node = _dot(self.left, index, offset), _dot(self.anterior, index, offset), self.node(s)
        if self.shear is not None:
            u, v = self.shear.undo(node, u, v)
        return CurvilinearPoints(s=s, u=u, v=v, index=node)

    def node(self, s: FloatArray) -> Indices:
        """Index of the nearest node."""
        index = ((s - self.s[0]) * np.float32(1 / STEP_MM) + np.float32(0.5)).astype(np.int32)
        nearest: Indices = np.clip(index, 0, len(self.s) - 1, out=index)
        return nearest

    def to_patient(self, s: float, u: float = 0.0, v: float = 0.0) -> NDArray[np.float64]:
        """Patient point (3,) [mm, LPS] of curvilinear coordinates [mm]."""
        k = int(self.node(np.array([s], dtype=np.float32))[0])
        along = (s - float(self.s[k])) * self.tangent[:, k]
        if self.shear is not None:
            u, v = self.shear.apply(k, u, v)
        point: NDArray[np.float64] = self.points[:, k] + along + u * self.left[:, k] + v * self.anterior[:, k]
        return point.astype(np.float64)

    def _closer(
        self, s: FloatArray, x: FloatArray, y: FloatArray, z: FloatArray
    ) -> tuple[FloatArray, Indices, tuple[FloatArray, ...]]:
        index = self.node(s)
        offset = tuple(value - self.points[axis].take(index) for axis, value in enumerate((x, y, z)))
        stretch = np.maximum(1 - _dot(self.bending, index, offset), np.float32(_LEAST_STRETCH))
        return self.s.take(index) + _dot(self.tangent, index, offset) / stretch, index, offset


def make_curve(
    s: NDArray[np.float64],
    tilt_rad: NDArray[np.float64],
    lateral_mm: NDArray[np.float64],
    shear: Shear | None = None,
) -> Curve:
    """Curve of the canal from its tilt in the sagittal plane and its lateral offset.

    Parameters
    ----------
    s : (N,) [mm]
        Every `STEP_MM`.
    tilt_rad : (N,)
        Positive where the canal runs posteriorly on its way down.
    lateral_mm : (N,)
        Offset to the patient's left: scoliosis.
    shear
        Slipped and turned vertebrae.
    """
    slope = np.gradient(lateral_mm, STEP_MM).clip(-0.6, 0.6)
    across = np.sqrt(1 - slope**2)
    tangent = np.stack([slope, np.sin(tilt_rad) * across, -np.cos(tilt_rad) * across])
    points = np.cumsum(tangent, axis=1) * STEP_MM
    points[0] = lateral_mm
    left = np.stack([across, -slope * np.sin(tilt_rad), slope * np.cos(tilt_rad)])
    # Domain convention: left = anterior x tangent, so anterior = tangent x left.
    anterior = np.cross(tangent, left, axis=0)
    fields = (s, points, tangent, left, anterior, np.gradient(tangent, STEP_MM, axis=1))
    single = [np.ascontiguousarray(value, dtype=np.float32) for value in fields]
    return Curve(
        s=single[0],
        points=single[1],
        tangent=single[2],
        left=single[3],
        anterior=single[4],
        bending=single[5],
        first_guess=_nearest_table(single[0], single[1]),
        shear=shear,
    )


def _nearest_table(s: FloatArray, points: FloatArray) -> NearestTable:
    nodes = slice(None, None, 8)
    curve_y, curve_z = points[1, nodes], points[2, nodes]
    y = np.arange(curve_y.min() - _MARGIN_MM, curve_y.max() + _MARGIN_MM, _CELL_MM, dtype=np.float32)
    z = np.arange(curve_z.min() - _CELL_MM, curve_z.max() + _CELL_MM, _CELL_MM, dtype=np.float32)
    # |p - c|² without |p|², which does not matter for the nearest c.
    square = (curve_y**2 + curve_z**2)[None, None, :]
    distance = square - 2 * (z[:, None, None] * curve_z + y[None, :, None] * curve_y)
    return NearestTable(y_mm=float(y[0]), z_mm=float(z[0]), s=s[nodes][distance.argmin(axis=2)])


def _dot(vectors: FloatArray, index: Indices, offset: tuple[FloatArray, ...]) -> FloatArray:
    total: FloatArray = vectors[0].take(index) * offset[0]
    total += vectors[1].take(index) * offset[1]
    total += vectors[2].take(index) * offset[2]
    return total
