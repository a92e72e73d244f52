"""LesionView + bones -> width of the posterior wall's breach: tumour that passes through it into the canal."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from spineseg.anatomy.subregions import POSTERIOR_WALL
from spineseg.domain.volume import spacing_mm
from spineseg.grading.lesion_view import LesionView
from spineseg.grading.spine_bones import SpineBones

# Between the wall's outermost voxel and the canal's first lies the ligament; a mask leaves up to one voxel there. [P]
_GAP_MM = 1.5


def breach_width_mm(view: LesionView, bones: SpineBones) -> float:
    """Width of the largest breach, the smaller of its extents across and along the canal [mm]; 0 without one."""
    canal = view.voxels.indices[view.voxels.in_canal]
    if not len(canal):
        return 0.0
    widths = [0.0]
    grid = view.anatomy.segmentation.anatomy
    spacing = spacing_mm(grid)
    axes = np.asarray(grid.affine)[:3, :3]
    for vertebra in bones.involved(view.number):
        parts = bones.parts(vertebra)
        if parts is None:
            continue
        wall = parts.mask((POSTERIOR_WALL,)) & bones.tumour_in(parts, view.number)
        if not wall.any():
            continue
        indices = parts.indices[wall]
        corner = np.minimum(indices.min(axis=0), canal.min(axis=0))
        shape = np.maximum(indices.max(axis=0), canal.max(axis=0)) - corner + 1
        in_canal = np.zeros(shape, dtype=bool)
        in_canal[tuple((canal - corner).T)] = True
        away = ndimage.distance_transform_edt(~in_canal, sampling=spacing)[tuple((indices - corner).T)]
        node = int(np.clip(round(vertebra.position_mm / view.centerline.step_mm), 0, len(view.centerline.points) - 1))
        directions = (view.centerline.left[node], view.centerline.tangents[node])
        # One voxel of an outline has a width of its own.
        voxel_mm = [float(np.abs(direction @ axes).max()) for direction in directions]
        posterior_mm = float(np.abs(view.centerline.anterior[node] @ axes).max())
        touching = np.zeros(shape, dtype=bool)
        touching[tuple((indices[away <= _GAP_MM + posterior_mm] - corner).T)] = True
        pieces, count = ndimage.label(touching, structure=np.ones((3, 3, 3)))
        for piece in range(1, count + 1):
            places = np.argwhere(pieces == piece) @ axes.T
            extents = [
                float(np.ptp(places @ direction)) + size for direction, size in zip(directions, voxel_mm, strict=True)
            ]
            widths.append(min(extents))
    return max(widths)
