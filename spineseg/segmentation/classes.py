"""Label values -> class indices of the two networks and back; names, weights and order in one table each."""

from __future__ import annotations

from enum import IntEnum, StrEnum

import numpy as np
from numpy.typing import NDArray

from spineseg.domain import labels

MaskArray = NDArray[np.uint8]


class Stage(StrEnum):
    """The two networks: anatomy on the whole spine, lesions inside canal and bones."""

    ANATOMY = "anatomy"
    LESIONS = "lesions"


class AnatomyClass(IntEnum):
    """Output channels of the anatomy network."""

    BACKGROUND = 0
    VERTEBRAL_BODY = 1
    POSTERIOR_ELEMENTS = 2
    DISC = 3
    SPINAL_CORD = 4
    CSF = 5
    EPIDURAL_SPACE = 6
    SACRUM = 7
    CAUDA_EQUINA = 8
    AXIS = 9  # body and dens of C2: names are counted from it
    RIB = 10  # no part of the spine; tells T1 and T12 from their neighbours


class LesionClass(IntEnum):
    """Output channels of the lesion network.

    The healthy neighbours are classes too, so that "background" need not explain the cord
    (a trial that lacked them painted healthy cords).
    """

    BACKGROUND = 0
    BONE_LESION = 1
    EPIDURAL_TUMOUR = 2
    INTRADURAL_LESION = 3
    CORD = 4
    CSF = 5
    EPIDURAL_SPACE = 6
    BONE = 7
    DISC = 8


class ContextChannel(IntEnum):
    """Input channels of the lesion network: the image, then what the anatomy network found."""

    IMAGE = 0
    BONE = 1
    DISC = 2
    CANAL = 3
    CORD = 4


LESION_CLASSES = (LesionClass.BONE_LESION, LesionClass.EPIDURAL_TUMOUR, LesionClass.INTRADURAL_LESION)

_CANAL_CLASSES = {
    labels.SPINAL_CORD: AnatomyClass.SPINAL_CORD,
    labels.CSF: AnatomyClass.CSF,
    labels.EPIDURAL_SPACE: AnatomyClass.EPIDURAL_SPACE,
    labels.CAUDA_EQUINA: AnatomyClass.CAUDA_EQUINA,
    # An undivided canal is epidural space to a network that must choose; phantoms always divide it.
    labels.SPINAL_CANAL: AnatomyClass.EPIDURAL_SPACE,
    labels.SACRUM: AnatomyClass.SACRUM,
}
# Canal and sacrum of a class map, as label values; vertebrae and discs need instances first.
CANAL_LABELS: dict[AnatomyClass, int] = {
    AnatomyClass.SPINAL_CORD: labels.SPINAL_CORD,
    AnatomyClass.CSF: labels.CSF,
    AnatomyClass.EPIDURAL_SPACE: labels.EPIDURAL_SPACE,
    AnatomyClass.CAUDA_EQUINA: labels.CAUDA_EQUINA,
    AnatomyClass.SACRUM: labels.SACRUM,
}
BODY_CLASSES = (AnatomyClass.VERTEBRAL_BODY, AnatomyClass.AXIS)
BONE_CLASSES = (*BODY_CLASSES, AnatomyClass.POSTERIOR_ELEMENTS, AnatomyClass.SACRUM)
CANAL_CLASSES = (
    AnatomyClass.SPINAL_CORD,
    AnatomyClass.CSF,
    AnatomyClass.EPIDURAL_SPACE,
    AnatomyClass.CAUDA_EQUINA,
)


def class_names(stage: Stage) -> tuple[str, ...]:
    """Names of a network's output channels, in order."""
    members = AnatomyClass if stage is Stage.ANATOMY else LesionClass
    return tuple(member.name.lower() for member in members)


