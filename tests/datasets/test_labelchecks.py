from __future__ import annotations

import numpy as np
import pytest

from spineseg.datasets.labelchecks import check_labels
from spineseg.datasets.sourcecase import Landmark
from spineseg.domain.volume import make_grid
from tests.datasets import miniatures

AFFINE = np.array([[0, 0, 4.0, 0], [0, 4.0, 0, 0], [4.0, 0, 0, 0], [0, 0, 0, 1]])  # (z, y, x) to (x, y, z)


def doubts(labels: np.ndarray, image: np.ndarray | None = None, *landmarks: Landmark) -> dict[str, str]:
    """Check -> words of every doubt about labels on an image that they fit."""
    grey = miniatures.image_of(labels) if image is None else image
    found = check_labels(make_grid(grey, AFFINE), make_grid(labels, AFFINE), landmarks)
    return {one.check: one.words for one in found}


def test_a_good_map_raises_no_doubt() -> None:
    """Levels in order on an image that they fit: nothing is said."""
    assert doubts(miniatures.column((18, 19, 20))) == {}


def test_an_empty_map_is_told() -> None:
    """No label, or only "not known", is empty."""
    assert "empty" in doubts(np.zeros(miniatures.SHAPE, np.uint8))
    assert "empty" in doubts(np.full(miniatures.SHAPE, 255, np.uint8))


def test_levels_upside_down_are_told() -> None:
    """L1 above T12 is against the order of the spine; the sacrum belongs to the order."""
    assert doubts(miniatures.column((20, 19)))["order"] == "T12 below L1"
    assert "order" in doubts(miniatures.column((26, 24)))


def test_rare_levels_stand_where_they_belong() -> None:
    """T13 (28) between T12 and L1 and L6 (25) below L5 are in order, and nobody misses them elsewhere."""
    assert doubts(miniatures.column((19, 28, 20))) == {}
    assert doubts(miniatures.column((24, 25, 26))) == {}
    assert doubts(miniatures.column((19, 20))) == {}


def test_a_missing_level_is_noted() -> None:
    """L1 and L3 without L2: said, not refused."""
    assert doubts(miniatures.column((20, 22)))["gap"] == "L2 not labelled"


@pytest.mark.parametrize(("axis", "words"), [(2, "left and right"), (1, "front and back")])
def test_a_mirrored_mask_is_told(axis: int, words: str) -> None:
    """A mask flipped against its image fits better when it is flipped back."""
    labels = np.roll(miniatures.column((18, 19, 20)), -8, axis=2)

    assert words in doubts(np.flip(labels, axis).copy(), miniatures.image_of(labels))["left-right"]


def test_points_far_from_their_masks_are_told() -> None:
    """A centroid of the set 40 mm beside the mask's is a doubt, one 5 mm beside is none."""
    labels = miniatures.column((18,))
    centre = np.argwhere(labels == 18).mean(axis=0)[::-1] * 4.0
    x, y, z = centre.tolist()

    assert doubts(labels, None, Landmark(value=18, point_mm=(x, y + 5, z))) == {}
    assert "T11 by 40 mm" in doubts(labels, None, Landmark(value=18, point_mm=(x, y + 40, z)))["centroid"]
