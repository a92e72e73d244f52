"""Tests of spineseg.reporting.filled."""

from __future__ import annotations

import numpy as np
import pytest

from spineseg.reporting.filled import filled_box, voxels_of


@pytest.mark.parametrize("seed", range(5))
def test_the_box_holds_every_label_and_touches_each_side(seed: int) -> None:
    """Nothing lies beyond it and none of its faces is empty, for any scatter of labels."""
    random = np.random.default_rng(seed)
    labels = np.zeros((7, 9, 11), dtype=np.uint8)
    labels[tuple(random.integers(0, labels.shape, (1 + seed, 3)).T)] = 255 - seed

    box = filled_box(labels)

    assert box is not None
    assert np.count_nonzero(labels[box]) == np.count_nonzero(labels)
    for axis in range(3):
        filled = np.any(labels[box] > 0, axis=tuple({0, 1, 2} - {axis}))
        assert filled[0]
        assert filled[-1]


def test_an_empty_array_has_no_box_and_no_voxel() -> None:
    """Nothing labelled is said as None."""
    empty = np.zeros((3, 4, 5), dtype=np.uint8)

    assert filled_box(empty) is None
    assert voxels_of(empty, 1).shape == (0, 3)


def test_voxels_are_those_of_the_labels_asked_for() -> None:
    """Indices count in the whole array, in its order, and other labels are left out."""
    labels = np.random.default_rng(3).integers(0, 5, (6, 8, 10)).astype(np.uint8)
    labels[:2], labels[:, :3] = 0, 0

    np.testing.assert_array_equal(voxels_of(labels, 2, 4), np.argwhere((labels == 2) | (labels == 4)))
