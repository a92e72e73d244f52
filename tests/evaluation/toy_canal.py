"""Constructed spine of known outlines on a 1 mm grid, and segmenters that know it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from spineseg.anatomy.describe import describe_spine
from spineseg.domain import labels
from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.anatomy import SpineAnatomy
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import Modality, SeriesRole, Volume, like, make_grid, resample

CANAL_MM, SAC_MM, CORD_MM = 9.5, 8.0, 4.0
MIDDLE = (32.0, 50.0)  # of the canal, x and y
# Columns of the affine: slices up along z, rows along y, columns along x.
AFFINE = np.array([[0, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]], dtype=float)
SHAPE = (90, 90, 64)
SIGNAL = {0: 60.0, labels.SPINAL_CORD: 110.0, labels.CSF: 220.0, labels.EPIDURAL_SPACE: 170.0}


def toy_masks(*, cord: bool = True) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Anatomy and subregions of three vertebrae, (slice, row, column)."""
    z, y, x = np.indices(SHAPE)
    away = np.hypot(x - MIDDLE[0], y - MIDDLE[1])
    anatomy = np.zeros(SHAPE, dtype=np.uint8)
    body = (np.abs(x - MIDDLE[0]) < 18) & (y > 14) & (y < 40) & (z % 30 < 24)
    anatomy[body] = (33 - z // 30)[body]
    for radius, value in ((CANAL_MM, 61), (SAC_MM, 62), (CORD_MM, 60 if cord else 63)):
        anatomy[away < radius] = value
    subregions = np.where((anatomy > 30) & (anatomy < 60), 49, 0).astype(np.uint8)
    return anatomy, subregions


def toy_volume() -> Volume:
    """Its T2 image with noise of 2 units."""
    anatomy, _ = toy_masks()
    image = np.full(SHAPE, 100.0)
    for value, signal in SIGNAL.items():
        image[anatomy == value] = signal
    image += np.random.default_rng(0).normal(0, 2, SHAPE)
    return Volume(
        image=make_grid(image.astype(np.float32), AFFINE),
        modality=Modality.MR,
        role=SeriesRole.SAGITTAL_T2,
        series_instance_uid="",
    )


def toy_anatomy(*, cord: bool = True) -> SpineAnatomy:
    """The described spine."""
    anatomy, subregions = (make_grid(mask, AFFINE) for mask in toy_masks(cord=cord))
    return describe_spine(_segmentation(toy_volume(), anatomy.array, subregions.array, np.zeros(SHAPE, np.uint8)))


@dataclass(frozen=True)
class ToySegmenter:
    """Knows the healthy anatomy; calls lesion what it is told to (by the image's shape and whether it is healthy)."""

    lesions: dict[bytes, NDArray[np.uint8]] = field(default_factory=dict)

    @property
    def algorithm(self) -> AlgorithmIdentity:
        """A toy."""
        return AlgorithmIdentity(name="toy", version="toy 1", segmenter="truth")

    def __call__(self, volume: Volume) -> Segmentation:
        """The toy spine on the volume's grid, with the lesion that belongs to its very voxels."""
        masks = [resample(make_grid(mask, AFFINE), volume.image, order=0).array for mask in toy_masks()]
        shape = tuple(volume.image.spatial_shape)
        lesions = self.lesions.get(volume.image.array.tobytes(), np.zeros(shape, np.uint8))
        return _segmentation(volume, masks[0], masks[1], lesions)


def _segmentation(
    volume: Volume, anatomy: NDArray[np.uint8], subregions: NDArray[np.uint8], lesions: NDArray[np.uint8]
) -> Segmentation:
    return Segmentation(
        anatomy=like(volume.image, anatomy),
        subregions=like(volume.image, subregions),
        lesions=like(volume.image, lesions),
        modality=volume.modality,
        role=volume.role,
        series_instance_uid="",
        algorithm=AlgorithmIdentity(name="toy", version="toy 1", segmenter="truth"),
    )
