"""Volume + anatomy -> lesions, one number each, and what the anatomy mask says beneath them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.filters import apply_hysteresis_threshold

from spineseg.domain import labels
from spineseg.domain.volume import ImageGrid, Volume, like, make_grid, resample
from spineseg.segmentation.classes import (
    BONE_CLASSES,
    CANAL_CLASSES,
    LESION_CLASSES,
    LesionClass,
    MaskArray,
    context_channels,
)
from spineseg.segmentation.cleanup import column_of, lesion_instances
from spineseg.segmentation.sliding import PatchNetwork, probabilities
from spineseg.segmentation.transforms import network_image, patient_box, working_grid

# Lesions are looked for in canal and bone and so far around them: paraspinal growth starts there. [P]
AROUND_BONE_MM = 8.0
# Smaller components were false in the trial of 2026-11-22 (0.1 mL). [P]
LEAST_LESION_MM3 = 100.0
# Where a lesion is certain, its less certain neighbourhood belongs to it. [P]
EXTENT_PROBABILITY = 0.8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LesionEvidence:
    """What the lesion network says, before any threshold.

    Parameters
    ----------
    probabilities : (3, x, y, z) float32
        Of each of `LESION_CLASSES`.
    near : (x, y, z) bool
        Where lesions may lie: canal, bone and `AROUND_BONE_MM` around them.
    """

    grid: ImageGrid
    probabilities: NDArray[np.float32]
    near: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FoundLesions:
    """Lesions on their working grid.

    Parameters
    ----------
    numbers : (x, y, z) uint8
        0, or the lesion from 1, cranial to caudal.
    kinds : (x, y, z) uint8
        The `LesionClass` of each lesion voxel, else 0.
    probability : (x, y, z) uint8
        Summed probability of the lesion classes, 255 for 1.
    """

    grid: ImageGrid
    numbers: MaskArray
    kinds: MaskArray
    probability: MaskArray


def find_lesions(
    network: PatchNetwork,
    volume: Volume,
    anatomy_grid: ImageGrid,
    classes: MaskArray,
    *,
    spacing: float,
    probability: float,
) -> FoundLesions:
    """Lesions of an MR volume inside and around canal and bones; parameters as in the two steps."""
    return lesions_above(lesion_evidence(network, volume, anatomy_grid, classes, spacing=spacing), probability)


def lesion_evidence(
    network: PatchNetwork, volume: Volume, anatomy_grid: ImageGrid, classes: MaskArray, *, spacing: float
) -> LesionEvidence:
    """What the network says inside and around canal and bones.

    Parameters
    ----------
    anatomy_grid, classes : (x, y, z) uint8
        What the anatomy network found.
    spacing : [mm]
        Of the lesion network's working grid.
    """
    region = np.isin(classes, (*CANAL_CLASSES, *BONE_CLASSES))
    grid = working_grid(anatomy_grid, spacing, box=_box_of(region, anatomy_grid))
    seen = resample(make_grid(classes, anatomy_grid.affine), grid, order=0)
    image = np.concatenate([network_image(volume, grid)[None], context_channels(seen.array)])
    found = probabilities(network, image, tuple(int(member) for member in LESION_CLASSES))
    width = 2 * round(AROUND_BONE_MM / spacing) + 1
    near = ndimage.maximum_filter(column_of(seen.array).view(np.uint8), width).view(bool)
    return LesionEvidence(grid=grid, probabilities=found, near=near)


def lesions_above(
    evidence: LesionEvidence, probability: float, *, extent_probability: float = EXTENT_PROBABILITY
) -> FoundLesions:
    """Lesions that the network is sure enough of.

    Parameters
    ----------
    probability
        Least summed probability of the lesion classes somewhere in a lesion; it then reaches as far as
        `extent_probability` does (hysteresis; Canny 1986, doi:10.1109/TPAMI.1986.4767851).
    """
    grid, found = evidence.grid, evidence.probabilities
    summed = found.sum(axis=0)
    extent = min(extent_probability, probability)
    hysteresis: Callable[..., NDArray[np.bool_]] = apply_hysteresis_threshold  # skimage gives no types
    mask = hysteresis(summed, extent, probability) & evidence.near
    numbers = lesion_instances(like(grid, mask.astype(np.uint8)), least_mm3=LEAST_LESION_MM3)
    kinds = np.array(LESION_CLASSES, dtype=np.uint8)[found.argmax(axis=0)]
    return FoundLesions(
        grid=grid,
        numbers=numbers,
        kinds=np.where(numbers > 0, kinds, np.uint8(0)),
        probability=np.rint(np.clip(summed, 0.0, 1.0) * 255).astype(np.uint8),
    )


def occupy(anatomy: MaskArray, kinds: MaskArray) -> MaskArray:
    """Anatomy under lesions as the convention wants it: epidural tumour lies in epidural space, and so on.

    Parameters
    ----------
    anatomy, kinds : (slice, row, column) uint8
        Label values, and the `LesionClass` of each lesion voxel, else 0.
    """
    occupied = anatomy.copy()
    occupied[kinds == LesionClass.EPIDURAL_TUMOUR] = labels.EPIDURAL_SPACE
    inside = kinds == LesionClass.INTRADURAL_LESION
    occupied[inside & ~np.isin(anatomy, labels.THECAL_SAC)] = labels.CSF
    return occupied


def undivide_canal(anatomy: MaskArray) -> MaskArray:
    """Canal without its content: cord and sac cannot be told apart on CT without intrathecal contrast."""
    table = np.arange(256, dtype=np.uint8)
    table[list(labels.CANAL_CONTENT)] = labels.SPINAL_CANAL
    undivided: MaskArray = table[anatomy]
    return undivided


def _box_of(region: NDArray[np.bool_], grid: ImageGrid) -> NDArray[np.float64]:
    """Box around a mask and its margin, within the grid: (2, 3) [mm, LPS]."""
    index = np.argwhere(region)
    step = float(np.asarray(grid.affine)[0, 0])
    origin = np.asarray(grid.affine)[:3, 3]
    lower, upper = (origin + step * end for end in (index.min(axis=0) - 0.5, index.max(axis=0) + 0.5))
    whole = patient_box(grid)
    return np.stack([np.maximum(lower - AROUND_BONE_MM, whole[0]), np.minimum(upper + AROUND_BONE_MM, whole[1])])
