"""Label map of a partly labelled set -> the classes that each voxel may be: what is not labelled is left open."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from spineseg.domain import labels
from spineseg.domain.dataset import NOT_KNOWN, Structure
from spineseg.segmentation.classes import AnatomyClass, MaskArray

# One bit a class of the anatomy network; int32, since torch counts distinct values of no unsigned 16-bit tensor.
AllowedArray = NDArray[np.int32]


def bits(*members: AnatomyClass) -> int:
    """Set of classes as a number."""
    return sum(1 << member for member in set(members))


EVERYTHING = bits(*AnatomyClass)
BACKGROUND = bits(AnatomyClass.BACKGROUND)
# Background is told from a vertebra that the field of view cuts only this far inside the labelled part: articular and
# spinous processes of the next one reach into it [mm] [P].
OPEN_ENDS_MM = 15.0

_CANAL = (AnatomyClass.SPINAL_CORD, AnatomyClass.CSF, AnatomyClass.EPIDURAL_SPACE, AnatomyClass.CAUDA_EQUINA)
_CLASSES: dict[Structure, tuple[AnatomyClass, ...]] = {
    Structure.VERTEBRA: (AnatomyClass.VERTEBRAL_BODY, AnatomyClass.AXIS, AnatomyClass.POSTERIOR_ELEMENTS),
    Structure.BODY: (AnatomyClass.VERTEBRAL_BODY, AnatomyClass.AXIS),
    Structure.DISC: (AnatomyClass.DISC,),
    Structure.SACRUM: (AnatomyClass.SACRUM,),
    Structure.CORD: (AnatomyClass.SPINAL_CORD,),
    Structure.CANAL: _CANAL,
}
_EXACT = {
    labels.SACRUM: AnatomyClass.SACRUM,
    labels.SPINAL_CORD: AnatomyClass.SPINAL_CORD,
    labels.EPIDURAL_SPACE: AnatomyClass.EPIDURAL_SPACE,
    labels.CSF: AnatomyClass.CSF,
    labels.CAUDA_EQUINA: AnatomyClass.CAUDA_EQUINA,
}
_C2 = labels.VERTEBRA_VALUES["C2"]


def allowed_table(labelled: Collection[Structure]) -> AllowedArray:
    """Set of classes of each label value.

    Parameters
    ----------
    labelled
        What the map is complete about.

    Returns
    -------
    (256,) int32
        Bit k: the voxel may be of class k. An unlabelled voxel may be background or anything that is not labelled.
    """
    table = np.full(256, EVERYTHING, dtype=np.int32)
    complete = {member for structure in labelled for member in _CLASSES[structure]}
    table[labels.BACKGROUND] = bits(*(member for member in AnatomyClass if member not in complete))
    for value, label in labels.ANATOMY.items():
        if labels.is_vertebra(value):
            table[value] = _vertebra(value, is_whole=Structure.VERTEBRA in labelled)
        elif label.kind in (labels.LabelKind.DISC, labels.LabelKind.UNNAMED_DISC):
            table[value] = bits(AnatomyClass.DISC)
        elif value in _EXACT:
            table[value] = bits(_EXACT[value])
    outside_cord = (member for member in _CANAL if member is not AnatomyClass.SPINAL_CORD)
    table[labels.SPINAL_CANAL] = bits(*(outside_cord if Structure.CORD in labelled else _CANAL))
    return table


def allowed_classes(
    anatomy: MaskArray, labelled: Collection[Structure], *, complete_ends: bool, spacing_mm: float
) -> AllowedArray:
    """Set of classes of each voxel.

    Parameters
    ----------
    anatomy : (x, y, z) uint8
        Values of `domain.labels` or `NOT_KNOWN` on the working grid, z to the head.
    complete_ends
        Whether vertebrae that the field of view cuts are labelled; else nothing is known near and beyond the ends.

    Returns
    -------
    (x, y, z) int32
    """
    allowed: AllowedArray = allowed_table(labelled)[anatomy]
    if complete_ends:
        return allowed
    is_bone = np.isin(anatomy, [value for value in labels.ANATOMY if labels.is_vertebra(value)])
    heights = np.flatnonzero(is_bone.any(axis=(0, 1)))
    margin = round(OPEN_ENDS_MM / spacing_mm)
    known = np.zeros(anatomy.shape[2], dtype=bool)
    if heights.size:
        known[heights[0] + margin : max(heights[0] + margin, heights[-1] + 1 - margin)] = True
    unlabelled = np.isin(anatomy, (labels.BACKGROUND, NOT_KNOWN))
    allowed[unlabelled & ~known] = EVERYTHING
    return allowed


def from_classes(classes: NDArray[np.integer]) -> AllowedArray:
    """Complete labels as sets of one class each."""
    allowed: AllowedArray = np.left_shift(np.int32(1), classes.astype(np.int32))
    return allowed


def _vertebra(value: int, *, is_whole: bool) -> int:
    if value in labels.VERTEBRA_VALUES.values():
        bodies = [AnatomyClass.AXIS if value == _C2 else AnatomyClass.VERTEBRAL_BODY]
    else:
        bodies = [AnatomyClass.VERTEBRAL_BODY, AnatomyClass.AXIS]
    return bits(*bodies, *([AnatomyClass.POSTERIOR_ELEMENTS] if is_whole else []))
