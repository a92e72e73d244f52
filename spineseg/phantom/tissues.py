"""Nothing -> Tissue: the classes that a phantom is rendered from; finer than the labels of the masks."""

from __future__ import annotations

from enum import IntEnum


class Tissue(IntEnum):
    """What a voxel is made of."""

    AIR = 0
    FAT = 1
    MUSCLE = 2
    LIVER = 3
    KIDNEY = 4
    BOWEL = 5
    LUNG = 6
    VESSEL = 7
    SKIN = 8
    BRAIN = 9
    MARROW_BODY = 10
    MARROW_ARCH = 11
    MARROW_SACRUM = 12
    MARROW_OTHER = 13
    CORTEX = 14
    NUCLEUS = 15
    ANNULUS = 16
    CARTILAGE = 17
    LIGAMENT = 18
    ROOT = 19
    CORD = 20
    CSF = 21
    CAUDA = 22
    EPIDURAL_FAT = 23
    EPIDURAL_VEIN = 24
    FLOW_VOID = 25
    LESION_LYTIC = 26
    LESION_BLASTIC = 27
    LESION_SOFT = 28
    LESION_INTRADURAL = 29
    LESION_CORD = 30
    OEDEMA = 31
    MARROW_OEDEMA = 32
    MARROW_FATTY = 33
    HAEMANGIOMA = 34
    IMPLANT = 35
    CEMENT = 36
    FLUID = 37
    SPLEEN = 38
    BOWEL_WALL = 39
    HERNIATION = 40
    SYRINX = 41
    TABLE = 42


TISSUE_COUNT = len(Tissue)
MARROW = (Tissue.MARROW_BODY, Tissue.MARROW_ARCH, Tissue.MARROW_SACRUM, Tissue.MARROW_OTHER)
