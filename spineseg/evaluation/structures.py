"""Segmentation -> masks of the structures that real images have references for, whole and one by one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from spineseg.domain import labels
from spineseg.domain.segmentation import Segmentation

BoolArray = NDArray[np.bool_]
LabelArray = NDArray[np.uint8]

_VERTEBRAE = np.array([value for value in labels.ANATOMY if labels.is_vertebra(value)], dtype=np.uint8)


def _anatomy(*values: int) -> Callable[[Segmentation], BoolArray]:
    return lambda found: np.isin(found.anatomy.array, values)


def _subregion(value: int) -> Callable[[Segmentation], BoolArray]:
    return lambda found: found.subregions.array == value


def _vertebrae(found: Segmentation) -> BoolArray:
    mask: BoolArray = np.isin(found.anatomy.array, _VERTEBRAE)
    return mask


def _discs(found: Segmentation) -> BoolArray:
    mask: BoolArray = found.anatomy.array > labels.DISC_OFFSET
    return mask


BODY = "vertebral body"
VERTEBRA = "vertebra"

MASKS: dict[str, Callable[[Segmentation], BoolArray]] = {
    BODY: _subregion(labels.VERTEBRAL_BODY),
    "posterior elements": _subregion(labels.POSTERIOR_ELEMENTS),
    VERTEBRA: _vertebrae,
    "disc": _discs,
    "sacrum": _anatomy(labels.SACRUM),
    "spinal cord": _anatomy(labels.SPINAL_CORD),
    "spinal canal": _anatomy(*labels.CANAL_CONTENT),
}
# Structures of which a spine has several, each with a label of its own.
COUNTED = (BODY, VERTEBRA, "disc")


def structure_of(name: str) -> str:
    """Structure that a name of the datalist stands for: itself, or a vertebra for a level such as L3."""
    return VERTEBRA if name in labels.VERTEBRA_VALUES else name


def mask_of(found: Segmentation, structure: str) -> BoolArray:
    """Voxels of a structure: (slice, row, column) bool."""
    return MASKS[structure](found)


def instances_of(found: Segmentation, structure: str) -> LabelArray:
    """Anatomy value of each voxel of a structure, 0 elsewhere: (slice, row, column) uint8."""
    instances: LabelArray = np.where(mask_of(found, structure), found.anatomy.array, 0).astype(np.uint8, copy=False)
    return instances
