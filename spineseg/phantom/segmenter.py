"""Volume + phantom -> Segmentation: a phantom's truth behind the seam of the networks, for tests and demonstrations."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spineseg import __version__
from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.labels import (
    BACKGROUND,
    CANAL_CONTENT,
    DISC_OFFSET,
    SPINAL_CANAL,
    UNNAMED_OFFSET,
    VERTEBRA_VALUES,
)
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import Modality, Volume, like
from spineseg.phantom.rasterize import Phantom, label_maps

Bytes = NDArray[np.uint8]


class TruthSegmenter:
    """Segments a rendered series of one phantom by its truth, on the volume's own grid.

    Parameters
    ----------
    named
        True gives vertebrae their true values 1-28; False what a network gives: 31, 32, ... counted from the most
        cranial vertebra in view (the sacrum stays 26).
    cord_visible_on_ct
        False gives the undivided canal (64) on CT, as without contrast medium in the sac.
    """

    def __init__(self, phantom: Phantom, *, named: bool = False, cord_visible_on_ct: bool = False) -> None:
        self._phantom = phantom
        self._named = named
        self._cord_visible_on_ct = cord_visible_on_ct

    @property
    def algorithm(self) -> AlgorithmIdentity:
        """Who segments."""
        return AlgorithmIdentity(name="spineseg", version=__version__, segmenter="truth")

    def __call__(self, volume: Volume) -> Segmentation:
        """Masks on the grid of `volume`; its image is not read."""
        maps = label_maps(self._phantom, volume.image)
        anatomy = np.asarray(maps.anatomy.array)
        if volume.modality is Modality.CT and not self._cord_visible_on_ct:
            anatomy = np.where(np.isin(anatomy, CANAL_CONTENT), np.uint8(SPINAL_CANAL), anatomy)
        if not self._named:
            anatomy = without_names(anatomy)
        return Segmentation(
            anatomy=like(volume.image, anatomy),
            subregions=maps.subregions,
            lesions=like(volume.image, in_view(np.asarray(maps.lesions.array))),
            modality=volume.modality,
            role=volume.role,
            series_instance_uid=volume.series_instance_uid,
            algorithm=self.algorithm,
        )


def without_names(anatomy: Bytes) -> Bytes:
    """Named vertebrae and discs to 31.., 131.. counted from the most cranial vertebra in view.

    A disc whose upper vertebra is not in view becomes background: it has no value without it.
    """
    present = set(np.unique(anatomy).tolist())
    lookup = np.arange(256, dtype=np.uint8)
    number = 0
    for value in VERTEBRA_VALUES.values():
        lookup[DISC_OFFSET + value] = BACKGROUND
        if value in present:
            number += 1
            lookup[value] = UNNAMED_OFFSET + number
            lookup[DISC_OFFSET + value] = DISC_OFFSET + UNNAMED_OFFSET + number
    return lookup[anatomy]


def in_view(lesions: Bytes) -> Bytes:
    """Lesion numbers closed up to 1..n, their order kept, cranial to caudal."""
    numbers = np.unique(lesions)
    lookup = np.zeros(256, dtype=np.uint8)
    lookup[numbers[numbers > 0]] = np.arange(1, np.count_nonzero(numbers) + 1)
    return lookup[lesions]
