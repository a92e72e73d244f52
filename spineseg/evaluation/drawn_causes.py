"""SpineAnatomy + true masks -> Causes: which structure of the network, were it true, would make the grade exact."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from spineseg.anatomy import describe_spine
from spineseg.domain.anatomy import SpineAnatomy
from spineseg.domain.escc import ESCC_RANK, EsccGrade
from spineseg.domain.labels import (
    BACKGROUND,
    CANAL_CONTENT,
    CAUDA_EQUINA,
    CSF,
    EPIDURAL_SPACE,
    SPINAL_CORD,
    THECAL_SAC,
)
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import like
from spineseg.grading.compartments import find_compartment
from spineseg.grading.escc import grade_escc
from spineseg.grading.lesion_view import lesion_numbers, view_lesion

Mask = NDArray[np.bool_]


class Structure(StrEnum):
    """What the grade is measured on, each inside the next."""

    CORD = "cord"
    SAC = "sac"
    CANAL = "canal"

    def mask(self, anatomy: NDArray[np.uint8]) -> Mask:
        """Voxels of the structure with all that lies in it."""
        labels = {Structure.CORD: (SPINAL_CORD, CAUDA_EQUINA), Structure.SAC: THECAL_SAC}.get(self, CANAL_CONTENT)
        return np.isin(anatomy, labels)


class Cause(StrEnum):
    """Why a grade is not exact."""

    CORD = "cord"
    SAC = "sac"
    CANAL = "canal"
    OUTLINES = "doubt of outlines coarser than the voxels"
    SEVERAL = "several structures together"
    GRADING = "not the masks: the grade is not exact on true ones either"


_ALONE = {Cause.CORD: Structure.CORD, Cause.SAC: Structure.SAC, Cause.CANAL: Structure.CANAL}


def find_causes(
    anatomy: SpineAnatomy, truth: Segmentation, true_grades: tuple[EsccGrade, EsccGrade]
) -> tuple[Cause, ...]:
    """Every single change that makes the grade exact; else several structures, or the grading itself.

    Parameters
    ----------
    anatomy
        The graded series with the lesion in its segmentation.
    truth
        Its true masks on the same grid.
    true_grades
        Lower and upper.
    """
    low, high = (ESCC_RANK[grade] for grade in true_grades)

    def right(changed: SpineAnatomy) -> bool:
        return low <= ESCC_RANK.get(_grade(changed), -1) <= high

    single = [cause for cause, structure in _ALONE.items() if right(with_true(anatomy, truth, {structure}))]
    if right(without_outline_doubt(anatomy)):
        single.append(Cause.OUTLINES)
    if single:
        return tuple(single)
    whole = describe_spine(replace(truth, lesions=anatomy.segmentation.lesions))
    return (Cause.SEVERAL,) if right(whole) else (Cause.GRADING,)


def with_true(anatomy: SpineAnatomy, truth: Segmentation, structures: Collection[Structure]) -> SpineAnatomy:
    """The same series with some structures as they are; what lies in a structure stays in it."""
    own, true = anatomy.segmentation.anatomy.array, truth.anatomy.array
    cord, sac, canal = (one.mask(true if one in structures else own) for one in Structure)
    # A true cord widens a sac that is drawn too narrow; a true sac or canal cuts off what is drawn outside.
    if Structure.CANAL in structures:
        sac, cord = sac & canal, cord & canal
    if Structure.SAC in structures:
        cord = cord & sac if Structure.CORD not in structures else cord
    beside = np.where(np.isin(true, CANAL_CONTENT), np.uint8(BACKGROUND), true)
    outside = np.where(np.isin(own, CANAL_CONTENT), beside, own)
    values = [np.uint8(value) for value in (SPINAL_CORD, CSF, EPIDURAL_SPACE)]
    labels = np.select([cord, sac, canal], values, outside)
    segmentation = anatomy.segmentation
    return replace(anatomy, segmentation=replace(segmentation, anatomy=like(segmentation.anatomy, labels)))


def without_outline_doubt(anatomy: SpineAnatomy) -> SpineAnatomy:
    """The same masks as if they had been drawn on the voxels."""
    return replace(anatomy, segmentation=replace(anatomy.segmentation, outline_mm=0.0))


def _grade(anatomy: SpineAnatomy) -> EsccGrade:
    """Highest point of the lesions; undetermined where one has none."""
    if anatomy.centerline is None:
        return EsccGrade.UNDETERMINED
    points = []
    for number in lesion_numbers(anatomy.segmentation.lesions):
        view = view_lesion(anatomy, anatomy.centerline, number)
        points.append(grade_escc(view, find_compartment(view).compartment).point)
    graded = [point for point in points if point is not EsccGrade.NOT_APPLICABLE]
    if not graded or any(point not in ESCC_RANK for point in graded):
        return EsccGrade.UNDETERMINED
    return max(graded, key=lambda point: ESCC_RANK[point])
