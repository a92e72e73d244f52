from __future__ import annotations

import numpy as np

from spineseg.segmentation.augmentation import make_example
from spineseg.segmentation.classes import AnatomyClass, ContextChannel, LesionClass, Stage
from tests.segmentation.conftest import draw_toy


def test_the_plain_example_is_the_truth() -> None:
    """Without a generator nothing is varied: targets as the tables say, context from the true classes."""
    sample = draw_toy(1)

    anatomy, lesions = (make_example(sample, stage, None) for stage in Stage)

    assert anatomy.image.shape == (1, 16, 16, 16)
    np.testing.assert_array_equal(anatomy.target == AnatomyClass.CSF, sample.anatomy == 62)
    np.testing.assert_array_equal(lesions.target == LesionClass.BONE_LESION, sample.lesions > 0)
    np.testing.assert_array_equal(lesions.image[ContextChannel.CANAL] > 0, sample.anatomy == 62)


def test_intensities_stay_in_range_and_targets_keep_their_voxels() -> None:
    """Fifty augmentations: values within [-1, 1], and the target is the truth or its mirror image."""
    sample = draw_toy(2)
    truth = make_example(sample, Stage.ANATOMY, None).target
    mirrored = 0

    for seed in range(50):
        made = make_example(sample, Stage.ANATOMY, np.random.default_rng(seed))
        assert np.abs(made.image).max() <= 1
        is_mirrored = np.array_equal(made.target, truth[::-1])
        assert is_mirrored or np.array_equal(made.target, truth)
        mirrored += is_mirrored

    assert 10 < mirrored < 40


def test_image_and_target_are_mirrored_together() -> None:
    """The canal is the brightest tissue before and after."""
    sample = draw_toy(3)

    for seed in range(20):
        made = make_example(sample, Stage.ANATOMY, np.random.default_rng(seed))
        canal = made.target == AnatomyClass.CSF
        assert made.image[0][canal].mean() > made.image[0][~canal].mean() + 0.3


def test_the_context_is_imperfect_but_near() -> None:
    """What the lesion network is told differs from the truth, mostly by a voxel, and is sometimes missing."""
    sample = draw_toy(4)
    exact = make_example(sample, Stage.LESIONS, None)
    agreement = []

    for seed in range(60):
        made = make_example(sample, Stage.LESIONS, np.random.default_rng(seed))
        context = made.image[1:] if np.array_equal(made.target, exact.target) else made.image[1:, ::-1]
        agreement.append(float(np.mean(context == exact.image[1:])))

    assert 0.85 < np.median(agreement) < 0.999
    assert set(np.unique(context)) <= {0.0, 1.0}
