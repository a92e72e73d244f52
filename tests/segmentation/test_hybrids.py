from __future__ import annotations

import pickle

import numpy as np
import pytest

from spineseg.domain.volume import Modality
from spineseg.segmentation.augmentation import TrainingSample
from spineseg.segmentation.classes import LESION_CLASSES, LesionClass, anatomy_targets, lesion_targets
from spineseg.segmentation.hybrids import HybridSource, MixedSource, Twin
from tests.segmentation.backdrops import toy_background

SOURCE = HybridSource(backgrounds=(toy_background(),), patch_voxels=(48, 48, 48))


def _targets(sample: TrainingSample) -> np.ndarray:
    return lesion_targets(anatomy_targets(sample.anatomy, sample.subregions), sample.lesions)


def test_a_seed_is_a_sample() -> None:
    """The same seed gives the same patch, another one another; a copy in another process, too."""
    first, again, other = SOURCE(10), pickle.loads(pickle.dumps(SOURCE))(10), SOURCE(12)  # noqa: S301

    np.testing.assert_array_equal(first.image, again.image)
    assert first.image.shape == (48, 48, 48)
    assert first.image.dtype == np.float32
    assert not np.array_equal(first.image, other.image)


def test_even_seeds_show_a_tumour_and_odd_ones_none() -> None:
    """Half of the samples hold a lesion; their twins hold none."""
    assert all(SOURCE(seed).lesions.any() for seed in range(0, 12, 2))
    assert not any(SOURCE(seed).lesions.any() for seed in range(1, 12, 2))


def test_twins_differ_by_the_tumour_only() -> None:
    """Outside the canal and away from the tumour both twins are the same patch."""
    tumour, healthy = (SOURCE.draw(3, twin) for twin in (Twin.TUMOUR, Twin.HEALTHY))
    same = np.isclose(tumour.image, healthy.image)

    assert same.mean() > 0.5
    assert not same[tumour.lesions > 0].all()


def test_a_sham_is_warped_and_healthy() -> None:
    """For some pair the sham differs from the healthy twin; it never has a lesion."""
    pairs = [(SOURCE.draw(pair, Twin.SHAM), SOURCE.draw(pair, Twin.HEALTHY)) for pair in range(5)]

    assert any(np.abs(sham.image - healthy.image).max() > 20 for sham, healthy in pairs)
    assert not any(sham.lesions.any() for sham, _ in pairs)


def test_every_lesion_class_is_drawn() -> None:
    """Bone lesions, epidural tumour and intradural lesions all occur among the first pairs."""
    drawn = {int(value) for pair in range(16) for value in np.unique(_targets(SOURCE.draw(pair, Twin.TUMOUR)))}

    assert set(LESION_CLASSES) <= {LesionClass(value) for value in drawn}


def test_ct_gets_bone_lesions_only() -> None:
    """Canal content cannot be told apart on CT, so nothing is drawn in it."""
    source = HybridSource(backgrounds=(toy_background(modality=Modality.CT),), patch_voxels=(48, 48, 48))
    classes = {int(value) for pair in range(4) for value in np.unique(_targets(source.draw(pair, Twin.TUMOUR)))}

    assert LesionClass.BONE_LESION in classes
    assert not {LesionClass.EPIDURAL_TUMOUR, LesionClass.INTRADURAL_LESION} & classes


@pytest.mark.parametrize(("share", "least", "most"), [(0.0, 0, 0), (0.5, 30, 70), (1.0, 100, 100)])
def test_sources_are_mixed_in_their_share(share: float, least: int, most: int) -> None:
    """Of a hundred pairs about the share comes from the second source, and twins stay together."""
    marks = {name: SOURCE.draw(seed, Twin.HEALTHY) for seed, name in enumerate(("first", "second"))}
    mixed = MixedSource(first=lambda _: marks["first"], second=lambda _: marks["second"], share=share)

    chosen = [mixed(seed) is marks["second"] for seed in range(200)]

    assert least <= sum(chosen[::2]) <= most
    assert chosen[::2] == chosen[1::2]
