"""SpineAnatomy + lesion number -> LesionView: the lesion cut across the canal, with all that its grades ask for."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.anatomy.centerline import Projection, project
from spineseg.anatomy.distance import Field
from spineseg.anatomy.measurements import structure_masks
from spineseg.anatomy.sections import Planes, Sections, canal_half_width, lay_planes, station_positions, to_pixel
from spineseg.domain.anatomy import Centerline, SpineAnatomy, Vertebra
from spineseg.domain.labels import CANAL_CONTENT, SACRUM, is_vertebra
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import LabelMap, spacing_mm, to_patient, voxel_volume_mm3
from spineseg.grading.expected import (
    ANY_TUMOUR,
    TUMOUR,
    Expected,
    expected_outlines,
    involved_planes,
    reference_window_mm,
)

_WINDOW_MM = 35.0  # beyond the lesion on each side: clearance, reach and a neighbouring lesion between; the widest
_THICK_RATIO = 1.5  # slices this much thicker than the pixel make a stack with one good plane [P]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How finely the series shows the plane across the canal.

    Parameters
    ----------
    in_plane_mm
        Larger of the two finer voxel sides.
    thickness_mm
        Largest voxel side.
    across_mm
        What an outline can be trusted to: geometric mean of the voxel's size along the plane's two axes, or the
        resolution that the outlines were found at, where that is coarser.
    cord_mm
        The same of cord and tumour, where a person drew the tumour and the cord was redrawn beside it.
    square
        Whether the slices of a thick stack cross the canal rather than run along it.
    """

    in_plane_mm: float
    thickness_mm: float
    across_mm: float
    cord_mm: float
    square: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LesionVoxels:
    """Voxels of one lesion.

    Parameters
    ----------
    indices : (N, 3)
        (slice, row, column) in the volume.
    labels : (N,)
        Anatomy under the lesion.
    points : (N, 3) [mm, LPS]
    """

    indices: NDArray[np.intp]
    labels: NDArray[np.uint8]
    points: NDArray[np.float64]
    frame: Projection

    @property
    def in_canal(self) -> NDArray[np.bool_]:
        """Voxels inside the canal: (N,)."""
        return np.isin(self.labels, CANAL_CONTENT)

    @property
    def in_bone(self) -> NDArray[np.bool_]:
        """Voxels inside a vertebra or the sacrum: (N,)."""
        table = np.array([is_vertebra(value) or value == SACRUM for value in range(256)])
        return np.asarray(table[self.labels])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LesionView:
    """One lesion cut across the canal.

    Parameters
    ----------
    involved : (S,)
        Planes on which the lesion reaches the canal.
    considered : (S,)
        Involved planes, or for a lesion outside the canal the planes that it lies beside.
    cut_mm : (M,) [mm]
        Places along the canal of the lesion's voxels on the first or last slice; empty where it ends before.
    """

    anatomy: SpineAnatomy
    centerline: Centerline
    number: int
    voxels: LesionVoxels
    sections: Sections
    expected: Expected
    involved: NDArray[np.bool_]
    considered: NDArray[np.bool_]
    sampling: Sampling
    cut_mm: NDArray[np.float64]
    volume_mm3: float

    @property
    def touches_end(self) -> bool:
        """Whether the lesion reaches the first or last slice along the canal."""
        return len(self.cut_mm) > 0


def lesion_numbers(lesions: LabelMap) -> tuple[int, ...]:
    """Numbers of the lesions in a lesion mask."""
    return tuple(number for number, box in enumerate(ndimage.find_objects(lesions.array), start=1) if box is not None)


def view_lesion(
    anatomy: SpineAnatomy, centerline: Centerline, number: int, *, half_width_mm: float | None = None
) -> LesionView:
    """Cut one lesion across the canal, with its uninvolved neighbourhood.

    Parameters
    ----------
    half_width_mm
        From the middle of a plane to its sides; None for as wide as the canal needs.
    """
    segmentation = anatomy.segmentation
    grid = segmentation.anatomy
    voxels = _voxels(anatomy, centerline, number)
    extent = voxels.frame.position_mm[voxels.in_canal] if voxels.in_canal.any() else voxels.frame.position_mm
    low, high = float(extent.min()), float(extent.max())
    near_mm = reference_window_mm(float(spacing_mm(grid).max()))
    for window_mm in (near_mm, _WINDOW_MM) if near_mm < _WINDOW_MM else (_WINDOW_MM,):
        positions = _positions(centerline, grid, (low, high), window_mm)
        width = canal_half_width(centerline, grid, positions) if half_width_mm is None else half_width_mm
        sections = _cut_lesion(segmentation, lay_planes(centerline, grid, positions, width), number)
        expected = expected_outlines(sections)
        if expected.complete:
            break
    involved = involved_planes(sections)
    beside = (positions >= low - 1.0) & (positions <= high + 1.0)
    considered = involved if involved.any() else beside
    if not considered.any():
        considered = np.arange(len(positions)) == np.argmin(np.abs(positions - 0.5 * (low + high)))
    middle = float(np.clip(0.5 * (low + high), 0, (len(centerline.points) - 1) * centerline.step_mm))
    return LesionView(
        anatomy=anatomy, centerline=centerline, number=number, voxels=voxels, sections=sections,
        expected=expected, involved=involved, considered=considered,
        sampling=_sampling(segmentation, centerline, middle),
        cut_mm=_cut_positions(voxels, grid, centerline, middle),
        volume_mm3=len(voxels.indices) * voxel_volume_mm3(grid),
    )  # fmt: skip


