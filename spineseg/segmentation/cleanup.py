"""Class map -> class map of one spine: one column, one canal, cord above the conus and cauda equina below."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.domain.volume import LabelMap, to_patient, voxel_volume_mm3
from spineseg.segmentation.classes import BODY_CLASSES, CANAL_CLASSES, AnatomyClass, MaskArray

_TOUCHING = np.ones((3, 3, 3), dtype=bool)  # 26-connected

# Pieces nearer than this to the column belong to it: an arch or a disc may be cut off by thick slices. [P]
BRIDGE_MM = 6.0
# Less bone than half a cervical body (about 3 mL, Panjabi 1991) is no spine. [P]
LEAST_BODY_MM3 = 1500.0
LEAST_COLUMN_MM3 = 4000.0
# The sacrum's middle may lie so far above the lowest voxel called body: a body's height, for tilted sacra. [P]
SACRUM_ABOVE_MM = 30.0
# Body and dens of C2 have some 6 mL (Schaffler et al., Spine 1992;17:489, rounded); half of them must be seen. [P]
LEAST_AXIS_MM3 = 2500.0


def is_spine(classes: MaskArray, spacing: float) -> bool:
    """Whether a class map holds enough vertebral body and enough of a column to be called a spine.

    Parameters
    ----------
    classes : (x, y, z) uint8
    spacing : [mm]
    """
    voxel = spacing**3
    bodies = np.count_nonzero(np.isin(classes, BODY_CLASSES)) * voxel
    return bool(bodies >= LEAST_BODY_MM3 and np.count_nonzero(column_of(classes)) * voxel >= LEAST_COLUMN_MM3)


def column_of(classes: MaskArray) -> NDArray[np.bool_]:
    """Voxels of spine and canal; ribs are none."""
    column: NDArray[np.bool_] = (classes != AnatomyClass.BACKGROUND) & (classes != AnatomyClass.RIB)
    return column


def keep_column(classes: MaskArray, spacing: float) -> MaskArray:
    """Largest connected spine; everything else becomes background. Ribs are left as they are found.

    Parameters
    ----------
    classes : (x, y, z) uint8
    spacing : [mm]
    """
    column = column_of(classes)
    # Bridging before labelling keeps pieces of the same spine that do not quite touch.
    width = max(1, round(BRIDGE_MM / 2 / spacing))
    bridged = ndimage.maximum_filter(column.view(np.uint8), 2 * width + 1).view(bool)
    largest = largest_component(bridged)
    cleaned = np.where(largest | (classes == AnatomyClass.RIB), classes, np.uint8(0))
    return _one_canal(cleaned, spacing)


def largest_component(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Largest 26-connected part of a mask; an empty mask stays empty."""
    parts, count = ndimage.label(mask, structure=_TOUCHING)
    if count <= 1:
        return mask
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    largest: NDArray[np.bool_] = parts == sizes.argmax()
    return largest


def large_components(mask: NDArray[np.bool_], share: float) -> NDArray[np.bool_]:
    """Every 26-connected part of at least a share of the largest one."""
    parts, count = ndimage.label(mask, structure=_TOUCHING)
    if count <= 1:
        return mask
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    kept: NDArray[np.bool_] = (sizes >= share * sizes.max())[parts] & mask
    return kept


def settle_sacrum(classes: MaskArray, spacing: float) -> MaskArray:
    """Keep the sacrum where it can be: one piece at the column's lower end; other pieces become vertebral body.

    The network calls single thoracic end plates sacrum now and then, and names are counted from the sacrum.

    Parameters
    ----------
    classes : (x, y, z) uint8
        z runs to the head.
    spacing : [mm]
    """
    sacrum = classes == AnatomyClass.SACRUM
    bodies = np.flatnonzero(np.any(np.isin(classes, BODY_CLASSES), axis=(0, 1)))
    if not sacrum.any() or not bodies.size:
        return classes
    kept = largest_component(sacrum)
    middle = float(np.argwhere(kept)[:, 2].mean())
    if middle > bodies[0] + SACRUM_ABOVE_MM / spacing:
        kept = np.zeros_like(kept)
    return np.where(sacrum & ~kept, np.uint8(AnatomyClass.VERTEBRAL_BODY), classes)


