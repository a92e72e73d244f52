"""Analytic spine of boxes -> masks with a lesion, a step or a crushed body put in by hand, and what grading needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from spineseg.anatomy import describe_spine
from spineseg.domain.labels import VERTEBRA_VALUES, VERTEBRAL_BODY
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import like, to_patient
from spineseg.grading.lesion_view import LesionView, view_lesion
from spineseg.grading.spine_bones import SpineBones, find_bones
from tests.grading.analytic import Spec, axial_affine, segment
from tests.grading.views import named

SHAPE = (72, 92, 80)  # 180 mm along the canal, 1 x 1 x 2.5 mm: every body has eight slices
NAMES = {32: "T4", 33: "T5", 34: "T6", 35: "T7", 36: "T8", 37: "T9", 38: "T10"}
Mask = NDArray[np.bool_]


@cache
def plain() -> Segmentation:
    """Seven vertebrae T4 to T10, T7 at the origin, every 25 mm; bodies 30 x 24 x 20 mm, no lesion."""
    affine = axial_affine(spacing=(2.5, 1.0, 1.0), shape=SHAPE)
    affine[1, 3] -= 8.0  # bodies lie in front of the canal
    return named(segment(Spec(), affine, SHAPE), NAMES)


@cache
def points() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """To the left of the canal's middle, behind it, and to the head of every voxel [mm]."""
    index = np.moveaxis(np.indices(SHAPE), 0, -1)
    x, y, z = np.moveaxis(to_patient(plain().anatomy, index), -1, 0)
    return x, y, z


def with_lesion(where: Callable[..., Mask], masks: Segmentation | None = None, number: int = 1) -> Segmentation:
    """A lesion where `where(left, behind, up, anatomy, subregions)` holds."""
    masks = masks or plain()
    found = where(*points(), masks.anatomy.array, masks.subregions.array)
    lesions = np.where(found, np.uint8(number), masks.lesions.array)
    return replace(masks, lesions=like(masks.lesions, lesions))


def crushed(masks: Segmentation, level: str, lost_mm: float, *, in_front: bool = False) -> Segmentation:
    """A body whose upper end has sunk by so much, throughout or in its front half."""
    _, behind, up = points()
    label = VERTEBRA_VALUES[level]
    body = (masks.anatomy.array == label) & (masks.subregions.array == VERTEBRAL_BODY)
    gone = body & (up > up[body].max() + 1.25 - lost_mm)
    if in_front:
        gone &= behind < np.median(behind[body])
    return replace(
        masks,
        anatomy=like(masks.anatomy, np.where(gone, np.uint8(0), masks.anatomy.array)),
        subregions=like(masks.subregions, np.where(gone, np.uint8(0), masks.subregions.array)),
    )


def slipped(masks: Segmentation, forward_mm: int, above_mm: float = -12.5) -> Segmentation:
    """Everything above a height moved to anterior by whole millimetres."""
    upper = points()[2][:, 0, 0] > above_mm

    def move(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
        moved = array.copy()
        moved[upper] = np.roll(array[upper], -forward_mm, axis=1)
        return moved

    return replace(
        masks,
        anatomy=like(masks.anatomy, move(masks.anatomy.array)),
        subregions=like(masks.subregions, move(masks.subregions.array)),
        lesions=like(masks.lesions, move(masks.lesions.array)),
    )


def in_body(left: Mask, behind: Mask, up: Mask, anatomy: Mask, subregions: Mask) -> Mask:
    """Half of the body of T7, away from its walls."""
    body = (anatomy == VERTEBRA_VALUES["T7"]) & (subregions == VERTEBRAL_BODY)
    return body & (np.abs(left) < 10) & (behind < -16) & (behind > -30) & (np.abs(up) < 8)


def viewed(masks: Segmentation, number: int = 1) -> tuple[LesionView, SpineBones]:
    """A lesion cut across the canal, and the bones around it."""
    anatomy = describe_spine(masks)
    assert anatomy.centerline is not None
    return view_lesion(anatomy, anatomy.centerline, number), find_bones(anatomy)
