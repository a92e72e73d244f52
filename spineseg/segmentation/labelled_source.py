"""Converted sets -> TrainingSamples: patches of real images, mixed with phantoms by weight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial.transform import Rotation

from spineseg.domain.dataset import LabelledCase, Source, Split, read_labelled_set
from spineseg.domain.volume import Modality
from spineseg.errors import SettingsError
from spineseg.segmentation.augmentation import TrainingSample
from spineseg.segmentation.labelled_cache import CachedCase, cached_case
from spineseg.segmentation.partial import BACKGROUND
from spineseg.segmentation.settings import StageSettings
from spineseg.segmentation.stream import FIRST_TRAINING_SEED
from spineseg.segmentation.transforms import CT_KNOTS_HU

Samples: TypeAlias = Callable[[int], TrainingSample]

# As the phantoms' patches lie: near the spine, a third of them beside it [mm] [P].
_OFF_SPINE_SHARE = 0.33
# Half of the patches lie on the voxels of the cache: interpolated once, as at inference. The others are turned, as
# patients lie askew, and sized otherwise [P].
_TURNED_SHARE = 0.5
_TURN_DEG = 7.0
_SIZES = (0.88, 1.12)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledSource:
    """Seed -> TrainingSample of a converted set's training cases.

    Parameters
    ----------
    folder
        Of the set.
    cache
        Where its cases are kept at the working spacings.
    """

    folder: Path
    cases: tuple[LabelledCase, ...]
    origin: Source
    cache: Path
    patch_voxels: tuple[int, int, int]
    spacing_mm: float
    coarse_spacing_mm: float
    coarse_share: float

    def __call__(self, seed: int) -> TrainingSample:
        """Sample of a seed; the same seed gives the same sample."""
        rng = np.random.default_rng([seed, 5_000_011])
        case = self.cases[int(rng.integers(len(self.cases)))]
        spacing = self.coarse_spacing_mm if rng.random() < self.coarse_share else self.spacing_mm
        cached = cached_case(self.folder, case, spacing, self.cache)
        index = _index(cached, self.patch_voxels, spacing, rng)
        outside = CT_KNOTS_HU[0] if cached.modality is Modality.CT else float(cached.image.min())
        image, allowed = _taken(cached, index, self.patch_voxels, outside)
        nothing = np.zeros(self.patch_voxels, dtype=np.uint8)
        return TrainingSample(
            image=image, anatomy=nothing, subregions=nothing, lesions=nothing, modality=cached.modality, allowed=allowed
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedSource:
    """Several sources as one; each seed belongs to one of them, drawn by weight.

    Parameters
    ----------
    first_mixed_seed
        Seeds below it are held out for validation and stay with the first source.
    """

    sources: tuple[Samples, ...]
    weights: tuple[float, ...]
    first_mixed_seed: int

    def __call__(self, seed: int) -> TrainingSample:
        """Sample of a seed; the same seed gives the same sample."""
        if seed < self.first_mixed_seed:
            return self.sources[0](seed)
        shares = np.array(self.weights) / sum(self.weights)
        chosen = int(np.random.default_rng([seed, 9_000_011]).choice(len(shares), p=shares))
        return self.sources[chosen](seed)


def labelled_source(folder: Path, settings: StageSettings, split: Split = Split.TRAINING) -> LabelledSource:
    """Cases of a converted set at the settings' spacings.

    Raises
    ------
    SettingsError
        The folder holds no converted set, or no case of the split and the modality.
    """
    labelled = read_labelled_set(folder)
    cases = tuple(case for case in labelled.of(split) if settings.modality in (None, case.modality.value))
    if not cases:
        raise SettingsError(f"the data set has no {split.value} case to use", str(folder), "check its report.md")
    return LabelledSource(
        folder=folder,
        cases=cases,
        origin=labelled.source,
        cache=folder / "cache" if settings.cache is None else settings.cache / labelled.source.name,
        patch_voxels=settings.patch_voxels,
        spacing_mm=settings.spacing_mm,
        coarse_spacing_mm=settings.coarse_spacing_mm,
        coarse_share=settings.coarse_share if split is Split.TRAINING else 0.0,
    )


def mixed_with_sets(phantoms: Samples, settings: StageSettings) -> Samples:
    """Phantoms and the training cases of `settings.data` by weight; the phantoms alone where there are no data.

    Raises
    ------
    SettingsError
        A folder holds no converted set, or none of its training cases can be used.
    """
    if not settings.data:
        return phantoms
    sets = [labelled_source(one.folder, settings) for one in settings.data]
    return WeightedSource(
        sources=(phantoms, *sets),
        weights=(settings.phantom_weight, *(one.weight for one in settings.data)),
        first_mixed_seed=FIRST_TRAINING_SEED,
    )


def validation_of_sets(settings: StageSettings) -> Samples | None:
    """Patches of the sets' validation cases; None where no set has one that can be used."""
    sets = []
    for one in settings.data:
        labelled = read_labelled_set(one.folder)
        if any(settings.modality in (None, case.modality.value) for case in labelled.validation):
            sets.append(labelled_source(one.folder, settings, Split.VALIDATION))
    if not sets:
        return None
    return WeightedSource(sources=tuple(sets), weights=(1.0,) * len(sets), first_mixed_seed=0)


