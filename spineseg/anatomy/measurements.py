"""SpineAnatomy -> measurements a level: areas and diameters of cord, sac and canal at mid-body."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spineseg.anatomy.boxes import Box
from spineseg.anatomy.sections import Sections, canal_half_width, lay_planes, station_positions
from spineseg.anatomy.shapes import ap_diameter_mm, area_mm2, transverse_diameter_mm
from spineseg.domain.anatomy import Centerline, SpineAnatomy, Vertebra
from spineseg.domain.labels import CANAL_CONTENT, SPINAL_CORD, THECAL_SAC
from spineseg.domain.segmentation import Segmentation

CORD, SAC, CANAL = "cord", "sac", "canal"
_HALF_RANGE_MM = 3.0  # planes around mid-body whose median is taken; one or two thick slices at least [P]
# An outline needs this many samples across it for an area or a width within 10 %; on sagittal slices of 3-4 mm a cord
# of 8 mm has two, and its area comes out a third too small (measured on phantoms). [P]
_LEAST_SAMPLES = 5.0
_LEAST_AREA_MM2 = 10.0  # a sixth of the smallest cord (conus, about 60 mm²): less is not a structure [P]


def structure_masks(segmentation: Segmentation, box: Box = ()) -> dict[str, NDArray[np.bool_]]:
    """Cord, thecal sac (cord and cauda included) and canal (sac included) as masks; an undivided canal has no sac.

    Parameters
    ----------
    box
        Voxels to look at; empty for all.
    """
    labels = segmentation.anatomy.array[box]
    masks = {}
    for name, values in ((CORD, (SPINAL_CORD,)), (SAC, THECAL_SAC), (CANAL, CANAL_CONTENT)):
        table = np.zeros(256, dtype=bool)
        table[list(values)] = True
        masks[name] = table[labels]
    return masks


def measure_levels(anatomy: SpineAnatomy) -> dict[str, dict[str, float]]:
    """Medians at mid-body, perpendicular to the canal.

    Returns
    -------
    level name -> key of `domain.vocabulary.LEVEL_MEASUREMENTS` -> value [mm or mm² as the key says]
        A structure that is absent or cut by the field of view has no key.
    """
    if anatomy.centerline is None:
        return {}
    return {
        vertebra.name: _measure(anatomy.centerline, anatomy.segmentation, vertebra)
        for vertebra in anatomy.vertebrae
        if vertebra.name != "S1"
    }


def _measure(centerline: Centerline, segmentation: Segmentation, vertebra: Vertebra) -> dict[str, float]:
    grid = segmentation.anatomy
    middle = float(np.clip(np.mean(vertebra.extent_mm), 0.0, (len(centerline.points) - 1) * centerline.step_mm))
    around = station_positions(centerline, grid, middle - _HALF_RANGE_MM, middle + _HALF_RANGE_MM)
    around = around if len(around) else np.array([middle])
    planes = lay_planes(centerline, grid, around, canal_half_width(centerline, grid, around))
    sections = planes.cut(structure_masks(segmentation, planes.box))
    if not sections.covered.any():
        return {}
    nearest = round(middle / centerline.step_mm)
    axes = np.asarray(grid.affine, dtype=np.float64)[:3, :3]
    return _medians(sections, left_right_mm=float(np.linalg.norm(centerline.left[nearest] @ axes)))


def _medians(sections: Sections, *, left_right_mm: float) -> dict[str, float]:
    measured: dict[str, float] = {}
    for name, field in sections.fields.items():
        areas = area_mm2(field)
        seen = sections.covered & (areas >= _LEAST_AREA_MM2)
        if not seen.any():
            continue
        width = float(np.median(transverse_diameter_mm(field)[seen]))
        fine = width >= _LEAST_SAMPLES * left_right_mm
        values = {
            "area_mm2": float(np.median(areas[seen])) if fine else None,
            "ap_diameter_mm": float(np.median(ap_diameter_mm(field)[seen])) if name != CANAL else None,
            "transverse_diameter_mm": width if fine and name != CANAL else None,
        }
        measured |= {f"{name}_{key}": value for key, value in values.items() if value is not None}
    return measured
