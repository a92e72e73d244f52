"""Tests of spineseg.evaluation.surface."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spineseg.evaluation.surface import surface_score, tolerance_mm

SPACING = np.array([3.0, 1.0, 1.0])


def _box(*, shift: int = 0, axis: int = 1) -> np.ndarray:
    mask = np.zeros((16, 40, 40), dtype=bool)
    mask[4:10, 10:20, 10:20] = True
    return np.roll(mask, shift, axis)


def test_equal_masks_agree_wholly() -> None:
    """The same mask twice has surface Dice 1 and no distance."""
    score = surface_score(_box(), _box(), SPACING)

    assert score.surface_dice == 1.0
    assert score.hd95_mm == 0.0


@pytest.mark.parametrize(("axis", "millimetres"), [(0, 6.0), (1, 2.0)])
def test_the_distance_is_in_millimetres_of_each_axis(axis: int, millimetres: float) -> None:
    """Two voxels across thick slices are 6 mm, within a slice 2 mm."""
    assert surface_score(_box(), _box(shift=2, axis=axis), SPACING).hd95_mm == pytest.approx(millimetres)


def test_one_voxel_is_within_the_tolerance_and_four_are_not() -> None:
    """Surfaces 1 mm apart count as one within 1.5 mm; 4 mm apart only the sides that slid along themselves do."""
    assert surface_score(_box(), _box(shift=1), SPACING).surface_dice == 1.0
    assert surface_score(_box(), _box(shift=4), SPACING).surface_dice < 0.9


def test_a_mask_on_the_border_of_the_image_has_a_surface_there() -> None:
    """A mask cut by the image is compared like any other."""
    mask = np.zeros((6, 8, 8), dtype=bool)
    mask[:, :5] = True

    assert surface_score(mask, mask, SPACING).surface_dice == 1.0


def test_nothing_found_scores_nothing() -> None:
    """An empty result has surface Dice 0 and no distance; with an empty reference nothing is known."""
    empty = np.zeros_like(_box())

    missed = surface_score(_box(), empty, SPACING)
    assert missed.surface_dice == 0.0
    assert math.isnan(missed.hd95_mm)
    assert math.isnan(surface_score(empty, empty, SPACING).surface_dice)


def test_the_tolerance_is_never_below_a_voxel() -> None:
    """1.5 mm, but 3 mm on a grid of 3 mm; thick slices alone do not widen it."""
    assert tolerance_mm(np.array([5.0, 0.5, 0.5])) == 1.5
    assert tolerance_mm(np.array([3.0, 3.0, 3.0])) == 3.0
