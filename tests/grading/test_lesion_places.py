"""Tests of spineseg.grading.lesion_places."""

from __future__ import annotations

import numpy as np
import pytest

from spineseg.domain.volume import make_grid
from spineseg.grading.lesion_places import overlap, place_of, volume_doubt_mm3

AFFINE = np.array([[0, 0, 0.5, 0], [0, 0.5, 0, 0], [2.0, 0, 0, 0], [0, 0, 0, 1]])


def place(*sides: tuple[int, int]):
    """A box of voxels as a lesion."""
    mask = np.zeros((30, 60, 60), np.uint8)
    mask[tuple(slice(*side) for side in sides)] = 4
    return place_of(make_grid(mask, AFFINE, "1.2"), 4)


def test_overlap_is_the_share_of_the_smaller() -> None:
    """A lesion inside a larger one overlaps wholly, half beside it by half, elsewhere not at all."""
    large = place((5, 15), (10, 30), (10, 30))

    assert overlap(large, place((8, 10), (12, 20), (12, 20))) == pytest.approx(1.0)
    assert overlap(large, place((13, 17), (10, 30), (10, 30))) == pytest.approx(0.5, abs=0.05)
    assert overlap(large, place((20, 25), (10, 30), (10, 30))) == 0.0


def test_the_doubt_is_half_a_voxel_at_every_face() -> None:
    """Of a box of a x b x c voxels: (ab + bc + ca) voxels over 1.5, whatever their shape."""
    voxel_mm3 = 0.5 * 0.5 * 2.0

    assert volume_doubt_mm3(place((5, 15), (10, 30), (10, 40))) == pytest.approx((200 + 600 + 300) * voxel_mm3 / 1.5)


def test_a_small_lesion_is_doubted_more() -> None:
    """The doubt as a share of the volume grows as the lesion shrinks."""
    shares = [
        volume_doubt_mm3(one) / (np.count_nonzero(one.mask.array) * 0.5)
        for one in (place((5, 25), (5, 45), (5, 45)), place((5, 9), (5, 13), (5, 13)))
    ]
    assert shares[0] < 0.15
    assert shares[1] > 0.3
