from __future__ import annotations

import numpy as np
import pytest

from spineseg.datasets.labelgrid import place_labels
from spineseg.domain.volume import make_grid
from spineseg.errors import GeometryError
from tests.datasets import miniatures

LABELS = miniatures.column((18, 19))
AFFINE = np.diag([4.0, 4.0, 4.0, 1.0])
IMAGE = make_grid(miniatures.image_of(LABELS), AFFINE)


def shifted(voxels: float) -> np.ndarray:
    """The image's affine, moved along its first axis."""
    affine = AFFINE.copy()
    affine[0, 3] += 4.0 * voxels
    return affine


def test_the_same_grid_is_taken_as_it_is() -> None:
    """Nothing is done and nothing is noted."""
    placed = place_labels(make_grid(LABELS, AFFINE), IMAGE)

    np.testing.assert_array_equal(placed.labels.array, LABELS)
    assert placed.note == ""


def test_a_little_off_is_snapped_and_said() -> None:
    """A quarter of a voxel: the labels stay where they are stored, the note says so."""
    placed = place_labels(make_grid(LABELS, shifted(0.25)), IMAGE)

    np.testing.assert_array_equal(placed.labels.array, LABELS)
    assert "0.25 voxels" in placed.note


def test_far_off_is_refused() -> None:
    """Two voxels beside its image: no guess is made."""
    with pytest.raises(GeometryError, match=r"2\.0 voxels"):
        place_labels(make_grid(LABELS, shifted(2)), IMAGE)


def test_other_axes_are_resampled_by_the_header() -> None:
    """The same labels stored with turned axes lie on the same voxels afterwards."""
    turned = make_grid(np.ascontiguousarray(LABELS.transpose(2, 0, 1)[::-1]), _turned())

    placed = place_labels(turned, IMAGE)

    np.testing.assert_array_equal(placed.labels.array, LABELS)
    assert "another grid" in placed.note


def _turned() -> np.ndarray:
    columns = AFFINE[:, [2, 0, 1, 3]].copy()
    columns[:3, 3] += columns[:3, 0] * (LABELS.shape[2] - 1)
    columns[:3, 0] *= -1
    return columns


def test_labels_outside_the_image_are_refused() -> None:
    """A map of another patient's place is told by its labels outside."""
    away = AFFINE.copy()
    away[:3, 3] = 500
    with pytest.raises(GeometryError, match="outside the image"):
        place_labels(make_grid(LABELS[:-1], away), IMAGE)
