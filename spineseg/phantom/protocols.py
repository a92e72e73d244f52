"""Phantom -> Protocol: the series of a synthetic study, each with its grid, contrast and header values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from highdicom import Volume as Grid
from numpy.typing import NDArray

from spineseg.domain.volume import SeriesRole, make_grid
from spineseg.phantom import anthropometry as table
from spineseg.phantom.anthropometry import LEVELS
from spineseg.phantom.contrasts import Contrast
from spineseg.phantom.spine import Spine


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Protocol:
    """One series of a study.

    Parameters
    ----------
    name
        Folder name of the series.
    grid
        Shape and affine; its values are not read.
    thickness_mm
        Slice thickness, smaller than the spacing where there is a gap.
    """

    name: str
    role: SeriesRole
    contrast: Contrast
    grid: Grid
    thickness_mm: float


def empty_grid(
    shape: tuple[int, int, int], affine: NDArray[np.float64], frame_of_reference_uid: str | None = None
) -> Grid:
    """A grid without voxels in memory: shape and affine [mm, LPS] only."""
    return make_grid(np.broadcast_to(np.uint8(0), shape), affine, frame_of_reference_uid)


def sagittal(
    spine: Spine, contrast: Contrast, *, top: str = "C1", bottom: str = "S5", in_plane_mm: float = 0.95
) -> Protocol:
    """Sagittal stack over a stretch of the spine, 17 slices of 3.3 mm every 3.6 mm from right to left."""
    first, last = float(spine.top[LEVELS.index(top)]) - 15, float(spine.bottom[LEVELS.index(bottom)]) + 8
    stretch = spine.curve.points[:, spine.curve.node(np.arange(first, last, 2.0, dtype=np.float32))]
    slices, spacing = 17, 3.6
    front, back = float(stretch[1].min()) - 95, float(stretch[1].max()) + 70
    high, low = float(stretch[2].max()) + 5, float(stretch[2].min()) - 5
    middle = float(stretch[0].min() + stretch[0].max()) / 2
    affine = _affine(
        origin=(middle - spacing * (slices - 1) / 2, front, high),
        slices=(spacing, 0, 0),
        rows=(0, 0, -in_plane_mm),
        columns=(0, in_plane_mm, 0),
    )
    shape = (slices, round((high - low) / in_plane_mm), round((back - front) / in_plane_mm))
    return Protocol(
        name=f"sagittal-{contrast.value}",
        role=_mr_role(contrast, SeriesRole.SAGITTAL_T2),
        contrast=contrast,
        grid=empty_grid(shape, affine),
        thickness_mm=3.3,
    )


def axial(
    spine: Spine,
    contrast: Contrast,
    *,
    s: float,
    length_mm: float = 75.0,
    in_plane_mm: float = 0.6,
    spacing_mm: float = 3.0,
    field_mm: float = 170.0,
) -> Protocol:
    """Axial stack perpendicular to the canal at `s`, from caudal to cranial, tilted as technologists do."""
    k = int(spine.curve.node(np.array([s], dtype=np.float32))[0])
    tangent = spine.curve.tangent[:, k].astype(np.float64)
    left = np.array([1.0, 0.0, 0.0]) - tangent[0] * tangent
    left /= np.linalg.norm(left)
    posterior = np.cross(left, tangent)
    slices, pixels = round(length_mm / spacing_mm) + 1, round(field_mm / in_plane_mm)
    centre = spine.curve.to_patient(s) - 15 * posterior  # bodies lie in front of the canal
    origin = centre + tangent * spacing_mm * (slices - 1) / 2 - (left + posterior) * in_plane_mm * (pixels - 1) / 2
    affine = _affine(
        origin=origin, slices=-tangent * spacing_mm, rows=posterior * in_plane_mm, columns=left * in_plane_mm
    )
    return Protocol(
        name=f"axial-{contrast.value}",
        role=_mr_role(contrast, SeriesRole.AXIAL_T2),
        contrast=contrast,
        grid=empty_grid((slices, pixels, pixels), affine),
        thickness_mm=spacing_mm,
    )


def computed_tomography(
    spine: Spine, *, top: str = "T1", bottom: str = "S5", in_plane_mm: float = 1.0, spacing_mm: float = 2.0
) -> Protocol:
    """Axial CT over a stretch of the spine, from caudal to cranial."""
    first, last = float(spine.top[LEVELS.index(top)]) - 8, float(spine.bottom[LEVELS.index(bottom)])
    stretch = spine.curve.points[:, spine.curve.node(np.arange(first, last, 2.0, dtype=np.float32))]
    high, low = float(stretch[2].max()) + 3, float(stretch[2].min()) - 3
    width, depth = 190.0, float(np.ptp(stretch[1])) + 165
    middle = float(stretch[0].min() + stretch[0].max()) / 2
    affine = _affine(
        origin=(middle - width / 2, float(stretch[1].min()) - 90, low),
        slices=(0, 0, spacing_mm),
        rows=(0, in_plane_mm, 0),
        columns=(in_plane_mm, 0, 0),
    )
    shape = (round((high - low) / spacing_mm), round(depth / in_plane_mm), round(width / in_plane_mm))
    return Protocol(
        name="ct", role=SeriesRole.CT, contrast=Contrast.CT, grid=empty_grid(shape, affine), thickness_mm=spacing_mm
    )


def default_protocols(spine: Spine, s: float) -> tuple[Protocol, ...]:
    """Sagittal T2 of the whole spine, axial T2 around `s`, and CT of the half of the spine that holds `s`."""
    neck = s < float(spine.top[table.T1 + 3])
    ends = ("C1", "T8") if neck else ("T1", "S5")
    return (
        sagittal(spine, Contrast.T2),
        axial(spine, Contrast.T2, s=s),
        computed_tomography(spine, top=ends[0], bottom=ends[1]),
    )


_MR_ROLES = {Contrast.T1: SeriesRole.T1, Contrast.T1_CONTRAST: SeriesRole.T1_CONTRAST, Contrast.STIR: SeriesRole.STIR}


def _mr_role(contrast: Contrast, t2_role: SeriesRole) -> SeriesRole:
    return t2_role if contrast is Contrast.T2 else _MR_ROLES[contrast]


def _affine(
    *,
    origin: NDArray[np.float64] | tuple[float, ...],
    slices: NDArray[np.float64] | tuple[float, ...],
    rows: NDArray[np.float64] | tuple[float, ...],
    columns: NDArray[np.float64] | tuple[float, ...],
) -> NDArray[np.float64]:
    """Affine from the steps of slice, row and column index in patient space [mm, LPS]."""
    affine = np.eye(4)
    for column, vector in enumerate((slices, rows, columns, origin)):
        affine[:3, column] = vector
    return affine
