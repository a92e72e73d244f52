from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from spineseg.domain import labels
from spineseg.domain.quality import QualityCode
from spineseg.domain.volume import Modality
from spineseg.segmentation.anatomy_stage import AnatomyStage
from spineseg.segmentation.bundle import load_network
from spineseg.segmentation.classes import AnatomyClass, Stage
from spineseg.segmentation.inference import AnatomySegmenter
from spineseg.segmentation.metadata import read_metadata
from spineseg.segmentation.sliding import PatchNetwork
from tests.segmentation.spines import ToySpine
from tests.segmentation.test_inference import coded_volume

CPU = torch.device("cpu")


@pytest.fixture
def stage(exact_bundles: Path) -> AnatomyStage:
    """The stage around a network that reads the class off the intensity."""
    bundle = exact_bundles / Stage.ANATOMY
    facts = read_metadata(bundle)
    module = load_network(bundle, CPU)
    return AnatomyStage(
        PatchNetwork(module=module, patch_voxels=facts.patch_voxels, classes=facts.channels, device=CPU), facts
    )


def neck() -> np.ndarray:
    """A spine whose uppermost vertebra is C2, without its arch and without sacrum."""
    spine = ToySpine(heights=(14, 14, 14, 36), disc=5.0, sacrum=False)
    classes, truth = spine.grids()
    classes[(truth == 1) & (classes == AnatomyClass.VERTEBRAL_BODY)] = AnatomyClass.AXIS
    classes[(truth == 1) & (classes == AnatomyClass.POSTERIOR_ELEMENTS)] = AnatomyClass.BACKGROUND
    return classes


def test_c2_is_known_by_its_label(stage: AnatomyStage) -> None:
    """The vertebra of the class C2 is one piece, and its label is told."""
    classes = neck()
    volume = coded_volume(classes, Modality.MR)

    found = stage.find(volume)
    assert found.grid is not None
    masks = stage.masks(volume, found.grid, found)

    assert masks.axis_label == labels.UNNAMED_OFFSET + 1
    there = (classes == AnatomyClass.AXIS).transpose(0, 2, 1)
    assert np.mean(masks.anatomy[there] == masks.axis_label) > 0.98
    assert np.mean(masks.subregions[there] == labels.VERTEBRAL_BODY) > 0.98


def test_an_image_without_a_spine_has_no_grid(stage: AnatomyStage) -> None:
    """Background alone: nothing is found, nothing is invented."""
    assert stage.find(coded_volume(np.zeros((40, 40, 40), np.uint8), Modality.CT)).grid is None


def test_a_network_in_training_segments_anatomy_only(exact_bundles: Path) -> None:
    """What scores a training: anatomy alone, lesions said to be not assessed, nothing where no spine is."""
    bundle = exact_bundles / Stage.ANATOMY
    segmenter = AnatomySegmenter(load_network(bundle, CPU), bundle, CPU)

    result = segmenter(coded_volume(neck(), Modality.MR))
    nothing = segmenter(coded_volume(np.zeros((40, 40, 40), np.uint8), Modality.CT))

    assert result.axis_label == labels.UNNAMED_OFFSET + 1
    assert not result.lesions.array.any()
    assert QualityCode.LESIONS_NOT_ASSESSED in {note.code for note in result.quality}
    assert not nothing.anatomy.array.any()
    assert QualityCode.NO_SPINE_FOUND in {note.code for note in nothing.quality}