def training_data(settings: StageSettings) -> list[dict[str, object]]:
    """Origin, licence and number of training cases of each set: what a model card must say."""
    facts: list[dict[str, object]] = []
    for one in settings.data:
        source = labelled_source(one.folder, settings)
        facts.append({**source.origin.model_dump(), "training_cases": len(source.cases), "weight": one.weight})
    return facts


def _index(
    cached: CachedCase, shape: tuple[int, int, int], spacing_mm: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Affine (3, 4) from voxels of the patch to voxels of the case."""
    middle = cached.middles[int(rng.integers(len(cached.middles)))]
    # Half as wide as the phantoms' off-spine patches: the cache ends 70 mm beyond the labels.
    far = rng.random() < _OFF_SPINE_SHARE
    offset = rng.normal(0, (40, 40, 12)) if far else rng.normal((0, -8, 0), (10, 12, 12))
    centre = middle + offset / spacing_mm
    matrix = np.eye(3)
    if rng.random() < _TURNED_SHARE:
        turn = Rotation.from_euler("XYZ", rng.normal(0, _TURN_DEG, 3), degrees=True)
        matrix = turn.as_matrix() * rng.uniform(*_SIZES)
    else:
        centre = np.rint(centre)
    start = centre - matrix @ (np.array(shape) // 2)
    return np.concatenate([matrix, start[:, None]], axis=1)


def _taken(
    cached: CachedCase, index: NDArray[np.float64], shape: tuple[int, int, int], outside: float
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Image and allowed classes of a patch; beyond the image is background."""
    window, matrix, start = _window(cached, index, shape)
    image = np.empty(shape, dtype=np.float32)
    allowed = np.empty(shape, dtype=np.int32)
    # scipy knows no float16; only the window is converted.
    grey = np.asarray(cached.image[window], dtype=np.float32)
    sets = np.asarray(cached.allowed[window])
    if 0 in grey.shape:
        image[...], allowed[...] = outside, BACKGROUND
        return image, allowed
    ndimage.affine_transform(grey, matrix, start, order=1, mode="constant", cval=outside, output=image)
    ndimage.affine_transform(sets, matrix, start, order=0, mode="constant", cval=BACKGROUND, output=allowed)
    return image, allowed


def _window(
    cached: CachedCase, index: NDArray[np.float64], shape: tuple[int, int, int]
) -> tuple[tuple[slice, ...], NDArray[np.float64], NDArray[np.float64]]:
    """Block of the case that a patch reads, and the patch's affine into it."""
    matrix, start = index[:, :3], index[:, 3]
    corners = np.stack(np.meshgrid(*((0, size - 1) for size in shape), indexing="ij"), axis=-1).reshape(-1, 3)
    points = corners @ matrix.T + start
    whole = np.array(cached.image.shape)
    first = np.clip(np.floor(points.min(axis=0)).astype(int) - 1, 0, whole)
    last = np.clip(np.ceil(points.max(axis=0)).astype(int) + 2, first, whole)
    window = tuple(slice(int(low), int(high)) for low, high in zip(first, last, strict=True))
    return window, matrix, start - first
