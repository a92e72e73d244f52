from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spineseg.errors import SettingsError
from spineseg.segmentation.augmentation import TrainingSample, make_example
from spineseg.segmentation.classes import AnatomyClass, Stage
from spineseg.segmentation.labelled_source import (
    LabelledSource,
    WeightedSource,
    labelled_source,
    mixed_with_sets,
    training_data,
    validation_of_sets,
)
from spineseg.segmentation.partial import BACKGROUND, bits
from spineseg.segmentation.settings import StageSettings
from tests.segmentation.conftest import draw_toy
from tests.segmentation.labelled_sets import labelled_set

VERTEBRA = bits(AnatomyClass.VERTEBRAL_BODY, AnatomyClass.POSTERIOR_ELEMENTS)


def settings_for(**keys: object) -> StageSettings:
    """Patches of 24 voxels at 2 mm, a third of them coarse."""
    base = {
        "bundle": Path("unused"), "patch_voxels": (24, 24, 24), "spacing_mm": 2.0, "coarse_spacing_mm": 4.0,
        "coarse_share": 0.3, "steps": 1,
    }  # fmt: skip
    return StageSettings.model_validate({**base, **keys})


def source_of(folder: Path, **keys: object) -> LabelledSource:
    """Training patches of a set."""
    return labelled_source(folder, settings_for(**keys))


def test_patches_show_bone_where_bone_is_allowed(tmp_path: Path) -> None:
    """Over many seeds, turned, sized, coarse or not: what must be vertebra is bright, what must not is dark."""
    source = source_of(labelled_set(tmp_path))

    samples = [source(seed) for seed in range(1000, 1024)]

    bone = np.concatenate([one.image[one.allowed == VERTEBRA] for one in samples])
    rest = np.concatenate([one.image[(one.allowed != VERTEBRA) & (one.image > -900)] for one in samples])
    assert np.median(bone) > 400
    assert np.median(rest) < 60
    assert all(one.image.shape == (24, 24, 24) for one in samples)
    assert sum((one.allowed == VERTEBRA).any() for one in samples) >= 18, "most patches lie on the spine"


def test_a_seed_is_a_patch(tmp_path: Path) -> None:
    """The same seed gives the same patch, in a new process too; another one another."""
    folder = labelled_set(tmp_path)
    first, again, other = source_of(folder)(7), source_of(folder)(7), source_of(folder)(8)

    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.allowed, again.allowed)
    assert not np.array_equal(first.image, other.image)


def test_beyond_the_image_is_background(tmp_path: Path) -> None:
    """A patch larger than the image shows air there, and nothing but background is right."""
    sample = source_of(labelled_set(tmp_path), patch_voxels=(64, 64, 64), coarse_share=0.0)(3)

    assert sample.allowed is not None
    assert (sample.allowed[sample.image == -1000] == BACKGROUND).mean() > 0.95


def test_augmentation_moves_image_and_sets_together(tmp_path: Path) -> None:
    """A mirrored patch has its sets mirrored with it."""
    sample = source_of(labelled_set(tmp_path), coarse_share=0.0)(5)

    made = make_example(sample, Stage.ANATOMY, np.random.default_rng(4))

    assert made.target.dtype == np.int32
    bright = made.image[0] > np.median(made.image[0])
    assert bright[made.target == VERTEBRA].mean() > 0.9


def test_sources_are_mixed_by_weight_and_validation_keeps_phantoms() -> None:
    """Three to one over 400 seeds; held-out seeds belong to the first source."""

    def other(_: int) -> TrainingSample:
        raise KeyError

    mixed = WeightedSource(sources=(draw_toy, other), weights=(3.0, 1.0), first_mixed_seed=1000)
    drawn = []
    for seed in range(1000, 1400):
        try:
            mixed(seed)
            drawn.append(0)
        except KeyError:
            drawn.append(1)

    assert sum(drawn) == pytest.approx(100, abs=30)
    assert all(mixed(seed).allowed is None for seed in range(5))


def test_a_set_without_cases_of_the_modality_is_refused(tmp_path: Path) -> None:
    """MR is asked for and the set has CT only."""
    with pytest.raises(SettingsError, match="no training case"):
        source_of(labelled_set(tmp_path), modality="MR")


def test_settings_name_the_sets(tmp_path: Path) -> None:
    """Sets are mixed with phantoms, their validation cases stay apart, and licences are known for the model card."""
    folder = labelled_set(tmp_path)
    settings = settings_for(data=[{"folder": folder, "weight": 2.0}], phantom_weight=1.0)

    mixed = mixed_with_sets(draw_toy, settings)
    validation = validation_of_sets(settings)

    assert isinstance(mixed, WeightedSource)
    assert mixed.weights == (1.0, 2.0)
    assert isinstance(validation, WeightedSource)
    assert isinstance(validation.sources[0], LabelledSource)
    assert [case.name for case in validation.sources[0].cases] == ["case2"]
    assert training_data(settings)[0]["licence"] == "CC0-1.0"
    assert mixed_with_sets(draw_toy, settings_for()) is draw_toy
    assert validation_of_sets(settings_for()) is None
