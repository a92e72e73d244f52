from __future__ import annotations

import numpy as np
import pytest

from spineseg.domain.volume import Modality
from spineseg.phantom.contrasts import Contrast
from spineseg.phantom.samples import CONTRAST_SHARES, draw_sample, draw_twins

SMALL = (32, 32, 40)


def test_same_seed_gives_the_same_bytes() -> None:
    """A sample is a function of its seed."""
    first, second = (draw_sample(11, shape=SMALL) for _ in range(2))

    assert first.image.tobytes() == second.image.tobytes()
    assert first.anatomy.tobytes() == second.anatomy.tobytes()


@pytest.mark.parametrize(("stage", "spacing_mm"), [("anatomy", 1.5), ("anatomy", 4.0), ("lesions", 1.0)])
def test_samples_have_their_shape_and_types(stage: str, spacing_mm: float) -> None:
    """Image and labels share the patch's shape; the image is finite, labels are bytes of the label table."""
    sample = draw_sample(5, shape=SMALL, spacing_mm=spacing_mm, stage=stage)

    assert sample.image.shape == sample.anatomy.shape == sample.lesions.shape == sample.subregions.shape == SMALL
    assert sample.image.dtype == np.float32
    assert np.all(np.isfinite(sample.image))
    assert sample.anatomy.dtype == sample.lesions.dtype == np.uint8


def test_a_third_of_anatomy_patches_lies_off_the_spine() -> None:
    """Between a tenth and half of the patches hold little or no spine, and both modalities occur."""
    samples = [draw_sample(seed, shape=(24, 24, 24), spacing_mm=3.0) for seed in range(40)]

    poor = np.mean([np.count_nonzero(sample.anatomy) < 0.02 * sample.anatomy.size for sample in samples])

    assert 0.08 < poor < 0.55
    assert {sample.modality for sample in samples} == {Modality.MR, Modality.CT}


def test_canonical_axes() -> None:
    """Bodies lie in front of (smaller y than) the cord, and C2 lies above (larger z than) C6."""
    sample = next(
        sample
        for sample in (draw_sample(seed, shape=(48, 48, 48), spacing_mm=2.5, stage="lesions") for seed in range(60))
        if np.any(sample.anatomy == 3) and np.any(sample.anatomy == 6)
    )

    centre = {value: np.mean(np.nonzero(sample.anatomy == value), axis=1) for value in (3, 6, 60)}
    body = np.mean(np.nonzero(sample.subregions == 49), axis=1)
    assert body[1] < centre[60][1]
    assert centre[3][2] > centre[6][2]


def test_twins_differ_only_near_the_lesion() -> None:
    """The twin of a seed has no lesion; away from the lesions of the other, both have the same labels."""
    twins = (draw_twins(seed, shape=(40, 40, 48), spacing_mm=1.2, lesion_probability=1.0) for seed in range(10))
    sick, well = next(pair for pair in twins if np.count_nonzero(pair[0].lesions) > 300)
    changed = sick.anatomy != well.anatomy
    z = np.flatnonzero(np.any(sick.lesions > 0, axis=(0, 1)))
    away = np.ones(sick.anatomy.shape[2], dtype=bool)
    away[max(0, z.min() - 8) : z.max() + 9] = False

    assert not well.lesions.any()
    assert changed.mean() < 0.1
    assert not changed[:, :, away].any()
    assert sick.contrast is well.contrast


def test_twins_share_their_acquisition() -> None:
    """Away from the lesion the images of twins agree but for what artefacts carry there."""
    twins = (draw_twins(seed, shape=(40, 40, 48), spacing_mm=1.2, lesion_probability=1.0) for seed in range(14))
    sick, well = next(
        (sick, well)
        for sick, well in twins
        if np.count_nonzero(sick.lesions) > 300 and sick.modality is Modality.MR and not sick.lesions[..., :8].any()
    )

    difference = np.abs(sick.image - well.image)[..., :4]
    assert np.median(difference) < 0.02 * np.ptp(well.image)
    assert not np.array_equal(sick.image, well.image)


def test_every_contrast_has_its_share() -> None:
    """Shares of all contrasts add to one; a quarter is CT, a tenth random, T2 the largest of the named."""
    assert set(CONTRAST_SHARES) == set(Contrast)
    assert sum(CONTRAST_SHARES.values()) == pytest.approx(1.0)
    assert CONTRAST_SHARES[Contrast.CT] == pytest.approx(0.25)
    assert max((c for c in Contrast if c is not Contrast.CT), key=CONTRAST_SHARES.__getitem__) is Contrast.T2


def test_ct_samples_are_in_hounsfield_units() -> None:
    """CT patches hold air near -1000 or soft tissue near 0-100 and bone above 100 HU."""
    sample = draw_sample(2, shape=SMALL, stage="lesions", contrast=Contrast.CT)

    assert sample.modality is Modality.CT
    bone = sample.image[sample.subregions > 0]
    assert np.median(bone) > np.median(sample.image[sample.anatomy == 0])
    assert sample.image.min() >= -1024