def anatomy_targets(anatomy: MaskArray, subregions: MaskArray) -> MaskArray:
    """Class map of the anatomy network from the masks of a `Segmentation`.

    Parameters
    ----------
    anatomy, subregions : (...) uint8
        As in `domain.segmentation.Segmentation`.

    Returns
    -------
    (...) uint8
        Values of `AnatomyClass`.
    """
    classes: MaskArray = _ANATOMY_TABLE[anatomy]
    is_body = (classes == AnatomyClass.POSTERIOR_ELEMENTS) & (subregions == labels.VERTEBRAL_BODY)
    classes[is_body] = np.where(anatomy[is_body] == _C2, AnatomyClass.AXIS, AnatomyClass.VERTEBRAL_BODY)
    classes[(subregions == labels.RIB) & (anatomy == labels.BACKGROUND)] = AnatomyClass.RIB
    return classes


def lesion_targets(anatomy_classes: MaskArray, lesions: MaskArray) -> MaskArray:
    """Class map of the lesion network.

    Parameters
    ----------
    anatomy_classes : (...) uint8
        Values of `AnatomyClass`; under a lesion the structure that it occupies.
    lesions : (...) uint8
        0 or a lesion's number.

    Returns
    -------
    (...) uint8
        Values of `LesionClass`; a paraspinal part counts with the bone lesion that it grew from.
    """
    healthy = _HEALTHY_TABLE[anatomy_classes]
    diseased = _DISEASED_TABLE[anatomy_classes]
    return np.where(lesions > 0, diseased, healthy)


def context_channels(anatomy_classes: MaskArray) -> NDArray[np.float32]:
    """What the lesion network is told of the anatomy.

    Parameters
    ----------
    anatomy_classes : (x, y, z) uint8

    Returns
    -------
    (4, x, y, z) float32
        0 or 1: bone, disc, canal, cord with cauda equina (`ContextChannel` without the image).
    """
    return np.stack([table[anatomy_classes] for table in _CONTEXT_TABLES])


def _anatomy_table() -> MaskArray:
    table = np.zeros(256, dtype=np.uint8)
    for value, label in labels.ANATOMY.items():
        if label.kind in (labels.LabelKind.DISC, labels.LabelKind.UNNAMED_DISC):
            table[value] = AnatomyClass.DISC
        elif labels.is_vertebra(value):
            table[value] = AnatomyClass.POSTERIOR_ELEMENTS
        else:
            table[value] = _CANAL_CLASSES[value]
    return table


def _lesion_table(rows: dict[AnatomyClass, LesionClass]) -> MaskArray:
    return np.array([rows.get(member, LesionClass.BACKGROUND) for member in AnatomyClass], dtype=np.uint8)


def _context_table(members: tuple[AnatomyClass, ...]) -> NDArray[np.float32]:
    return np.array([member in members for member in AnatomyClass], dtype=np.float32)


_C2 = labels.VERTEBRA_VALUES["C2"]
_ANATOMY_TABLE = _anatomy_table()
_HEALTHY_TABLE = _lesion_table(
    {
        **dict.fromkeys(BONE_CLASSES, LesionClass.BONE),
        AnatomyClass.DISC: LesionClass.DISC,
        AnatomyClass.SPINAL_CORD: LesionClass.CORD,
        AnatomyClass.CAUDA_EQUINA: LesionClass.CORD,
        AnatomyClass.CSF: LesionClass.CSF,
        AnatomyClass.EPIDURAL_SPACE: LesionClass.EPIDURAL_SPACE,
    }
)
_DISEASED_TABLE = _lesion_table(
    {
        **dict.fromkeys(AnatomyClass, LesionClass.BONE_LESION),  # a rib's, too
        AnatomyClass.EPIDURAL_SPACE: LesionClass.EPIDURAL_TUMOUR,
        AnatomyClass.SPINAL_CORD: LesionClass.INTRADURAL_LESION,
        AnatomyClass.CAUDA_EQUINA: LesionClass.INTRADURAL_LESION,
        AnatomyClass.CSF: LesionClass.INTRADURAL_LESION,
    }
)
_CONTEXT_TABLES = (
    _context_table(BONE_CLASSES),
    _context_table((AnatomyClass.DISC,)),
    _context_table(CANAL_CLASSES),
    _context_table((AnatomyClass.SPINAL_CORD, AnatomyClass.CAUDA_EQUINA)),
)
