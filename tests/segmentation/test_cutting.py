from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spineseg.domain import labels
from spineseg.domain.volume import Modality
from spineseg.segmentation.augmentation import TrainingSample
from spineseg.segmentation.cutting import cut


@pytest.fixture
def sample() -> TrainingSample:
    """A canal along z at (10, 12), a lesion of 3 x 3 x 3 voxels at its upper end, and an image that counts voxels."""
    shape = (24, 24, 60)
    anatomy, lesions = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    anatomy[9:12, 11:14] = labels.CSF
    lesions[9:12, 11:14, 50:53] = 1
    image = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    return TrainingSample(
        image=image, anatomy=anatomy, subregions=anatomy, lesions=lesions, modality=Modality.MR, seen=anatomy
    )


def test_all_arrays_are_cut_alike(sample: TrainingSample) -> None:
    """Image, masks and the network's context keep fitting each other."""
    patch = cut(sample, (8, 8, 8), np.random.default_rng(1))

    place = np.argwhere(sample.image == patch.image[0, 0, 0])[0]
    window = tuple(slice(start, start + 8) for start in place)
    assert np.array_equal(patch.image, sample.image[window])
    assert np.array_equal(patch.lesions, sample.lesions[window])
    assert patch.seen is not None
    assert np.array_equal(patch.seen, sample.anatomy[window])


def test_without_chance_the_lesion_is_in_the_middle(sample: TrainingSample) -> None:
    """Validation looks at the lesion as long as it is not near the border, each time the same."""
    patch = cut(sample, (9, 9, 9), None)

    assert patch.lesions[3:6, 3:6, 3:6].sum() >= 8
    assert patch.lesions.sum() == 27


def test_most_patches_show_the_lesion_and_some_do_not(sample: TrainingSample) -> None:
    """Three quarters are laid around it; the others along the canal teach what is healthy."""
    rng = np.random.default_rng(3)

    seen = [bool(cut(sample, (24, 24, 24), rng).lesions.any()) for _ in range(80)]

    assert 40 < sum(seen) < 80


def test_a_healthy_sample_is_cut_around_its_canal(sample: TrainingSample) -> None:
    """Without a lesion the canal is in view."""
    healthy = replace(sample, lesions=np.zeros_like(sample.lesions))

    assert cut(healthy, (8, 8, 8), None).anatomy.any()


def test_a_sample_of_the_patch_size_is_left_alone(sample: TrainingSample) -> None:
    """Samples drawn at the size of the patches need no cut, and take no random number."""
    rng = np.random.default_rng(5)

    assert cut(sample, (24, 24, 60), rng) is sample
    assert rng.random() == np.random.default_rng(5).random()
