"""LesionView -> Compartment and fractions: extradural, intradural extramedullary or intramedullary (source S04-S06)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from spineseg.anatomy.shapes import area_mm2, centroid_mm
from spineseg.domain.findings import Compartment, CompartmentFractions
from spineseg.domain.labels import CAUDA_EQUINA, CSF, SPINAL_CANAL, SPINAL_CORD
from spineseg.grading.expected import CORD, SAC, TUMOUR
from spineseg.grading.lesion_view import LesionView, field_at_voxels

# Proposals of clinical.md section 3.1 [P].
_INTRAMEDULLARY = 0.60
_INTRADURAL = 0.60
_EXTRADURAL = 0.80
_MIXED = 0.20
_CORD_EXPANSION = 1.15
_BOUNDARY_IN_CORD = 0.70
_CORD_SHIFT_MM = 1.0
_CSF_CAP = 1.20
_CLEARLY_INTRADURAL = 0.80  # small and not displacing, yet wholly inside the dura [P]
# How far a label may lie outside the expected outline before the label is doubted: the cord's envelope is dilated by
# 1 mm (clinical.md 3.1); a sac may bulge by twice that around an intradural mass. [P]
_CORD_DOUBT_MM = 1.0
_SAC_DOUBT_MM = 2.0
_UNDIVIDED = 0.20  # share in an undivided canal above which dura and cord would be needed [P]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompartmentResult:
    """Compartment of one lesion; fractions None where the canal's content is not divided."""

    compartment: Compartment
    fractions: CompartmentFractions | None


def find_compartment(view: LesionView) -> CompartmentResult:
    """Compartment by the rule of clinical.md section 3.1.

    The label under each voxel says on which side of dura and pia it lies; the outlines expected from uninvolved
    neighbours check it, since a sac or cord mask may have swallowed the tumour. Overlap with the expected outlines
    alone would call every large epidural mass intradural: it lies where the sac was before it was pushed away.
    """
    labels = view.voxels.labels
    if np.mean(labels == SPINAL_CANAL) >= _UNDIVIDED:
        return CompartmentResult(compartment=Compartment.UNDETERMINED, fractions=None)
    outside_cord = field_at_voxels(view, view.expected.cord)
    outside_sac = field_at_voxels(view, view.expected.sac)
    expands = _cord_expansion(view) >= _CORD_EXPANSION
    in_cord = (labels == SPINAL_CORD) & ((outside_cord <= _CORD_DOUBT_MM) | expands)
    in_sac = np.isin(labels, (SPINAL_CORD, CSF, CAUDA_EQUINA)) & ~in_cord & (outside_sac <= _SAC_DOUBT_MM)
    inside, within = float(np.mean(in_cord)), float(np.mean(in_sac))
    fractions = CompartmentFractions(
        extradural=1.0 - inside - within, intradural_extramedullary=within, intramedullary=inside
    )
    return CompartmentResult(compartment=_decide(view, fractions, expands=expands), fractions=fractions)


def _decide(view: LesionView, shares: CompartmentFractions, *, expands: bool) -> Compartment:
    inside, within = shares.intramedullary, shares.intradural_extramedullary
    if shares.extradural >= _EXTRADURAL:
        return Compartment.EXTRADURAL
    if inside >= _INTRAMEDULLARY and (expands or _boundary_in_cord(view) >= _BOUNDARY_IN_CORD):
        return Compartment.INTRAMEDULLARY
    if within >= _INTRADURAL and (within >= _CLEARLY_INTRADURAL or _displaces(view)):
        return Compartment.INTRADURAL_EXTRAMEDULLARY
    if shares.extradural >= _MIXED and inside + within >= _MIXED:
        return Compartment.MIXED
    return Compartment.UNDETERMINED


def _cord_expansion(view: LesionView) -> float:
    """Greatest ratio of cord with tumour in it to the expected cord; 1 where there is no reference."""
    if view.expected.cord is None or not view.involved.any():
        return 1.0
    tumour = np.maximum(view.sections.fields[TUMOUR], view.sections.fields[SAC])[view.involved]
    together = area_mm2(np.minimum(view.sections.fields[CORD][view.involved], tumour))
    normal = area_mm2(view.expected.cord[view.involved])
    return float(np.max(together / np.maximum(normal, 1e-6)))


def _boundary_in_cord(view: LesionView) -> float:
    """Share of the lesion's surroundings that is cord."""
    box = _padded_box(view)
    lesion = view.anatomy.segmentation.lesions.array[box] == view.number
    shell = ndimage.binary_dilation(lesion) & ~lesion
    labels = view.anatomy.segmentation.anatomy.array[box]
    return float(np.mean(labels[shell] == SPINAL_CORD)) if shell.any() else 0.0


def _displaces(view: LesionView) -> bool:
    """Whether the cord is pushed aside, CSF caps the lesion, or no cord is there to be pushed (below the conus)."""
    normal_cord, normal_sac = view.expected.cord, view.expected.sac
    if normal_cord is None:
        return True
    planes = np.flatnonzero(view.involved)
    cord, sac = view.sections.fields[CORD], view.sections.fields[SAC]
    shift = np.linalg.norm(centroid_mm(cord[planes]) - centroid_mm(normal_cord[planes]), axis=1)
    if np.nanmax(shift, initial=0.0) >= _CORD_SHIFT_MM:
        return True
    caps = [plane for plane in (planes[0] - 1, planes[-1] + 1) if 0 <= plane < len(view.involved)]
    if normal_sac is None or not caps:
        return False
    csf = area_mm2(sac[caps]) - area_mm2(cord[caps])
    normal = area_mm2(normal_sac[caps]) - area_mm2(normal_cord[caps])
    return bool(np.max(csf / np.maximum(normal, 1e-6)) >= _CSF_CAP)


def _padded_box(view: LesionView) -> tuple[slice, ...]:
    indices = view.voxels.indices
    return tuple(
        slice(max(0, int(low) - 1), int(high) + 2)
        for low, high in zip(indices.min(axis=0), indices.max(axis=0), strict=True)
    )
