from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spineseg.domain.quality import QualityCode
from spineseg.domain.volume import Modality, Volume, make_grid
from spineseg.segmentation.anatomy_stage import FoundAnatomy
from spineseg.segmentation.out_of_domain import LEAST_CERTAINTY, contrast_to_noise, doubts
from tests.segmentation.spines import ToySpine
from tests.segmentation.test_inference import coded_volume

CLASSES = ToySpine(heights=(28, 27, 26)).grids()[0]


def found_with(certainty: float) -> FoundAnatomy:
    """The toy spine, its network equally sure everywhere, on the grid of its volume."""
    probability = np.full(CLASSES.shape, round(255 * certainty), np.uint8)
    affine = np.diag([1.5, 1.5, 1.5, 1.0])
    affine[:3, 3] = (-40.0, -60.0, -80.0)
    grid = make_grid(CLASSES, affine, "1.2.3")
    return FoundAnatomy(grid=grid, classes=CLASSES, certainty=probability, cord=probability, sac=probability)


def noisy(volume: Volume, share: float) -> Volume:
    """The volume with noise of a share of its range."""
    image = volume.image.array
    rng = np.random.default_rng(3)
    worse = image + rng.normal(0, share * float(np.ptp(image)), image.shape).astype(np.float32)
    return replace(volume, image=make_grid(worse.astype(np.float32), volume.image.affine, "1.2.3"))


@pytest.mark.parametrize("modality", list(Modality))
def test_a_sure_network_on_a_clear_image_raises_no_doubt(modality: Modality) -> None:
    """A legible image and a confident answer: nothing to say."""
    assert doubts(noisy(coded_volume(CLASSES, modality), 0.01), found_with(0.9)) == ()


def test_an_unsure_network_is_not_used() -> None:
    """Below the least certainty over the spine the result is not to be used."""
    volume = noisy(coded_volume(CLASSES, Modality.MR), 0.01)
    assert QualityCode.LOW_CONFIDENCE in doubts(volume, found_with(LEAST_CERTAINTY - 0.05))
    assert QualityCode.LOW_CONFIDENCE not in doubts(volume, found_with(LEAST_CERTAINTY + 0.05))


def test_an_image_of_noise_is_told() -> None:
    """Noise as large as the contrast is said, whatever the network believes."""
    assert QualityCode.LOW_SIGNAL in doubts(noisy(coded_volume(CLASSES, Modality.MR), 0.8), found_with(0.95))


def test_metal_beside_the_spine_is_told_on_ct() -> None:
    """Half a millilitre of 3000 HU is an artefact; two voxels are not."""
    volume = coded_volume(CLASSES, Modality.CT)
    for size, expected in ((6, True), (1, False)):
        image = volume.image.array.copy()
        image[20 : 20 + size, 40 : 40 + size, 30 : 30 + size] = 3000.0
        metal = replace(volume, image=make_grid(image, volume.image.affine, "1.2.3"))
        assert (QualityCode.ARTEFACT in doubts(metal, found_with(0.9))) is expected


def test_the_noise_measure_finds_the_noise() -> None:
    """A step of 10 with noise of 1: about 10, whatever the scale."""
    image = np.zeros((4, 64, 64), np.float32)
    image[:, :, 32:] = 10.0
    image += np.random.default_rng(1).normal(0, 1, image.shape).astype(np.float32)
    assert contrast_to_noise(image) == pytest.approx(12.5, rel=0.25)
    assert contrast_to_noise(100 * image) == pytest.approx(contrast_to_noise(image), rel=1e-3)
    assert contrast_to_noise(np.zeros((2, 8, 8), np.float32)) == 0.0
