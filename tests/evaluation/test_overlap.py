"""Tests of spineseg.evaluation.overlap."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spineseg.domain import labels
from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import Modality, SeriesRole, make_grid
from spineseg.evaluation.overlap import dice, dice_by_structure, lesion_detection


def _segmentation(anatomy: np.ndarray, lesions: np.ndarray) -> Segmentation:
    affine = np.diag([2.0, 1.0, 1.0, 1.0])
    return Segmentation(
        anatomy=make_grid(anatomy, affine),
        subregions=make_grid(np.zeros_like(anatomy), affine),
        lesions=make_grid(lesions, affine),
        modality=Modality.MR,
        role=SeriesRole.AXIAL_T2,
        series_instance_uid="1.2",
        algorithm=AlgorithmIdentity(name="test", version="0", segmenter="truth"),
    )


def test_dice_of_half_overlap() -> None:
    """Two masks of four voxels that share two have Dice 0.5."""
    first = np.array([1, 1, 1, 1, 0, 0], dtype=bool)
    second = np.array([0, 0, 1, 1, 1, 1], dtype=bool)

    assert dice(first, second) == 0.5
    assert math.isnan(dice(np.zeros(3, bool), np.zeros(3, bool)))


def test_each_structure_is_scored_on_its_own_values() -> None:
    """A cord called CSF scores 0 as cord, 0 as CSF and 1 as canal."""
    truth, found = np.zeros((2, 4, 4, 4), np.uint8)
    truth[1:3, 1:3, 1:3], found[1:3, 1:3, 1:3] = labels.SPINAL_CORD, labels.CSF
    nothing = np.zeros_like(truth)

    scores = dice_by_structure(_segmentation(truth, nothing), _segmentation(found, nothing))

    assert scores["cord and cauda equina"] == 0.0
    assert scores["CSF"] == 0.0
    assert scores["spinal canal"] == 1.0
    assert math.isnan(scores["disc"])


def test_lesions_found_missed_and_false_are_counted() -> None:
    """Of two true lesions one is covered by half; a third component is false and its volume is in mm³."""
    truth, found = np.zeros((2, 10, 6, 6), np.uint8)
    truth[0:2, 0:2, 0:2], truth[0:2, 4:6, 4:6] = 1, 2
    found[0:1, 0:2, 0:2], found[7:9, 0:1, 0:1] = 1, 2
    nothing = np.zeros_like(truth)

    counts = lesion_detection(_segmentation(nothing, truth), _segmentation(nothing, found))

    assert (counts.true, counts.found, counts.false) == (2, 1, 1)
    assert counts.false_volume_mm3 == pytest.approx(4.0)
