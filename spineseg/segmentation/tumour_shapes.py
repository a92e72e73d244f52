"""Healthy class map + random numbers -> Growth of a kind of tumour."""

from __future__ import annotations

import numpy as np

from spineseg.segmentation.bone_tumours import bone_lesion
from spineseg.segmentation.classes import CANAL_CLASSES, MaskArray
from spineseg.segmentation.epidural_tumours import epidural_tumour
from spineseg.segmentation.growth import Growth, TumourKind
from spineseg.segmentation.intradural_tumours import extramedullary_tumour, intramedullary_tumour

LEAST_CANAL_SLICES = 16  # of 1 mm: less canal than a small tumour needs [P]


def grow(kind: TumourKind, classes: MaskArray, rng: np.random.Generator, *, slice_mm: float = 1.0) -> Growth | None:
    """A tumour near the middle of a patch.

    Parameters
    ----------
    classes : (x, y, z) uint8
        Healthy anatomy at 1 mm.
    slice_mm : [mm]
        Slice thickness of the image: what is much shorter would not be seen.

    Returns
    -------
    Growth or None
        None where the patch lacks the place.
    """
    if kind is TumourKind.BONE:
        return bone_lesion(classes, rng)
    if kind is TumourKind.INTRADURAL:
        return extramedullary_tumour(classes, rng, slice_mm)
    if kind is TumourKind.INTRAMEDULLARY:
        return intramedullary_tumour(classes, rng, slice_mm)
    if np.isin(classes, CANAL_CLASSES).any(axis=(0, 1)).sum() < LEAST_CANAL_SLICES:
        return None
    return epidural_tumour(classes, rng, slice_mm)
