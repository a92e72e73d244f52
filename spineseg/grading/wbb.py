"""LesionView -> sectors and layers of Weinstein, Boriani and Biagini.

Sectors are numbered as by the SOSG: counter-clockwise from the left half of the spinous process, twelve of 30 degrees
around the middle of the canal (clinical.md section 3.3; the original runs clockwise).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import spatial

from spineseg.domain.labels import CANAL_CONTENT, EPIDURAL_SPACE, SACRUM, SPINAL_CANAL, THECAL_SAC, is_vertebra
from spineseg.domain.volume import spacing_mm
from spineseg.grading.lesion_view import LesionView

_SECTORS = 12
# A sector or a layer counts from this share of the lesion or this volume: less is an outline's edge. [P]
_SHARE = 0.05
_VOLUME_MM3 = 100.0
_SUPERFICIAL = 1.0 / 3.0  # of the way from the outer cortex to the canal (clinical.md 3.3)
_PAD_MM = 45.0  # as far as a lumbar body's front from the canal: the outer cortex is in the box [P]
_DISCS = 100  # values above are discs


def find_sectors(view: LesionView) -> tuple[int, ...]:
    """Sectors that hold a part of the lesion that counts."""
    at = view.voxels.frame
    angle_deg = np.rad2deg(np.arctan2(at.left_mm, at.posterior_mm)) % 360.0
    sector = np.minimum((angle_deg / (360.0 / _SECTORS)).astype(int), _SECTORS - 1)
    counts = np.bincount(sector, minlength=_SECTORS)
    return tuple(int(number) + 1 for number in np.flatnonzero(counts) if _counts(view, int(counts[number])))


def find_layers(view: LesionView) -> tuple[str, ...]:
    """A outside the bone, B superficial and C deep in it, D extradural and E intradural in the canal.

    Where the canal's content is not divided (CT) tumour in it counts as extradural.
    """
    labels = view.voxels.labels
    bone = view.voxels.in_bone
    canal = view.voxels.in_canal
    superficial = np.zeros(len(labels), dtype=bool)
    if bone.any():
        superficial[bone] = _superficial(view, view.voxels.indices[bone])
    masks = {
        "A": ~bone & ~canal & (labels <= _DISCS),
        "B": superficial,
        "C": bone & ~superficial,
        "D": np.isin(labels, (EPIDURAL_SPACE, SPINAL_CANAL)),
        "E": np.isin(labels, THECAL_SAC),
    }
    return tuple(name for name, mask in masks.items() if _counts(view, int(np.count_nonzero(mask))))


def _counts(view: LesionView, voxels: int) -> bool:
    share = voxels / len(view.voxels.indices)
    return voxels > 0 and (share >= _SHARE or share * view.volume_mm3 >= _VOLUME_MM3)


def _superficial(view: LesionView, indices: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether voxels of the lesion (N, 3) lie in the outer third between the outer surface and the canal: (N,)."""
    grid = view.anatomy.segmentation.anatomy
    spacing = spacing_mm(grid)
    pad = np.ceil(_PAD_MM / spacing).astype(int)
    low = np.maximum(view.voxels.indices.min(axis=0) - pad, 0)
    high = np.minimum(view.voxels.indices.max(axis=0) + pad + 1, grid.spatial_shape)
    box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    labels = grid.array[box]
    table = np.array(
        [is_vertebra(value) or value in (SACRUM, *CANAL_CONTENT) or value > _DISCS for value in range(256)]
    )
    canal = np.isin(np.arange(256), CANAL_CONTENT)
    voxels = indices - low
    outward = _distance_mm(voxels, ~table[labels], spacing)
    inward = _distance_mm(voxels, canal[labels], spacing)
    return np.asarray(outward <= _SUPERFICIAL * (outward + inward))


def _distance_mm(
    voxels: NDArray[np.intp], target: NDArray[np.bool_], spacing: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Distance of each voxel outside a mask to the nearest one of its surface: (N,) [mm]; infinite without any."""
    surface = _surface(target)
    if not surface.any():
        return np.full(len(voxels), np.inf)
    # A tree of the surface is several times faster than a distance map of the whole box.
    distance, _ = spatial.cKDTree(np.argwhere(surface) * spacing).query(voxels * spacing)
    return np.asarray(distance, dtype=np.float64)


def _surface(target: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Voxels of a mask with a neighbour outside it, face to face; the box's own sides are no surface."""
    surface = np.zeros_like(target)
    for axis in range(target.ndim):
        along, out = np.moveaxis(surface, axis, 0), np.moveaxis(~target, axis, 0)
        along[1:] |= out[:-1]
        along[:-1] |= out[1:]
    return surface & target
