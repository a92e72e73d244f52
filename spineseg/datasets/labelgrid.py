"""Label map + image -> label map on the image's voxels, or why the two do not belong together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spineseg.domain.volume import ImageGrid, LabelMap, make_grid, resample, same_grid, spacing_mm, to_index, to_patient
from spineseg.errors import GeometryError

# Rounded or single-precision headers move a voxel by far less; half a voxel would blur an outline [P].
SNAP_VOXELS = 0.5
# Labelled voxels that may lie outside the image: padding of a reformatted mask [P].
OUTSIDE_SHARE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placed:
    """A label map on the voxels of its image.

    Parameters
    ----------
    note
        What had to be done for it; empty where nothing had.
    """

    labels: LabelMap
    note: str


def place_labels(labels: LabelMap, image: ImageGrid) -> Placed:
    """Labels on the image's voxels.

    A map of the same shape whose corners lie within half a voxel is taken as it is stored: its header is a little
    off. A map on another grid is resampled by its header, nearest neighbour.

    Raises
    ------
    GeometryError
        The map has the image's shape but another place, or its labels lie outside the image.
    """
    if same_grid(labels, image):
        return Placed(labels=labels, note="")
    if tuple(labels.spatial_shape) == tuple(image.spatial_shape) and _axes_agree(labels, image):
        distance = _corner_distance_voxels(labels, image)
        if distance > SNAP_VOXELS:
            raise GeometryError(
                f"label map lies {distance:.1f} voxels beside its image", remedy="compare the two headers"
            )
        return Placed(labels=make_grid(labels.array, image.affine), note=f"label header off by {distance:.2g} voxels")
    outside = _share_outside(labels, image)
    if outside > OUTSIDE_SHARE:
        raise GeometryError(f"{100 * outside:.0f} % of the labels lie outside the image", remedy="compare the headers")
    return Placed(labels=resample(labels, image, order=0), note="label map on another grid, resampled by its header")


def _axes_agree(labels: LabelMap, image: ImageGrid) -> bool:
    first, second = (np.asarray(grid.affine, dtype=np.float64)[:3, :3] / spacing_mm(grid) for grid in (labels, image))
    return bool(np.all(np.sum(first * second, axis=0) > 0.5))


def _corner_distance_voxels(labels: LabelMap, image: ImageGrid) -> float:
    upper = np.asarray(image.spatial_shape, dtype=np.float64) - 1
    corners = np.stack(np.meshgrid(*((0.0, end) for end in upper), indexing="ij"), axis=-1).reshape(-1, 3)
    return float(np.abs(to_index(image, to_patient(labels, corners)) - corners).max())


def _share_outside(labels: LabelMap, image: ImageGrid) -> float:
    voxels = np.argwhere(labels.array > 0)
    if len(voxels) == 0:
        return 0.0
    index = to_index(image, to_patient(labels, voxels))
    upper = np.asarray(image.spatial_shape, dtype=np.float64) - 0.5
    return 1.0 - float(np.all((index >= -0.5) & (index <= upper), axis=1).mean())
