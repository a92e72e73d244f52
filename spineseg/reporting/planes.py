"""Volume + masks -> Plane: where each pixel of a picture lies in patient space, right way up for any acquisition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.domain.labels import CANAL_CONTENT, DISC_OFFSET
from spineseg.domain.volume import ImageGrid, LabelMap, spacing_mm, to_index, to_patient
from spineseg.reporting.filled import filled_box, voxels_of

# Display choices of this project [P].
_SAGITTAL_MARGIN_MM = 14.0
_SAGITTAL_HEIGHT_PIXELS = 800
_SAGITTAL_WIDTH_MM = 170.0
_AXIAL_WIDTH_MM = 110.0
_AXIAL_PIXELS = 560
_FINEST_PIXEL_MM = 0.15
# An acquired slice is shown as it is where it lies within this of perpendicular to the canal.
_ACQUIRED_PLANE_DEG = 25.0
_LINE_STEP_MM = 2.0
_LINE_SMOOTHING_MM = 8.0
_DIRECTION_REACH_MM = 20.0

_HEAD = np.array([0.0, 0.0, 1.0])
_LEFT = np.array([1.0, 0.0, 0.0])
_POSTERIOR = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plane:
    """A flat or curved plane to be shown.

    Parameters
    ----------
    points : (row, column, 3) [mm, LPS]
        Where each pixel lies; pixels are square.
    pixel_mm
        Distance of neighbouring pixels [mm].
    letters
        Patient directions at the left, right, top and bottom edge.
    description
        Which plane it is, in words.
    """

    points: NDArray[np.float64]
    pixel_mm: float
    letters: tuple[str, str, str, str]
    description: str

    @property
    def shape(self) -> tuple[int, int]:
        """Rows, columns."""
        return (self.points.shape[0], self.points.shape[1])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CanalLine:
    """Middle of the canal as a function of height; of the vertebrae where no canal was found.

    Parameters
    ----------
    height_mm : (N,) [mm, LPS z]
        Ascending.
    centre_mm : (N, 2) [mm, LPS x and y]
    """

    height_mm: NDArray[np.float64]
    centre_mm: NDArray[np.float64]

    def at(self, height_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Centre at any height, straight on beyond the ends: (..., 2) [mm]."""
        return np.stack([np.interp(height_mm, self.height_mm, self.centre_mm[:, axis]) for axis in (0, 1)], axis=-1)


def canal_line(anatomy: LabelMap) -> CanalLine | None:
    """Line through the canal of a label map; None where nothing is labelled."""
    points = _labelled_points(anatomy, CANAL_CONTENT)
    if len(points) == 0:
        points = _labelled_points(anatomy, tuple(range(1, DISC_OFFSET)))
    if len(points) == 0:
        return None
    steps = np.floor((points[:, 2] - points[:, 2].min()) / _LINE_STEP_MM).astype(np.intp)
    counts = np.bincount(steps)
    filled = counts > 0
    centres = [np.bincount(steps, weights=points[:, axis])[filled] / counts[filled] for axis in (0, 1)]
    heights = points[:, 2].min() + (np.flatnonzero(filled) + 0.5) * _LINE_STEP_MM
    smooth = [ndimage.gaussian_filter1d(one, _LINE_SMOOTHING_MM / _LINE_STEP_MM, mode="nearest") for one in centres]
    return CanalLine(height_mm=heights, centre_mm=np.stack(smooth, axis=-1))


def sagittal_plane(image: ImageGrid, anatomy: LabelMap, line: CanalLine | None) -> Plane:
    """Head up, anterior left, through the middle of the canal at every height.

    The plane bends to the left and right with the canal (curved planar reformation), so that a scoliotic canal stays
    in the picture; heights and anterior-posterior distances are true.
    """
    low, high = _box(image, anatomy, line)
    heights = np.clip(high[2] - low[2], 1.0, None)
    pixel = float(np.clip(heights / _SAGITTAL_HEIGHT_PIXELS, _FINEST_PIXEL_MM, None))
    z = np.arange(high[2], low[2], -pixel)
    y = np.arange(low[1], high[1], pixel)
    x = np.full(len(z), (low[0] + high[0]) / 2) if line is None else line.at(z)[:, 0]
    points = np.empty((len(z), len(y), 3))
    points[..., 0], points[..., 1], points[..., 2] = x[:, None], y[None, :], z[:, None]
    words = "sagittal, through the middle of the volume" if line is None else "sagittal, bent to follow the canal"
    return Plane(points=points, pixel_mm=pixel, letters=("A", "P", "H", "F"), description=words)


