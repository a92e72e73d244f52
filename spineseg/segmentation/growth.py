"""Growth: where a synthetic tumour sits in a patch and how far it pushes what is there; its irregular outline."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.segmentation.classes import AnatomyClass, MaskArray

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]

SAC = (AnatomyClass.SPINAL_CORD, AnatomyClass.CSF, AnatomyClass.CAUDA_EQUINA)
UNCHANGED = 255  # in `Growth.beneath`


class TumourKind(StrEnum):
    """Compartments that synthetic tumours grow in."""

    EPIDURAL = "epidural"
    BONE = "bone"
    INTRADURAL = "intradural"
    INTRAMEDULLARY = "intramedullary"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Growth:
    """A tumour's place in a patch.

    Parameters
    ----------
    soft, bony : (x, y, z) float32
        Share of each voxel that soft tumour, or tumour within bone, fills: 0 to 1.
    oedema : (x, y, z) float32
        Share of each voxel with oedema around an intramedullary tumour.
    push : (2, x, y, z) [voxels]
        Along x and y; content at a voxel came from the voxel minus this.
    beneath : (x, y, z) uint8
        Class that the tumour occupies where it lies in the canal; `UNCHANGED` where the class map stays as it is.
    """

    kind: TumourKind
    soft: FloatArray
    bony: FloatArray
    oedema: FloatArray
    push: FloatArray
    beneath: MaskArray


def blob(
    allowed: BoolArray, middle: NDArray[np.float64], radii: NDArray[np.float64], rng: np.random.Generator
) -> FloatArray:
    """Irregular ellipsoid, kept to where it may grow and to the piece nearest its middle: share of each voxel."""
    away = [
        (np.arange(count) - place) / radius for count, place, radius in zip(allowed.shape, middle, radii, strict=True)
    ]
    far = np.sqrt(
        away[0][:, None, None] ** 2 + away[1][None, :, None] ** 2 + away[2][None, None, :] ** 2
    ) + rng.uniform(0.1, 0.4) * noise(allowed.shape, 5, rng)
    inside = allowed & (far < 1)
    parts, count = ndimage.label(inside)
    if count > 1:
        sizes = np.bincount(parts.ravel())
        sizes[0] = 0
        inside = parts == sizes.argmax()
    share: FloatArray = np.where(inside, np.clip((1 - far) * radii.mean() + 0.5, 0, 1), 0).astype(np.float32)
    return share


def noise(shape: tuple[int, ...], coarse: int, rng: np.random.Generator) -> FloatArray:
    """Smooth noise of unit variance, its grain about `coarse` voxels wide."""
    grain = rng.standard_normal([count // coarse + 3 for count in shape], dtype=np.float32)
    for axis, count in enumerate(shape):
        grain = np.moveaxis(np.tensordot(_linear(grain.shape[axis], count, coarse), grain, (1, axis)), 0, axis)
    result: FloatArray = grain / max(float(grain.std()), 1e-6)
    return result


def level_near_middle(mask: BoolArray, rng: np.random.Generator) -> int:
    """Slice near the patch's middle that holds some of a mask."""
    slices = np.flatnonzero(mask.any(axis=(0, 1)))
    wanted = mask.shape[2] / 2 + rng.normal(0, mask.shape[2] / 8)
    return int(slices[np.abs(slices - wanted).argmin()])


def _linear(few: int, count: int, coarse: int) -> FloatArray:
    """Weights of linear interpolation from every `coarse`-th point: (count, few); ten times faster than a zoom."""
    place = np.arange(count) / coarse
    weights = np.clip(1 - np.abs(place[:, None] - np.arange(few)), 0, None)
    narrow: FloatArray = weights.astype(np.float32)
    return narrow