def field_at_voxels(view: LesionView, field: Field | None) -> NDArray[np.float64]:
    """Signed distance of each voxel of the lesion to an outline on its planes: (N,) [mm]; 0 where it is unknown."""
    at, planes = view.voxels.frame, view.sections.position_mm
    if field is None:
        return np.zeros(len(at.position_mm))
    along = np.interp(at.position_mm, planes, np.arange(len(planes)))
    index = np.stack([along, to_pixel(field, at.posterior_mm), to_pixel(field, at.left_mm)])
    return np.asarray(ndimage.map_coordinates(field, index, order=1, mode="nearest"), dtype=np.float64)


def level_borders(vertebrae: tuple[Vertebra, ...]) -> NDArray[np.float64]:
    """Where each level ends and the next begins, in the middle of the discs: (V - 1,) [mm] along the centreline."""
    middles = [0.5 * (one.extent_mm[1] + below.extent_mm[0]) for one, below in pairwise(vertebrae)]
    return np.maximum.accumulate(np.asarray(middles, dtype=np.float64))


def level_at(vertebrae: tuple[Vertebra, ...], position_mm: float) -> Vertebra | None:
    """Vertebra to whose level a position along the centreline belongs."""
    return vertebrae[int(np.searchsorted(level_borders(vertebrae), position_mm))] if vertebrae else None


def _positions(
    centerline: Centerline, grid: LabelMap, extent_mm: tuple[float, float], window_mm: float
) -> NDArray[np.float64]:
    """Where a lesion and so much beyond it is cut: (S,) [mm] along the centreline."""
    positions = station_positions(centerline, grid, extent_mm[0] - window_mm, extent_mm[1] + window_mm)
    if len(positions):
        return positions
    return np.clip(extent_mm, 0.0, (len(centerline.points) - 1) * centerline.step_mm)


def _cut_lesion(segmentation: Segmentation, planes: Planes, number: int) -> Sections:
    """One lesion and its surroundings on planes across the canal."""
    masks = structure_masks(segmentation, planes.box)
    lesions = segmentation.lesions.array[planes.box]
    masks[TUMOUR] = lesions == number
    alone = np.count_nonzero(masks[TUMOUR]) == np.count_nonzero(lesions)
    masks[ANY_TUMOUR] = masks[TUMOUR] if alone else lesions > 0
    return planes.cut(masks)


def _voxels(anatomy: SpineAnatomy, centerline: Centerline, number: int) -> LesionVoxels:
    segmentation = anatomy.segmentation
    lesions = segmentation.lesions.array
    box = ndimage.find_objects(lesions, max_label=number)[number - 1]
    indices = np.argwhere(lesions[box] == number) + [side.start for side in box]
    points = to_patient(segmentation.lesions, indices)
    return LesionVoxels(
        indices=indices,
        labels=segmentation.anatomy.array[tuple(indices.T)],
        points=points,
        frame=project(centerline, points),
    )


def _sampling(segmentation: Segmentation, centerline: Centerline, position_mm: float) -> Sampling:
    grid = segmentation.lesions
    spacing = spacing_mm(grid)
    ordered = np.sort(spacing)
    nearest = round(position_mm / centerline.step_mm)
    axes = np.asarray(grid.affine)[:3, :3]
    across = [float(np.linalg.norm(axis @ axes)) for axis in (centerline.left[nearest], centerline.anterior[nearest])]
    normal = axes[:, int(np.argmax(spacing))] / ordered[-1]
    thick = ordered[-1] > _THICK_RATIO * ordered[1]
    along = abs(float(normal @ centerline.tangents[nearest])) >= np.sqrt(0.5)  # 45 degrees
    voxel_mm = float(np.sqrt(across[0] * across[1]))
    redrawn_mm = segmentation.cord_outline_mm
    return Sampling(
        in_plane_mm=float(ordered[1]),
        thickness_mm=float(ordered[-1]),
        across_mm=max(voxel_mm, segmentation.outline_mm),
        cord_mm=max(voxel_mm, segmentation.outline_mm if redrawn_mm is None else redrawn_mm),
        square=not thick or along,
    )


def _cut_positions(
    voxels: LesionVoxels, grid: LabelMap, centerline: Centerline, position_mm: float
) -> NDArray[np.float64]:
    axes = np.asarray(grid.affine)[:3, :3] / spacing_mm(grid)
    tangent = centerline.tangents[round(position_mm / centerline.step_mm)]
    axis = int(np.argmax(np.abs(tangent @ axes)))
    along = voxels.indices[:, axis]
    at_end = (along == 0) | (along == grid.spatial_shape[axis] - 1)
    return np.asarray(voxels.frame.position_mm[at_end])
