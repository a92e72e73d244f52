"""Class map of a healthy spine from a network -> mended where it is surely wrong, and where to trust it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.segmentation.classes import CANAL_CLASSES, AnatomyClass, MaskArray
from spineseg.segmentation.cleanup import largest_component

SPACING_MM = 1.0  # the lesion network's working grid
# A slice whose canal is narrower or wider than any adult's is a failure of the network: 80 mm² is half the area of a
# narrow thoracic canal, 700 mm² above the widest lumbar one (Panjabi 1991, 1992, and the network's ragged edge) [P].
CANAL_AREA_MM2 = (80.0, 700.0)
CANAL_JUMP_MM = 3.0  # between the canal's middles in slices 1 mm apart; a tilt of 70 degrees [P]
LEAST_RUN_MM = 20.0  # shorter pieces of plausible canal hold no level [P]
BRIDGE_MM = 4.0  # ligament between canal and body or arch is nobody's [P]
CRUMB_MM3 = 400.0  # a disc has at least 1 mL; less within a body is an error of the network [P]


def plausible_heights(classes: MaskArray) -> NDArray[np.int64]:
    """Slices in runs of at least 20 mm whose canal has an adult's area and follows its neighbours.

    Parameters
    ----------
    classes : (x, y, z) uint8
        At 1 mm.

    Returns
    -------
    (N,) [voxels]
        Indices along z.
    """
    canal = np.isin(classes, CANAL_CLASSES)
    area = canal.sum(axis=(0, 1)) * SPACING_MM**2
    x, y = (np.arange(count, dtype=np.float64) for count in classes.shape[:2])
    total = np.maximum(area, 1.0)
    middle = np.stack([x @ canal.sum(axis=1) / total, y @ canal.sum(axis=0) / total])
    jump = np.linalg.norm(np.diff(middle, axis=1, prepend=middle[:, :1]), axis=0)
    right = (area >= CANAL_AREA_MM2[0]) & (area <= CANAL_AREA_MM2[1]) & (jump <= CANAL_JUMP_MM)
    runs, count = ndimage.label(right)
    long = np.flatnonzero(np.bincount(runs, minlength=count + 1) >= LEAST_RUN_MM / SPACING_MM)
    heights: NDArray[np.int64] = np.flatnonzero(right & np.isin(runs, long[long > 0])).astype(np.int64)
    return heights


def one_column(classes: MaskArray) -> MaskArray:
    """Largest piece of canal and what lies in one piece with it; vessels taken for spine are dropped.

    Parameters
    ----------
    classes : (x, y, z) uint8
    """
    canal = np.isin(classes, CANAL_CLASSES)
    main = largest_component(canal)
    without_strays = np.where(canal & ~main, np.uint8(AnatomyClass.BACKGROUND), classes)
    bridged = ndimage.maximum_filter((without_strays > 0).view(np.uint8), round(BRIDGE_MM / SPACING_MM) + 1)
    parts, _ = ndimage.label(bridged)
    touching = np.unique(parts[main])
    return np.where(np.isin(parts, touching[touching > 0]), without_strays, np.uint8(AnatomyClass.BACKGROUND))


def with_cord(classes: MaskArray, cord: NDArray[np.bool_]) -> MaskArray:
    """A person's cord outline instead of the network's, where the person drew any: else as found.

    Parameters
    ----------
    classes : (x, y, z) uint8
    cord : (x, y, z)
    """
    drawn = cord.any(axis=(0, 1))
    neural = np.isin(classes, (AnatomyClass.SPINAL_CORD, AnatomyClass.CAUDA_EQUINA))
    given = np.where(neural & drawn, np.uint8(AnatomyClass.CSF), classes)
    # The dura is not drawn: at least 1 mm of the sac lies around a cord [P].
    around = ndimage.binary_dilation(cord) & ~cord
    given[around & ~np.isin(given, CANAL_CLASSES)] = AnatomyClass.CSF
    given[cord] = AnatomyClass.SPINAL_CORD
    return given


def with_whole_bodies(classes: MaskArray) -> MaskArray:
    """Crumbs of disc within a body, and its holes, become body.

    Parameters
    ----------
    classes : (x, y, z) uint8
        At 1 mm.
    """
    discs = classes == AnatomyClass.DISC
    parts, count = ndimage.label(discs)
    crumbs = discs & (np.bincount(parts.ravel(), minlength=count + 1) * SPACING_MM**3 <= CRUMB_MM3)[parts]
    body = ndimage.binary_closing((classes == AnatomyClass.VERTEBRAL_BODY) | crumbs)
    filled = np.isin(classes, (AnatomyClass.BACKGROUND, AnatomyClass.DISC)) & body & (crumbs | ~discs)
    return np.where(filled, np.uint8(AnatomyClass.VERTEBRAL_BODY), classes)