def axial_plane(image: ImageGrid, line: CanalLine | None, centre: NDArray[np.float64]) -> Plane:
    """Patient's right on the left, anterior up, through a point.

    The acquired slice is shown where it is nearly perpendicular to the canal, since readers know it; else the plane
    perpendicular to the canal.
    """
    direction = _HEAD if line is None else _direction(line, float(centre[2]))
    slice_normal = np.asarray(image.affine, dtype=np.float64)[:3, 0] / spacing_mm(image)[0]
    slice_normal = slice_normal * np.sign(slice_normal @ direction or 1.0)
    acquired = bool(slice_normal @ direction > np.cos(np.deg2rad(_ACQUIRED_PLANE_DEG)))
    normal = slice_normal if acquired else direction
    if acquired:
        index = to_index(image, centre)
        index[0] = np.rint(index[0])
        centre = to_patient(image, index)
    along = _LEFT - (_LEFT @ normal) * normal
    along /= np.linalg.norm(along)
    down = np.cross(normal, along)  # head x left = posterior
    pixel = _AXIAL_WIDTH_MM / _AXIAL_PIXELS
    steps = (np.arange(_AXIAL_PIXELS) - (_AXIAL_PIXELS - 1) / 2) * pixel
    points = centre + steps[:, None, None] * down + steps[None, :, None] * along
    words = "axial, acquired slice" if acquired else "axial, perpendicular to the canal"
    return Plane(points=points, pixel_mm=pixel, letters=("R", "L", "A", "P"), description=words)


def _labelled_points(anatomy: LabelMap, values: tuple[int, ...]) -> NDArray[np.float64]:
    return to_patient(anatomy, voxels_of(anatomy.array, *values))


def _box(
    image: ImageGrid, anatomy: LabelMap, line: CanalLine | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Corners of what is shown [mm, LPS]: the labelled spine with a margin, within the image."""
    shape = np.array(image.spatial_shape, dtype=np.float64)
    corners = np.array(np.meshgrid(*[(-0.5, size - 0.5) for size in shape], indexing="ij")).reshape(3, -1).T
    volume = to_patient(image, corners)
    low, high = volume.min(axis=0), volume.max(axis=0)
    if line is None:
        return low, high
    labelled = to_patient(anatomy, _label_corners(anatomy))
    low = np.maximum(low, labelled.min(axis=0) - _SAGITTAL_MARGIN_MM)
    high = np.minimum(high, labelled.max(axis=0) + _SAGITTAL_MARGIN_MM)
    middle = float(np.mean(line.centre_mm[:, 1]))
    low[1] = max(low[1], middle - _SAGITTAL_WIDTH_MM / 2)
    high[1] = min(high[1], middle + _SAGITTAL_WIDTH_MM / 2)
    return low, high


def _label_corners(anatomy: LabelMap) -> NDArray[np.float64]:
    """Corners of the box of all labels: (8, 3) [voxels]."""
    box = filled_box(anatomy.array) or tuple(slice(0, size) for size in anatomy.spatial_shape)
    ends = [(one.start - 0.5, one.stop - 0.5) for one in box]
    return np.array(np.meshgrid(*ends, indexing="ij")).reshape(3, -1).T


def _direction(line: CanalLine, height_mm: float) -> NDArray[np.float64]:
    """Unit vector along the canal, towards the head."""
    ends = np.clip(
        [height_mm - _DIRECTION_REACH_MM, height_mm + _DIRECTION_REACH_MM], line.height_mm[0], line.height_mm[-1]
    )
    if ends[1] - ends[0] < _LINE_STEP_MM:
        return _HEAD
    centres = line.at(ends)
    direction = np.array([*(centres[1] - centres[0]), ends[1] - ends[0]])
    unit: NDArray[np.float64] = direction / np.linalg.norm(direction)
    return unit
