"""LesionView -> CordPresence: whether the cord is there, has ended above (conus), or is lost in the masks."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from spineseg.anatomy.centerline import project
from spineseg.anatomy.shapes import area_mm2
from spineseg.domain.labels import CAUDA_EQUINA, LEVEL_ORDER, SPINAL_CANAL, SPINAL_CORD, THECAL_SAC
from spineseg.domain.volume import to_patient
from spineseg.grading.expected import CORD
from spineseg.grading.lesion_view import LesionView, level_at

# The conus lies between T12 and L2, mostly at L1 (clinical.md 1.6); one level more on each side is accepted. [P]
_HIGHEST_CONUS = LEVEL_ORDER.index("T11")
_LOWEST_CONUS = LEVEL_ORDER.index("L3")
_FIRST_WITHOUT_CORD = LEVEL_ORDER.index("L2")
_CLEAR_OF_MASS_MM = 5.0  # a cord that ends this far above the tumour ended by itself [P]
_LEAST_SEEN_MM2 = 4.0  # a cord flattened to a tenth of the smallest normal one is still seen [P]
_CAUDA_SHARE = 0.1  # share of the sac's voxels at the lesion that are cauda equina [P]


class CordPresence(StrEnum):
    """Whether ESCC can rest on the cord at a lesion."""

    PRESENT = "present"
    BELOW_CONUS = "below_conus"
    MISSING = "missing"  # on an involved plane above the conus: never "no compression"
    UNDIVIDED = "undivided"  # only the whole canal is given (CT)


def find_cord(view: LesionView) -> CordPresence:
    """Whether the cord mask covers every plane on which the lesion could press it."""
    labels = view.anatomy.segmentation.anatomy.array
    if not any(np.any(labels == value) for value in THECAL_SAC) and np.any(labels == SPINAL_CANAL):
        rank = _rank_at(view, float(view.sections.position_mm[view.considered].min()))
        return CordPresence.BELOW_CONUS if rank is not None and rank >= _FIRST_WITHOUT_CORD else CordPresence.UNDIVIDED
    seen = area_mm2(view.sections.fields[CORD]) >= _LEAST_SEEN_MM2
    if seen[view.considered].all():
        return CordPresence.PRESENT
    return CordPresence.BELOW_CONUS if _is_below_conus(view) else CordPresence.MISSING


def _is_below_conus(view: LesionView) -> bool:
    first = float(view.sections.position_mm[view.considered].min())
    end = _cord_end(view)
    if end is None:
        rank = _rank_at(view, first)
        return rank >= _FIRST_WITHOUT_CORD if rank is not None else _has_cauda(view)
    if first < end + _CLEAR_OF_MASS_MM:
        return False
    rank = _rank_at(view, end)
    return _HIGHEST_CONUS <= rank <= _LOWEST_CONUS if rank is not None else _has_cauda(view)


def _cord_end(view: LesionView) -> float | None:
    """Caudal end of the cord along the centreline [mm]; None without a cord in the series."""
    grid = view.anatomy.segmentation.anatomy
    indices = np.argwhere(grid.array == SPINAL_CORD)
    if not len(indices):
        return None
    thinned = indices[:: max(1, len(indices) // 20_000)]
    return float(np.percentile(project(view.centerline, to_patient(grid, thinned)).position_mm, 99.5))


def _rank_at(view: LesionView, position_mm: float) -> int | None:
    level = level_at(view.anatomy.vertebrae, position_mm)
    return LEVEL_ORDER.index(level.name) if level is not None and level.name in LEVEL_ORDER else None


def _has_cauda(view: LesionView) -> bool:
    indices = view.voxels.indices
    axis_box = tuple(
        slice(max(0, int(low) - 40), int(high) + 41)
        for low, high in zip(indices.min(axis=0), indices.max(axis=0), strict=True)
    )
    labels = view.anatomy.segmentation.anatomy.array[axis_box]
    sac = int(np.isin(labels, THECAL_SAC).sum())
    return sac > 0 and int((labels == CAUDA_EQUINA).sum()) >= _CAUDA_SHARE * sac
