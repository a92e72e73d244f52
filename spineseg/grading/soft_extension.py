"""LesionView + bones -> foraminal, paraspinal and prevertebral extension: tumour outside bone and canal, by place."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from spineseg.anatomy.subregions import ARTICULAR_PROCESS, PEDICLE, VertebraParts
from spineseg.domain.labels import RIB
from spineseg.grading.lesion_view import LesionView, level_borders
from spineseg.grading.spine_bones import SpineBones

Mask = NDArray[np.bool_]

_FORAMEN_MM3 = 100.0  # clinical.md 3.2
_BESIDE_MM3 = 500.0  # clinical.md 3.2
_PEDICLE_EDGE = (5.0, 95.0)  # percentiles that bound a pedicle along the canal
_FACET_EDGE = 90.0
# In front of the facets, behind the posterior wall; the wall of a body lies a little behind the canal's front. [P]
_FRONT_MM = 3.0
_BACK_SHARE = 0.6
_DISC_OFFSET_LABEL = 100  # values above are discs
_NEAR_LEVELS = 1  # vertebrae beyond the lesion's own whose foramina it can reach


@dataclass(frozen=True, slots=True, kw_only=True)
class _Foramen:
    """Box between two pedicles: along the canal, to each side and behind the centreline [mm]."""

    along: tuple[float, float]
    beside: tuple[float, float]
    back: tuple[float, float]


def find_extension(view: LesionView, bones: SpineBones) -> set[str]:
    """Names of the spaces beside the spine that a lesion has reached."""
    at = view.voxels.frame
    kinds = view.anatomy.segmentation.subregions.array[tuple(view.voxels.indices.T)]
    soft = ~view.voxels.in_bone & ~view.voxels.in_canal & (kinds != RIB)
    soft &= view.voxels.labels <= _DISC_OFFSET_LABEL
    voxel_mm3 = view.volume_mm3 / len(soft)
    in_foramen = np.zeros_like(soft)
    for box in _foramina(view, bones):
        side = np.abs(at.left_mm)
        inside = (at.position_mm > box.along[0]) & (at.position_mm < box.along[1])
        inside &= (side > box.beside[0]) & (side < box.beside[1])
        in_foramen |= inside & (at.posterior_mm > box.back[0]) & (at.posterior_mm < box.back[1])
    in_foramen &= soft
    left = at.left_mm > 0
    beyond = soft & ~in_foramen
    ahead = beyond & _prevertebral(view)
    spaces = {
        "foramen_left": (in_foramen & left, _FORAMEN_MM3),
        "foramen_right": (in_foramen & ~left, _FORAMEN_MM3),
        "paraspinal_left": (beyond & ~ahead & left, _BESIDE_MM3),
        "paraspinal_right": (beyond & ~ahead & ~left, _BESIDE_MM3),
        "prevertebral": (ahead, _BESIDE_MM3),
    }
    return {name for name, (mask, least) in spaces.items() if np.count_nonzero(mask) * voxel_mm3 >= least}


def _foramina(view: LesionView, bones: SpineBones) -> list[_Foramen]:
    """Boxes between the pedicles of the vertebrae around the lesion."""
    vertebrae = view.anatomy.vertebrae
    positions = view.voxels.frame.position_mm
    if not vertebrae or not len(positions):
        return []
    borders = level_borders(vertebrae)
    first, last = (int(np.searchsorted(borders, end)) for end in (positions.min(), positions.max()))
    near = vertebrae[max(0, first - _NEAR_LEVELS) : last + _NEAR_LEVELS + 1]
    parts = [bones.parts(vertebra) for vertebra in near]
    return [_foramen(upper, lower) for upper, lower in pairwise(parts) if upper is not None and lower is not None]


def _foramen(upper: VertebraParts, lower: VertebraParts) -> _Foramen:
    frame = lower.frame
    return _Foramen(
        along=(_pedicle_end(upper, _PEDICLE_EDGE[1]), _pedicle_end(lower, _PEDICLE_EDGE[0])),
        beside=(frame.half_width_mm, max(_facet_border(upper), _facet_border(lower))),
        back=(-frame.front_mm - _FRONT_MM, _BACK_SHARE * frame.back_mm),
    )


def _pedicle_end(parts: VertebraParts, percentile: float) -> float:
    pedicles = parts.mask((f"{PEDICLE}_left", f"{PEDICLE}_right"))
    positions = parts.at.position_mm[pedicles]
    return float(np.percentile(positions, percentile)) if len(positions) else parts.frame.middle_mm


def _facet_border(parts: VertebraParts) -> float:
    facets = parts.mask((f"{ARTICULAR_PROCESS}_left", f"{ARTICULAR_PROCESS}_right"))
    side = np.abs(parts.at.left_mm[facets])
    return float(np.percentile(side, _FACET_EDGE)) if len(side) else parts.frame.half_width_mm + parts.frame.pedicle_mm


def _prevertebral(view: LesionView) -> Mask:
    """Voxels in front of the bodies: within 45 degrees of straight ahead, seen from the middle of the nearest body."""
    at = view.voxels.frame
    vertebrae = view.anatomy.vertebrae
    if not vertebrae:
        return np.zeros(len(at.position_mm), dtype=bool)
    depth_mm = np.array([_body_depth(view, number) for number in range(len(vertebrae))])
    level = np.searchsorted(level_borders(vertebrae), at.position_mm)
    ahead = -at.posterior_mm - depth_mm[level]
    return np.asarray((ahead > 0) & (np.abs(at.left_mm) < ahead))


def _body_depth(view: LesionView, number: int) -> float:
    """How far a body's middle lies before the centreline [mm]."""
    vertebra = view.anatomy.vertebrae[number]
    centerline = view.centerline
    node = int(np.clip(round(vertebra.position_mm / centerline.step_mm), 0, len(centerline.points) - 1))
    offset = np.asarray(vertebra.body_centroid) - centerline.points[node]
    return float(offset @ centerline.anterior[node])
