from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.segmentation import Segmentation, Segmenter
from spineseg.domain.volume import Modality, SeriesRole, Volume, like, make_grid


class _Nothing:
    """A segmenter that finds nothing; small enough to show what the seam asks for."""

    @property
    def algorithm(self) -> AlgorithmIdentity:
        return AlgorithmIdentity(name="nothing", version="1", segmenter="masks")

    def __call__(self, volume: Volume) -> Segmentation:
        empty = like(volume.image, np.zeros(volume.image.spatial_shape, dtype=np.uint8))
        return Segmentation(
            anatomy=empty,
            subregions=empty,
            lesions=empty,
            modality=volume.modality,
            role=volume.role,
            series_instance_uid=volume.series_instance_uid,
            algorithm=self.algorithm,
        )


def _volume() -> Volume:
    image = make_grid(np.zeros((2, 3, 4), dtype=np.float32), np.diag([3.0, 1.0, 1.0, 1.0]))
    return Volume(image=image, modality=Modality.MR, role=SeriesRole.AXIAL_T2, series_instance_uid="1.2.3")


def test_seam() -> None:
    """Anything that has an identity and turns a volume into masks is a segmenter; it inherits nothing."""
    segmenter: Segmenter = _Nothing()

    segmentation = segmenter(_volume())

    assert segmentation.algorithm == segmenter.algorithm
    assert segmentation.anatomy.spatial_shape == (2, 3, 4)
    assert segmentation.quality == ()


def test_masks_cannot_be_replaced() -> None:
    """A segmentation is final: later stages make a new one, they do not change it."""
    segmentation = _Nothing()(_volume())

    with pytest.raises(dataclasses.FrozenInstanceError):
        segmentation.anatomy = segmentation.lesions  # type: ignore[misc] # the assignment is what must fail


def test_other_weights_are_another_algorithm() -> None:
    """Results of two sets of weights, or of the same ones in another order, can be told apart."""
    identity = AlgorithmIdentity(name="spineseg", version="0.1.0", segmenter="bundle", weights_sha256=("a", "b"))

    assert identity != dataclasses.replace(identity, weights_sha256=("a", "c"))
    assert identity != dataclasses.replace(identity, weights_sha256=("b", "a"))
    assert len({identity, dataclasses.replace(identity)}) == 1


def test_no_network_no_weights() -> None:
    """A segmenter without a network names no weights."""
    assert _Nothing().algorithm.weights_sha256 == ()
