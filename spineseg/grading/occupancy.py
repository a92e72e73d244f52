"""SpineAnatomy with lesions of unknown compartment -> the same with the anatomy that each lesion occupies.

The convention (`domain.segmentation`): under a lesion the anatomy mask says epidural space, inside the dura, cord or
bone. A network that drew the anatomy saw a tumour where it expected cord or fluid, so its word beneath a lesion that a
person drew is the weakest evidence. What decides is the anatomy around (order of the questions, thresholds [P]):

1. The lesion is also in bone: metastases reach the canal from there, so its part in the canal is epidural. Only
   where it seems to keep within the dura and erodes a little bone (a dumbbell's foramen) the network's word is kept.
2. Cord on most sides of it, or no cord left beside it while fluid or cord surrounds it and the cord goes on above and
   below: the cord runs through it, it is intramedullary.
3. It keeps within the sac that is expected from uninvolved neighbours, and dural contents surround it: intradural.
4. Otherwise epidural.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.anatomy.distance import Field
from spineseg.anatomy.sections import HALF_WIDTH_MM
from spineseg.anatomy.shapes import area_mm2
from spineseg.domain.anatomy import Centerline, SpineAnatomy
from spineseg.domain.labels import BACKGROUND, CSF, EPIDURAL_SPACE, SPINAL_CANAL, SPINAL_CORD, THECAL_SAC
from spineseg.domain.volume import like
from spineseg.grading.expected import CANAL, CORD, SAC, TUMOUR, Expected, expected_outlines, involved_planes
from spineseg.grading.lesion_view import LesionView, field_at_voxels, lesion_numbers, view_lesion

_BONE_SHARE = 0.10  # of the lesion in bone: it comes from there [P]
_ERODED_SHARE = 0.30  # up to this a mass that grew out of the dura may have eroded it [P]
_CORD_AROUND = 0.60  # of the surroundings of its part in the canal [P]
_CORD_LEFT = 0.25  # of the expected cord beside the lesion: less is no cord that was pushed aside [P]
_DURAL_AROUND = 0.70  # cord, cauda and fluid around it [P]
_BEYOND_SAC = 0.20  # of it outside the expected sac: more lies in the epidural space [P]
_IN_CANAL_MM = 1.0  # so deep in the expected canal a voxel is in it, whatever soft tissue its label says [P]
_SAC_DOUBT_MM = 2.0  # a sac bulges so far around an intradural mass, as in `compartments` [P]
_FAR_MM = 30.0


class Occupied(StrEnum):
    """What the part of a lesion in the canal occupies."""

    EPIDURAL = "epidural"
    DURAL = "dural"
    CORD = "cord"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Surroundings:
    """Evidence about one lesion.

    Parameters
    ----------
    in_canal : (N,)
        Voxels of the lesion in the canal: by label, or inside the expected sac, which bone never enters, or deep in
        the expected canal and not in bone.
    beyond_sac_mm : (N,) [mm]
        Signed distance to the expected sac, negative inside; 0 where none is known.
    """

    in_canal: NDArray[np.bool_]
    beyond_sac_mm: NDArray[np.float64]
    bone_share: float
    cord_around: float
    dural_around: float
    cord_left: float


def settle_occupancy(anatomy: SpineAnatomy) -> SpineAnatomy:
    """Rewrite the anatomy beneath every lesion by what lies around it; all else stays.

    A canal that is not divided (CT) stays as it is.
    """
    line, segmentation = anatomy.centerline, anatomy.segmentation
    labels = segmentation.anatomy.array
    if line is None or (np.any(labels == SPINAL_CANAL) and not np.any(np.isin(labels, THECAL_SAC))):
        return anatomy
    settled = labels.copy()
    for number in lesion_numbers(segmentation.lesions):
        _settle(settled, anatomy, line, number)
    if np.array_equal(settled, labels):
        return anatomy
    subregions = np.where(settled != labels, np.uint8(BACKGROUND), segmentation.subregions.array)
    changed = replace(
        segmentation,
        anatomy=like(segmentation.anatomy, settled),
        subregions=like(segmentation.subregions, subregions),
    )
    return replace(anatomy, segmentation=changed)


def find_occupied(view: LesionView) -> Occupied | None:
    """What the lesion occupies in the canal; None where it stays out of it."""
    around = _surroundings(view)
    return _decide(around) if around.in_canal.any() else None


def _settle(settled: NDArray[np.uint8], anatomy: SpineAnatomy, line: Centerline, number: int) -> None:
    """Write what lies beneath one lesion into `settled`."""
    # Planes wider than the canal: what lies beside it tells of labels that may be wrong.
    view = view_lesion(anatomy, line, number, half_width_mm=HALF_WIDTH_MM)
    around = _surroundings(view)
    if not around.in_canal.any():
        return
    occupied = _decide(around)
    value = {Occupied.DURAL: CSF, Occupied.CORD: SPINAL_CORD}.get(occupied, EPIDURAL_SPACE)
    # A dumbbell's part beyond the dura is epidural, whatever the rest is.
    values = np.where(around.beyond_sac_mm <= _SAC_DOUBT_MM, np.uint8(value), np.uint8(EPIDURAL_SPACE))
    if occupied is Occupied.UNCLEAR:
        values = np.where(view.voxels.in_canal, view.voxels.labels, np.uint8(EPIDURAL_SPACE))
    settled[tuple(view.voxels.indices[around.in_canal].T)] = values[around.in_canal]


def _decide(around: _Surroundings) -> Occupied:
    surrounded = around.dural_around >= _DURAL_AROUND
    within = float(np.mean(around.beyond_sac_mm[around.in_canal] > 0)) <= _BEYOND_SAC
    dural = within and surrounded
    if around.bone_share >= _BONE_SHARE:
        return Occupied.UNCLEAR if dural and around.bone_share < _ERODED_SHARE else Occupied.EPIDURAL
    if around.cord_around >= _CORD_AROUND or (around.cord_left < _CORD_LEFT and surrounded):
        return Occupied.CORD
    return Occupied.DURAL if dural else Occupied.EPIDURAL


def _surroundings(view: LesionView) -> _Surroundings:
    expected, canal = _expected(view)
    in_canal, in_bone = view.voxels.in_canal, view.voxels.in_bone
    beyond = field_at_voxels(view, expected.sac)
    if expected.sac is not None:
        in_canal = in_canal | (beyond < 0) | ((field_at_voxels(view, canal) < -_IN_CANAL_MM) & ~in_bone)
    cord, dural = _shell_shares(view, in_canal)
    return _Surroundings(
        in_canal=in_canal,
        beyond_sac_mm=beyond,
        bone_share=float(np.mean(in_bone & ~in_canal)),
        cord_around=cord,
        dural_around=dural,
        cord_left=_cord_left(view, expected),
    )


def _expected(view: LesionView) -> tuple[Expected, Field | None]:
    """Outlines and canal from planes that the lesion does not even lie beside: there the labels may be wrong, too."""
    fields = view.sections.fields
    everywhere = {**fields, CANAL: np.full_like(fields[CANAL], -_FAR_MM)}
    strict = expected_outlines(replace(view.sections, fields=everywhere))
    canal = expected_outlines(replace(view.sections, fields={**everywhere, SAC: fields[CANAL]})).sac
    return (view.expected if strict.sac is None else strict), canal


def _shell_shares(view: LesionView, in_canal: NDArray[np.bool_]) -> tuple[float, float]:
    """Shares of cord and of everything dural in the voxels next to the lesion's part in the canal."""
    indices = view.voxels.indices[in_canal]
    if not len(indices):
        return 0.0, 0.0
    segmentation = view.anatomy.segmentation
    upper = np.asarray(segmentation.lesions.spatial_shape)
    low, high = np.maximum(indices.min(axis=0) - 1, 0), np.minimum(indices.max(axis=0) + 2, upper)
    box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    own = np.zeros(tuple(high - low), dtype=bool)
    own[tuple((indices - low).T)] = True
    shell = ndimage.binary_dilation(own) & (segmentation.lesions.array[box] != view.number)
    labels = segmentation.anatomy.array[box][shell]
    if not len(labels):
        return 0.0, 0.0
    return float(np.mean(labels == SPINAL_CORD)), float(np.mean(np.isin(labels, THECAL_SAC)))


def _cord_left(view: LesionView, expected: Expected) -> float:
    """Cord beside the lesion against the expected cord, median of the planes it reaches; 1 where none is known."""
    planes = involved_planes(view.sections)
    if expected.cord is None or not planes.any():
        return 1.0
    fields = view.sections.fields
    left = area_mm2(np.maximum(fields[CORD], -fields[TUMOUR])[planes])
    return float(np.median(left / np.maximum(area_mm2(expected.cord[planes]), 1e-6)))
