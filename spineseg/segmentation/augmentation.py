"""TrainingSample -> network input and target: mirror, contrast, noise, and a lesion network's imperfect context."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.domain.volume import Modality
from spineseg.segmentation.classes import MaskArray, Stage, anatomy_targets, context_channels, lesion_targets
from spineseg.segmentation.transforms import MR_PERCENTILES, normalise


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainingSample:
    """One patch of a synthetic or labelled spine on the working grid.

    Parameters
    ----------
    image : (x, y, z) float32
        HU (CT) or scanner units (MR); x to the patient's left, y to posterior, z to the head.
    anatomy, subregions, lesions : (x, y, z) uint8
        As in `domain.segmentation.Segmentation`.
    seen : (x, y, z) uint8, optional
        Values of `AnatomyClass` that an anatomy network found here; a lesion network's context.
    allowed : (x, y, z) int32, optional
        Sets of classes (`partial`) of an image that is labelled in part only; the masks are then empty.
    """

    image: NDArray[np.float32]
    anatomy: MaskArray
    subregions: MaskArray
    lesions: MaskArray
    modality: Modality
    seen: MaskArray | None = None
    allowed: NDArray[np.int32] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Example:
    """What a network sees and should answer.

    Parameters
    ----------
    image : (C, x, y, z) float32
        One channel (anatomy), or image and context (lesions, `ContextChannel`).
    target : (x, y, z) uint8 or int32
        Class indices; sets of classes (`partial`) as int32.
    """

    image: NDArray[np.float32]
    target: MaskArray | NDArray[np.int32]


# The rest teaches what a better anatomy network than today's would say [P].
_SEEN_SHARE = 0.7


def make_example(sample: TrainingSample, stage: Stage, rng: np.random.Generator | None) -> Example:
    """Input and target of a network.

    Parameters
    ----------
    rng
        Draws the augmentation; None for none, with a context as good as the truth.
    """
    classes = anatomy_targets(sample.anatomy, sample.subregions)
    image = normalise(sample.image, sample.modality) if rng is None else _augmented_image(sample, rng)
    channels = [image[None]]
    target: MaskArray | NDArray[np.int32] = classes if sample.allowed is None else sample.allowed
    if stage is Stage.LESIONS:
        target = lesion_targets(classes, sample.lesions)
        channels.append(context_channels(_context(classes, sample.seen, rng)))
    stacked = np.concatenate(channels)
    if rng is not None and rng.random() < 0.5:
        # Axis 0 runs to the patient's left: a mirrored spine is a possible spine.
        stacked, target = stacked[:, ::-1], target[::-1]
    return Example(image=np.ascontiguousarray(stacked, dtype=np.float32), target=target.copy(order="C"))


def _context(classes: MaskArray, seen: MaskArray | None, rng: np.random.Generator | None) -> MaskArray:
    """What the lesion network is told: mostly what an anatomy network found, else the truth made imperfect."""
    if rng is None:
        return classes if seen is None else seen
    if seen is not None and rng.random() < _SEEN_SHARE:
        return _imperfect(seen, rng) if rng.random() < 0.3 else seen
    return _imperfect(classes, rng)


# All ranges below are proposals [P], wide enough to cover windowing differences between scanners.


def _augmented_image(sample: TrainingSample, rng: np.random.Generator) -> NDArray[np.float32]:
    # A patch's percentiles differ from those of the whole spine that inference uses.
    percentiles = (rng.uniform(0.0, 3.0), rng.uniform(97.0, 99.9)) if rng.random() < 0.7 else MR_PERCENTILES
    image: NDArray[np.floating] = normalise(sample.image, sample.modality, percentiles=percentiles)
    if sample.modality is Modality.MR and rng.random() < 0.5:
        gamma = float(np.exp(rng.normal(0.0, 0.25)))
        image = ((image + 1) / 2) ** np.float32(gamma) * 2 - 1
    if rng.random() < 0.2:
        image = ndimage.gaussian_filter(image, rng.uniform(0.3, 0.9), truncate=2.0)
    if rng.random() < 0.3:
        image = image + rng.normal(0.0, rng.uniform(0.01, 0.1), image.shape).astype(np.float32)
    gain, shift = rng.uniform(0.9, 1.1), rng.uniform(-0.1, 0.1)
    varied: NDArray[np.float32] = np.clip(image * gain + shift, -1.0, 1.0).astype(np.float32)
    return varied


def _imperfect(classes: MaskArray, rng: np.random.Generator) -> MaskArray:
    """Anatomy as a network might find it: shifted, ragged, with holes, now and then missing."""
    if rng.random() < 0.05:
        return np.zeros_like(classes)
    shift = rng.integers(-1, 2, 3)  # voxels of 1 mm
    seen = np.roll(classes, tuple(int(step) for step in shift), axis=(0, 1, 2))
    seen = _ragged(seen, rng)
    for _ in range(int(rng.integers(0, 3))):
        corner = [int(rng.integers(0, max(1, count - 12))) for count in classes.shape]
        size = rng.integers(4, 16, 3)
        hole = tuple(slice(first, first + int(extent)) for first, extent in zip(corner, size, strict=True))
        seen[hole] = 0
    return seen


def _ragged(classes: MaskArray, rng: np.random.Generator) -> MaskArray:
    """Every block of 2 voxels takes the classes found up to 1 voxel away."""
    halves = tuple((count + 1) // 2 for count in classes.shape)
    index = []
    for axis, count in enumerate(classes.shape):
        noise = rng.integers(-1, 2, halves, dtype=np.int16)
        for direction in range(3):
            noise = np.repeat(noise, 2, axis=direction)
        noise = noise[tuple(slice(0, size) for size in classes.shape)]
        along = np.arange(count, dtype=np.int16).reshape([-1 if direction == axis else 1 for direction in range(3)])
        index.append(np.clip(along + noise, 0, count - 1))
    ragged: MaskArray = classes[tuple(index)]
    return ragged