def settle_axis(classes: MaskArray, spacing: float) -> MaskArray:
    """Keep C2 where it can be: one piece at the column's upper end; other pieces become vertebral body.

    Parameters
    ----------
    classes : (x, y, z) uint8
        z runs to the head.
    spacing : [mm]
    """
    axis = classes == AnatomyClass.AXIS
    if not axis.any():
        return classes
    kept = largest_component(axis)
    lowest = int(np.argwhere(kept)[:, 2].min())
    # Only the atlas may lie above, and it holds less body than C2 itself.
    above = np.count_nonzero(classes[..., lowest:] == AnatomyClass.VERTEBRAL_BODY)
    if np.count_nonzero(kept) * spacing**3 < LEAST_AXIS_MM3 or above > np.count_nonzero(kept):
        kept = np.zeros_like(kept)
    return np.where(axis & ~kept, np.uint8(AnatomyClass.VERTEBRAL_BODY), classes)


def settle_conus(classes: MaskArray) -> MaskArray:
    """Cord above one plane and cauda equina below it: the plane that agrees with most voxels.

    Parameters
    ----------
    classes : (x, y, z) uint8
        z runs to the head.
    """
    cord = np.count_nonzero(classes == AnatomyClass.SPINAL_CORD, axis=(0, 1))
    cauda = np.count_nonzero(classes == AnatomyClass.CAUDA_EQUINA, axis=(0, 1))
    if not cauda.any() or not cord.any():
        return classes
    # agreement[k]: the conus lies below slice k.
    agreement = np.concatenate([[0], np.cumsum(cauda)]) + np.concatenate([np.cumsum(cord[::-1])[::-1], [0]])
    conus = int(agreement.argmax())
    settled = classes.copy()
    neural = np.isin(classes, (AnatomyClass.SPINAL_CORD, AnatomyClass.CAUDA_EQUINA))
    settled[..., :conus][neural[..., :conus]] = AnatomyClass.CAUDA_EQUINA
    settled[..., conus:][neural[..., conus:]] = AnatomyClass.SPINAL_CORD
    return settled


def cord_is_interrupted(classes: MaskArray, spacing: float, *, least_gap_mm: float = 8.0) -> bool:
    """Whether slices between the cord's ends hold canal but no cord, over more than `least_gap_mm` [P]."""
    has_cord = np.any(classes == AnatomyClass.SPINAL_CORD, axis=(0, 1))
    if not has_cord.any():
        return False
    ends = np.flatnonzero(has_cord)
    has_canal = np.isin(classes, CANAL_CLASSES).any(axis=(0, 1))
    missing = (has_canal & ~has_cord)[ends[0] : ends[-1] + 1]
    runs, count = ndimage.label(missing)
    return bool(count and np.bincount(runs)[1:].max() * spacing > least_gap_mm)


def lesion_instances(mask: LabelMap, *, least_mm3: float) -> MaskArray:
    """Connected lesions of at least `least_mm3`, numbered from cranial to caudal.

    Parameters
    ----------
    mask : (...) bool or uint8
        On any grid.

    Returns
    -------
    (...) uint8
        0 or 1..n; beyond 255 lesions the smallest are left out.
    """
    parts, count = ndimage.label(mask.array, structure=_TOUCHING)
    sizes = np.bincount(parts.ravel(), minlength=count + 1)
    sizes[0] = 0
    kept = np.argsort(-sizes, kind="stable")[:255]
    kept = kept[(sizes[kept] > 0) & (sizes[kept] * voxel_volume_mm3(mask) >= least_mm3)]
    numbers = np.zeros(count + 1, dtype=np.uint8)
    if kept.size:
        heights = to_patient(mask, ndimage.center_of_mass(mask.array > 0, parts, kept))[:, 2]
        numbers[kept[np.argsort(-heights, kind="stable")]] = np.arange(1, kept.size + 1)
    numbered: MaskArray = numbers[parts]
    return numbered


def _one_canal(classes: MaskArray, spacing: float) -> MaskArray:
    """Drop canal pieces far from the main one and smaller than a tenth of it."""
    canal = np.isin(classes, CANAL_CLASSES)
    width = max(1, round(BRIDGE_MM / spacing))
    bridged = ndimage.maximum_filter(canal.view(np.uint8), 2 * width + 1).view(bool)
    parts, count = ndimage.label(bridged, structure=_TOUCHING)
    if count <= 1:
        return classes
    sizes = np.bincount(parts[canal], minlength=count + 1)
    strays = canal & (sizes[parts] < 0.1 * sizes.max())
    return np.where(strays, np.uint8(AnatomyClass.BACKGROUND), classes)
