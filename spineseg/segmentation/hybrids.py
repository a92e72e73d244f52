"""Backgrounds + seed -> TrainingSample: a real healthy patch with a synthetic tumour, untouched, or only warped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.domain import labels
from spineseg.domain.volume import Modality
from spineseg.segmentation.augmentation import TrainingSample
from spineseg.segmentation.backgrounds import Background
from spineseg.segmentation.classes import BODY_CLASSES, CANAL_CLASSES, CANAL_LABELS, AnatomyClass, MaskArray
from spineseg.segmentation.growth import UNCHANGED, Growth, TumourKind
from spineseg.segmentation.transforms import CT_KNOTS_HU
from spineseg.segmentation.tumour_shapes import grow
from spineseg.segmentation.tumour_signal import as_acquired, paint

FloatArray = NDArray[np.float32]
Source: TypeAlias = Callable[[int], TrainingSample]


class Twin(StrEnum):
    """What becomes of a patch: the three share everything but the tumour."""

    TUMOUR = "tumour"
    HEALTHY = "healthy"
    SHAM = "sham"  # pushed and smoothed as by the tumour, without its signal


# Epidural tumour is what spineseg grades; a quarter of the patches intradural, as the trial asked [P].
_KIND_SHARES = {
    TumourKind.EPIDURAL: 0.5,
    TumourKind.BONE: 0.24,
    TumourKind.INTRADURAL: 0.14,
    TumourKind.INTRAMEDULLARY: 0.12,
}
_SHAM_SHARE = 0.4  # of the negatives [P]
_TRIES = 6  # places and kinds until one fits
_LEAST_VOXELS = 100  # mm³; smaller ones are not reported either (lesions.LEAST_LESION_MM3)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HybridSource:
    """Seed -> TrainingSample; every even seed shows a tumour, the odd one after it the same patch without.

    Parameters
    ----------
    backgrounds
        Longer spines are drawn more often, as the square root of their slices.
    patch_voxels : (x, y, z) [voxels]
        At 1 mm, give or take the drawn size of the patient.
    """

    backgrounds: tuple[Background, ...]
    patch_voxels: tuple[int, int, int] = (64, 64, 64)

    def __call__(self, seed: int) -> TrainingSample:
        """Sample of a seed; the same seed gives the same sample."""
        pair, odd = divmod(seed, 2)
        if not odd:
            return self.draw(pair, Twin.TUMOUR)
        sham = np.random.default_rng([pair, 3]).random() < _SHAM_SHARE
        return self.draw(pair, Twin.SHAM if sham else Twin.HEALTHY)

    def draw(self, pair: int, twin: Twin) -> TrainingSample:
        """One of the twins of a pair; healthy where no tumour finds a place."""
        place_rng, shape_rng, signal_rng = (np.random.default_rng([pair, stream]) for stream in range(3))
        weight = np.sqrt([one.heights.size for one in self.backgrounds])
        background = self.backgrounds[int(place_rng.choice(len(weight), p=weight / weight.sum()))]
        growth, index = None, _place(background, self.patch_voxels, place_rng)
        for _ in range(_TRIES):
            growth = _grown(background, index, shape_rng)
            if growth is not None:
                break
            index = _place(background, self.patch_voxels, place_rng)
        if growth is None or twin is Twin.HEALTHY:
            return _sample(background, *_taken(background, index), None)
        image, classes = _taken(background, _pushed(index, growth, background))
        if twin is Twin.SHAM:
            return _sample(background, _smoothed(image, growth, background), classes, None)
        classes = np.where(growth.beneath != UNCHANGED, growth.beneath, classes)
        painted = paint(
            image,
            classes,
            growth,
            signal_rng,
            modality=background.modality,
            contrast=background.contrast,
            native_mm=background.native_mm,
        )
        return _sample(background, painted, classes, growth)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MixedSource:
    """Two sources as one; `share` of the pairs of seeds come from `second`, twins staying together."""

    first: Source
    second: Source
    share: float = 0.5

    def __call__(self, seed: int) -> TrainingSample:
        """Sample of a seed; the same seed gives the same sample."""
        chosen = np.random.default_rng([seed // 2, 7_000_003]).random() < self.share
        return self.second(seed) if chosen else self.first(seed)


# Class -> anatomy and subregion values of a Segmentation, for `anatomy_targets` to give the class back.
_ANATOMY_OF = np.zeros(len(AnatomyClass), dtype=np.uint8)
_SUBREGION_OF = np.zeros(len(AnatomyClass), dtype=np.uint8)
for _member, _value in CANAL_LABELS.items():
    _ANATOMY_OF[_member] = _value
_ANATOMY_OF[[AnatomyClass.VERTEBRAL_BODY, AnatomyClass.POSTERIOR_ELEMENTS]] = labels.UNNAMED_OFFSET + 1
_ANATOMY_OF[AnatomyClass.AXIS] = labels.level_value("C2")
_ANATOMY_OF[AnatomyClass.DISC] = labels.DISC_OFFSET + labels.UNNAMED_OFFSET + 1
_SUBREGION_OF[list(BODY_CLASSES)] = labels.VERTEBRAL_BODY
_SUBREGION_OF[AnatomyClass.RIB] = labels.RIB
_SUBREGION_OF[AnatomyClass.POSTERIOR_ELEMENTS] = labels.POSTERIOR_ELEMENTS


def masks_of(classes: MaskArray) -> tuple[MaskArray, MaskArray]:
    """Anatomy and subregion values that `anatomy_targets` turns back into a class map: (...) uint8 each."""
    return _ANATOMY_OF[classes], _SUBREGION_OF[classes]


def _place(background: Background, shape: tuple[int, int, int], rng: np.random.Generator) -> FloatArray:
    """Where each voxel of a patch lies in the background: (3, x, y, z) [voxels]; turned and scaled a little."""
    height = int(rng.choice(background.heights))
    canal = np.argwhere(np.isin(background.classes[..., height], CANAL_CLASSES)).mean(axis=0)
    # As the phantoms' patches lie: the canal a little behind the middle, bodies in view [P].
    centre = np.array([canal[0] + rng.normal(0, 4), canal[1] - abs(rng.normal(4, 6)), height + rng.normal(0, 5)])
    # 12 % of size and 6 degrees: patients differ, and inference resamples to exactly 1 mm [P].
    turn = _turn(np.deg2rad(rng.normal(0, 6, 3))) * rng.uniform(0.88, 1.12)
    offset = [np.arange(count, dtype=np.float32) - np.float32((count - 1) / 2) for count in shape]
    index = np.empty((3, *shape), dtype=np.float32)
    for axis in range(3):
        row = turn[axis].astype(np.float32)
        index[axis] = centre[axis] + (
            row[0] * offset[0][:, None, None] + row[1] * offset[1][:, None] + row[2] * offset[2]
        )
    return index


def _turn(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    (ca, cb, cc), (sa, sb, sc) = np.cos(angles), np.sin(angles)
    about_x = np.array([[1, 0, 0], [0, ca, -sa], [0, sa, ca]])
    about_y = np.array([[cb, 0, sb], [0, 1, 0], [-sb, 0, cb]])
    about_z = np.array([[cc, -sc, 0], [sc, cc, 0], [0, 0, 1]])
    turned: NDArray[np.float64] = about_x @ about_y @ about_z
    return turned


def _grown(background: Background, index: FloatArray, rng: np.random.Generator) -> Growth | None:
    """Tumour in the patch, or None where none of a size that matters fits."""
    kinds = [TumourKind.BONE] if background.modality is Modality.CT else list(_KIND_SHARES)
    shares = np.array([_KIND_SHARES[kind] for kind in kinds])
    kind = TumourKind(rng.choice(kinds, p=shares / shares.sum()))
    classes = ndimage.map_coordinates(background.classes, index, order=0, cval=0)
    growth = grow(kind, classes, rng, slice_mm=max(background.native_mm))
    if growth is None or np.count_nonzero(np.maximum(growth.soft, growth.bony) > 0.5) < _LEAST_VOXELS:
        return None
    return growth


def _pushed(index: FloatArray, growth: Growth, background: Background) -> FloatArray:
    """Sampling places after the push: image and masks are interpolated once, so that blur gives nothing away."""
    thick = (1.0, 1.0, background.native_mm[2])
    push = [as_acquired(part, thick) for part in growth.push] if thick[2] >= 2 else list(growth.push)
    # The patch is turned by a few degrees only: its x and y are the background's.
    pushed = index.copy()
    for axis, part in enumerate(push):
        pushed[axis] -= part
    return pushed


def _taken(background: Background, index: FloatArray) -> tuple[FloatArray, MaskArray]:
    outside = CT_KNOTS_HU[0] if background.modality is Modality.CT else float(background.image.min())
    image = np.empty(index.shape[1:], dtype=np.float32)
    ndimage.map_coordinates(background.image, index, order=1, cval=outside, output=image)
    classes: MaskArray = ndimage.map_coordinates(background.classes, index, order=0, cval=0)
    return image, classes


def _smoothed(image: FloatArray, growth: Growth, background: Background) -> FloatArray:
    share = as_acquired(np.maximum(growth.soft, growth.bony), background.native_mm) * np.float32(0.6)
    blurred: FloatArray = image + share * (ndimage.gaussian_filter(image, 1.0, truncate=2.0) - image)
    return blurred


def _sample(background: Background, image: FloatArray, classes: MaskArray, growth: Growth | None) -> TrainingSample:
    lesions = np.zeros_like(classes)
    if growth is not None:
        # What lies beyond the field of view is no lesion to be found.
        lesions[(np.maximum(growth.soft, growth.bony) > 0.5) & (image > image.min())] = 1
    anatomy, subregions = masks_of(classes)
    return TrainingSample(
        image=image,
        anatomy=anatomy,
        subregions=subregions,
        lesions=lesions,
        modality=background.modality,
    )
