"""Two segmentations of one grid -> Dice per structure and lesions found or false."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.domain import labels
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import voxel_volume_mm3

BoolArray = NDArray[np.bool_]

# A lesion counts as found when a fifth of it is covered; as in ../shared/model/trial-lesions.md.
FOUND_RECALL = 0.2


def _any_of(*values: int) -> Callable[[Segmentation], BoolArray]:
    return lambda segmentation: np.isin(segmentation.anatomy.array, values)


def _part(value: int) -> Callable[[Segmentation], BoolArray]:
    return lambda segmentation: segmentation.subregions.array == value


def _discs(segmentation: Segmentation) -> BoolArray:
    mask: BoolArray = segmentation.anatomy.array > labels.DISC_OFFSET
    return mask


def _lesions(segmentation: Segmentation) -> BoolArray:
    mask: BoolArray = segmentation.lesions.array > 0
    return mask


STRUCTURES: dict[str, Callable[[Segmentation], BoolArray]] = {
    "vertebral body": _part(labels.VERTEBRAL_BODY),
    "posterior elements": _part(labels.POSTERIOR_ELEMENTS),
    "disc": _discs,
    "sacrum": _any_of(labels.SACRUM),
    "cord and cauda equina": _any_of(labels.SPINAL_CORD, labels.CAUDA_EQUINA),
    "CSF": _any_of(labels.CSF),
    "epidural space": _any_of(labels.EPIDURAL_SPACE),
    "spinal canal": _any_of(*labels.CANAL_CONTENT),
    "lesion": _lesions,
}


def dice(first: BoolArray, second: BoolArray) -> float:
    """Dice coefficient; NaN where both masks are empty."""
    total = int(first.sum()) + int(second.sum())
    return float("nan") if total == 0 else 2.0 * int((first & second).sum()) / total


def dice_by_structure(truth: Segmentation, found: Segmentation) -> dict[str, float]:
    """Dice of each structure that the truth or the result holds, both on the same grid."""
    return {name: dice(mask(truth), mask(found)) for name, mask in STRUCTURES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionDetection:
    """Counts and volume of one image; volumes in mm³."""

    true: int
    found: int
    false: int
    false_volume_mm3: float


def lesion_detection(truth: Segmentation, found: Segmentation) -> LesionDetection:
    """Lesions of the truth that are found (a fifth covered), and components that touch none."""
    true_mask, found_mask = _lesions(truth), _lesions(found)
    numbers = np.unique(truth.lesions.array[true_mask])
    recall = [float(found_mask[truth.lesions.array == number].mean()) for number in numbers]
    components, count = ndimage.label(found_mask, structure=np.ones((3, 3, 3)))
    touching = set(np.unique(components[true_mask])) - {0}
    false = [number for number in range(1, count + 1) if number not in touching]
    return LesionDetection(
        true=len(numbers),
        found=sum(value >= FOUND_RECALL for value in recall),
        false=len(false),
        false_volume_mm3=float(np.isin(components, false).sum()) * voxel_volume_mm3(found.lesions),
    )
