from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spineseg.domain.volume import Modality
from spineseg.phantom.contrasts import Contrast
from spineseg.phantom.samples import draw_sample
from spineseg.segmentation.augmentation import TrainingSample
from spineseg.segmentation.classes import CANAL_CLASSES, anatomy_targets
from spineseg.segmentation.metadata import bundles_root
from spineseg.segmentation.seen import SeenSource


def phantom(seed: int) -> TrainingSample:
    """T2 patch of 96 mm around a random level of a healthy patient."""
    drawn = draw_sample(seed, shape=(96, 96, 96), spacing_mm=1.0, contrast=Contrast.T2, lesion_probability=0.0)
    return TrainingSample(
        image=drawn.image,
        anatomy=drawn.anatomy,
        subregions=drawn.subregions,
        lesions=drawn.lesions,
        modality=drawn.modality,
    )


@pytest.fixture(scope="module")
def source() -> SeenSource:
    """Phantoms with what the shipped anatomy network finds in them."""
    return SeenSource(source=phantom, spacing_mm=1.0, bundle=bundles_root(None) / "anatomy")


def test_the_network_is_asked_about_the_patch_itself(source: SeenSource) -> None:
    """What it finds lies where the phantom's canal is: neither shifted nor mirrored on the way."""
    sample = source(1004)
    assert sample.seen is not None

    found = np.isin(sample.seen, CANAL_CLASSES)
    truth = np.isin(anatomy_targets(sample.anatomy, sample.subregions), CANAL_CLASSES)

    assert found.shape == sample.image.shape
    overlap = 2 * np.count_nonzero(found & truth) / (np.count_nonzero(found) + np.count_nonzero(truth))
    mirrored = 2 * np.count_nonzero(found[::-1] & truth) / (np.count_nonzero(found) + np.count_nonzero(truth))
    assert overlap > 0.6
    assert overlap > mirrored


def test_the_rest_of_a_sample_is_untouched(source: SeenSource) -> None:
    """Only `seen` is added; the truth stays the truth."""
    plain, seen = phantom(1004), source(1004)

    assert np.array_equal(plain.image, seen.image)
    assert np.array_equal(plain.anatomy, seen.anatomy)
    assert seen.modality is Modality.MR


def test_a_missing_bundle_is_said(tmp_path: Path) -> None:
    """A wrong `context_from` stops the training at its first sample."""
    from spineseg.errors import BundleNotFoundError

    with pytest.raises(BundleNotFoundError):
        SeenSource(source=phantom, spacing_mm=1.0, bundle=tmp_path / "none")(1000)
