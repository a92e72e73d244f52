"""True masks -> masks with an error: tumour or cord a voxel larger or smaller, or with random holes."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.domain.labels import CSF, SPINAL_CORD
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import like, spacing_mm

Mask = NDArray[np.bool_]

HOLE_SHARE = 0.05  # of the voxels of tumour and cord
_THICK_RATIO = 1.5  # slices this much thicker than the pixel are outlined one by one


class MaskError(StrEnum):
    """What is wrong with the masks of tumour and cord; one voxel in the slice, or in three dimensions where it says."""

    TUMOUR_SMALLER = "tumour eroded"
    TUMOUR_LARGER = "tumour dilated"
    CORD_SMALLER = "cord eroded"
    CORD_LARGER = "cord dilated"
    BOTH_SMALLER = "tumour and cord eroded"
    BOTH_LARGER = "tumour and cord dilated"
    HOLES = "5 % holes"
    TUMOUR_SMALLER_3D = "tumour eroded, slices too"
    TUMOUR_LARGER_3D = "tumour dilated, slices too"


def with_error(masks: Segmentation, error: MaskError, rng: np.random.Generator) -> Segmentation:
    """The same masks with an error; where cord is taken away, there is CSF.

    Parameters
    ----------
    rng
        Source of the holes.
    """
    tumour, cord = _changed(masks, error, rng)
    anatomy, lesions = masks.anatomy.array, masks.lesions.array
    was_cord, was_tumour = anatomy == SPINAL_CORD, lesions > 0
    anatomy = np.where(was_cord & ~cord, np.uint8(CSF), np.where(cord, np.uint8(SPINAL_CORD), anatomy))
    # A larger tumour takes the number of the nearest one.
    nearest = lesions
    if np.any(tumour & ~was_tumour):
        index = ndimage.distance_transform_edt(~was_tumour, return_distances=False, return_indices=True)
        nearest = lesions[tuple(index)]
    lesions = np.where(tumour, nearest, np.uint8(0))
    subregions = np.where(cord, np.uint8(0), masks.subregions.array)
    return replace(
        masks,
        anatomy=like(masks.anatomy, anatomy.astype(np.uint8)),
        lesions=like(masks.lesions, lesions.astype(np.uint8)),
        subregions=like(masks.subregions, subregions.astype(np.uint8)),
    )


def _changed(masks: Segmentation, error: MaskError, rng: np.random.Generator) -> tuple[Mask, Mask]:
    tumour, cord = masks.lesions.array > 0, masks.anatomy.array == SPINAL_CORD
    if error is MaskError.HOLES:
        return tumour & (rng.random(tumour.shape) >= HOLE_SHARE), cord & (rng.random(cord.shape) >= HOLE_SHARE)
    within = _in_slice(spacing_mm(masks.lesions))
    full = ndimage.generate_binary_structure(3, 1)
    if error is MaskError.TUMOUR_SMALLER_3D:
        return _moved(tumour, full, larger=False), cord
    if error is MaskError.TUMOUR_LARGER_3D:
        return _moved(tumour, full, larger=True), cord
    larger = error in (MaskError.TUMOUR_LARGER, MaskError.CORD_LARGER, MaskError.BOTH_LARGER)
    if error not in (MaskError.CORD_SMALLER, MaskError.CORD_LARGER):
        tumour = _moved(tumour, within, larger=larger)
    if error not in (MaskError.TUMOUR_SMALLER, MaskError.TUMOUR_LARGER):
        cord = _moved(cord, within, larger=larger)
    return tumour, cord


def _in_slice(spacing: NDArray[np.float64]) -> Mask:
    """Four neighbours in the slice of a thick stack, six of voxels that are nearly cubes."""
    cross = ndimage.generate_binary_structure(3, 1)
    axis = int(np.argmax(spacing))
    if spacing[axis] > _THICK_RATIO * np.sort(spacing)[1]:
        index = [slice(None)] * 3
        for side in (0, 2):
            index[axis] = slice(side, side + 1)
            cross[tuple(index)] = False
    return np.asarray(cross)


def _moved(mask: Mask, neighbours: Mask, *, larger: bool) -> Mask:
    if larger:
        return np.asarray(ndimage.binary_dilation(mask, neighbours))
    # Beyond the field of view the structure goes on.
    return np.asarray(ndimage.binary_erosion(mask, neighbours, border_value=1))
