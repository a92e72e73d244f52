"""Positions and orientations of slices -> their order and one affine, or the reason why they are no volume."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spineseg.errors import GeometryError

FloatVector = NDArray[np.float64]

# Scanners round direction cosines to 4-6 digits; slices of one stack differ by less than this [P].
ORIENTATION_TOLERANCE = 1e-3
# Row and column direction must be perpendicular unit vectors (PS3.3 C.7.6.2.1.1) up to rounding [P].
_COSINE_TOLERANCE = 1e-2
# Two slices closer than this are at one place; the thinnest spine slices are 0.3 mm apart [P].
_SAME_PLACE_MM = 0.01
# Positions are written with 0.01 to 0.1 mm precision, so the gaps of a 0.6 mm stack scatter by a tenth [P].
_UNEVEN_SHARE = 0.1
_MISSING_SHARE = 1.5  # a gap of one and a half spacings is a missing slice, not a rounded number [P]
_LATERAL_TOLERANCE_MM = 0.3  # half a voxel of the finest usual in-plane spacing of 0.6 mm [P]
_SPACING_SHARE = 0.01  # pixel spacing is one number in a series; rounding only [P]
_MAX_SPACING_MM = 20.0  # beyond this it is not an image of a spine [P]
_MAX_TILT_DEG = 45.0  # gantries tilt up to 30 degrees; parallel MR stacks that follow the lordosis somewhat more [P]


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceGeometry:
    """Place of one slice; None where the file says nothing usable.

    Parameters
    ----------
    orientation : (6,)
        Direction cosines of growing column index, then of growing row index.
    position : (3,) [mm, LPS]
        Centre of the first voxel.
    pixel_spacing_mm
        Distance of rows, then of columns.
    """

    orientation: tuple[float, ...] | None
    position: tuple[float, ...] | None
    pixel_spacing_mm: tuple[float, float] | None
    rows: int
    columns: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stack:
    """Slices in order along their normal.

    Parameters
    ----------
    order : (slice,)
        Index into the slices given.
    affine : (4, 4) [mm, LPS]
        Of the unsheared grid whose slice 0 is the first slice of the order.
    shear_mm : (2,)
        Shift of each slice against the one before it, along growing row index and growing column index.
    """

    order: NDArray[np.intp]
    affine: NDArray[np.float64]
    shear_mm: NDArray[np.float64]

    @property
    def is_sheared(self) -> bool:
        """Whether the slices are shifted against each other, as by a tilted gantry."""
        return bool(np.any(self.shear_mm != 0.0))

    @property
    def tilt_deg(self) -> float:
        """Angle between the slice normal and the way from slice to slice [deg]."""
        slice_mm = np.linalg.norm(self.affine[:3, 0])
        return float(np.degrees(np.arctan2(np.linalg.norm(self.shear_mm), slice_mm)))


def stack_slices(slices: list[SliceGeometry], *, where: str = "") -> Stack:
    """Order slices by their projection on the common normal and check that they are evenly spaced.

    Parameters
    ----------
    slices
        In any order.
    where
        Series that an error names.

    Raises
    ------
    GeometryError
        With the first reason found why the slices do not make a volume.
    """
    try:
        return _stack(slices)
    except _FaultError as fault:
        raise GeometryError(str(fault), where=where, remedy="send the complete original series") from fault


def geometry_fault(slices: list[SliceGeometry]) -> str:
    """Why the slices do not make a volume; empty where they do."""
    try:
        _stack(slices)
    except _FaultError as fault:
        return str(fault)
    return ""


class _FaultError(ValueError):
    """A reason in words."""


def _stack(slices: list[SliceGeometry]) -> Stack:
    if len(slices) < 2:
        raise _FaultError("one slice is no volume")
    if len({(item.rows, item.columns) for item in slices}) > 1:
        raise _FaultError("slices differ in their matrix")
    row_mm, column_mm = _common_spacing(slices)
    along_columns, along_rows = _common_directions(slices)
    normal = np.cross(along_columns, along_rows)
    positions = _positions(slices)
    order = np.argsort(positions @ normal, kind="stable")
    positions = positions[order]
    slice_mm = _even_spacing_mm(positions @ normal)
    lateral = (positions - positions[0]) @ np.stack([along_rows, along_columns], axis=1)
    shear_mm = _even_shear_mm(lateral, slice_mm)
    affine = np.eye(4)
    affine[:3, :3] = np.stack([normal * slice_mm, along_rows * row_mm, along_columns * column_mm], axis=1)
    affine[:3, 3] = positions[0]
    return Stack(order=order, affine=affine, shear_mm=shear_mm)


def _positions(slices: list[SliceGeometry]) -> FloatVector:
    known = [item.position for item in slices if item.position is not None and np.all(np.isfinite(item.position))]
    if len(known) < len(slices):
        raise _FaultError(f"{len(slices) - len(known)} of {len(slices)} slices have no usable position")
    return np.asarray(known, dtype=np.float64)


def _common_spacing(slices: list[SliceGeometry]) -> tuple[float, float]:
    known = [item.pixel_spacing_mm for item in slices if item.pixel_spacing_mm is not None]
    if len(known) < len(slices):
        raise _FaultError(f"{len(slices) - len(known)} of {len(slices)} slices have no pixel spacing")
    spacing = np.asarray(known, dtype=np.float64)
    if not np.all((spacing > 0) & (spacing < _MAX_SPACING_MM)):  # NaN fails both
        raise _FaultError("pixel spacing is not a positive length below 20 mm")
    if np.ptp(spacing, axis=0).max() > _SPACING_SHARE * spacing.min():
        raise _FaultError("slices differ in their pixel spacing")
    row_mm, column_mm = spacing[0]
    return float(row_mm), float(column_mm)


def _common_directions(slices: list[SliceGeometry]) -> tuple[FloatVector, FloatVector]:
    known = [item.orientation for item in slices if item.orientation is not None]
    if len(known) < len(slices):
        raise _FaultError(f"{len(slices) - len(known)} of {len(slices)} slices have no orientation")
    orientations = np.asarray(known, dtype=np.float64)
    if not np.all(np.isfinite(orientations)):
        raise _FaultError("an orientation is not a number")
    if np.ptp(orientations, axis=0).max() > ORIENTATION_TOLERANCE:
        raise _FaultError("slices differ in their orientation")
    first, second = orientations[0, :3], orientations[0, 3:]
    lengths = np.asarray([np.linalg.norm(first), np.linalg.norm(second)])
    if np.any(np.abs(lengths - 1.0) > _COSINE_TOLERANCE) or abs(first @ second) > _COSINE_TOLERANCE:
        raise _FaultError("row and column directions are not perpendicular unit vectors")
    along_columns = first / lengths[0]
    along_rows = second - (second @ along_columns) * along_columns
    return along_columns, np.asarray(along_rows / np.linalg.norm(along_rows))


def _even_spacing_mm(distances: FloatVector) -> float:
    """Spacing of slices at sorted distances along their normal [mm]."""
    gaps = np.diff(distances)
    repeated = int(np.sum(gaps < _SAME_PLACE_MM))
    if repeated == len(gaps):
        raise _FaultError("all slices are at one place")
    if repeated:
        raise _FaultError(f"{repeated + 1} or more slices share a place")
    typical = float(np.median(gaps))
    if typical > _MAX_SPACING_MM:
        raise _FaultError(f"slices are {typical:.0f} mm apart")
    missing = np.flatnonzero(gaps > _MISSING_SHARE * typical)
    if missing.size:
        gap = gaps[missing[0]]
        raise _FaultError(
            f"slices are missing: {missing.size} wide gaps, the first of {gap:.2f} mm "
            f"after slice {missing[0] + 1} of {len(distances)} where {typical:.2f} mm is usual"
        )
    slice_mm = float(distances[-1] - distances[0]) / len(gaps)
    even = distances[0] + slice_mm * np.arange(len(distances))
    worst = float(np.abs(distances - even).max())
    if worst > _UNEVEN_SHARE * slice_mm:
        raise _FaultError(f"slices are unevenly spaced: one lies {worst:.2f} mm off a spacing of {slice_mm:.2f} mm")
    return slice_mm


def _even_shear_mm(lateral: FloatVector, slice_mm: float) -> FloatVector:
    """Shift per slice (row, column) [mm] of slices whose first voxels lie at `lateral` (slice, 2) [mm]."""
    steps = len(lateral) - 1
    shear = np.asarray(lateral[-1] / steps)
    even = shear * np.arange(len(lateral))[:, None]
    worst = float(np.abs(lateral - even).max())
    if worst > max(_LATERAL_TOLERANCE_MM, _UNEVEN_SHARE * float(np.abs(shear).max())):
        raise _FaultError(f"slices are displaced in their plane: one by {worst:.2f} mm")
    if np.abs(lateral).max() <= _LATERAL_TOLERANCE_MM:
        return np.zeros(2)
    tilt_deg = float(np.degrees(np.arctan2(np.linalg.norm(shear), slice_mm)))
    if tilt_deg > _MAX_TILT_DEG:
        raise _FaultError(f"slices are sheared by {tilt_deg:.0f} degrees")
    return shear
