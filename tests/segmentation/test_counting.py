from __future__ import annotations

import numpy as np

from spineseg.segmentation.counting import Heights, body_borders, count_bodies, lowest_is_sliver, without_lowest

VOXEL_MM3 = 3.375  # 1.5 mm isotropic


def column(pieces):
    """Heights of voxels, 120 in each slice of 1.5 mm, of the given (low, high) pieces."""
    return np.concatenate([np.repeat(np.arange(low, high, 1.5), 120) for low, high in pieces])


def neck(*, atlas):
    """C3-C5 with discs between, C2 of 36 mm above them, and the atlas' arches around the dens."""
    lower = column([(0, 14), (18, 32), (36, 50)])
    axis = column([(54, 90)])
    ring = column([(76, 88)]) if atlas else np.array([])
    bodies = np.concatenate([lower, axis, ring])
    is_axis = np.concatenate([np.zeros(len(lower), bool), np.ones(len(axis), bool), np.zeros(len(ring), bool)])
    arches = column([(80, 86)]) if atlas else column([(56, 66)])
    return Heights(bodies, arches, column([(14, 18), (32, 36), (50, 54)])), is_axis


def test_c2_is_one_piece_with_the_atlas_above_it() -> None:
    """However tall C2 is with its dens, it is one vertebra; C1 is counted before it."""
    heights, is_axis = neck(atlas=True)
    count = count_bodies(heights, is_axis, VOXEL_MM3)
    assert count.axis == 2
    assert set(count.numbers[is_axis]) == {2}
    assert set(count.numbers[heights.bodies < 54]) == {3, 4, 5}
    assert len(count.lower_borders) == 5
    assert np.all(np.diff(count.lower_borders) < 0)


def test_without_an_atlas_in_view_c2_comes_first() -> None:
    """No ring around the dens: C2 is number 1."""
    heights, is_axis = neck(atlas=False)
    count = count_bodies(heights, is_axis, VOXEL_MM3)
    assert count.axis == 1
    assert set(count.numbers) == {1, 2, 3, 4}


def test_without_c2_bodies_are_counted_from_the_top() -> None:
    """Three bodies and their discs: three numbers, no axis."""
    heights, is_axis = neck(atlas=False)
    lower = Heights(heights.bodies[~is_axis], heights.arches, heights.discs[heights.discs < 45])
    count = count_bodies(lower, np.zeros(len(lower.bodies), bool), VOXEL_MM3)
    assert count.axis == 0
    assert set(count.numbers) == {1, 2, 3}


def test_borders_hold_the_longest_pitch() -> None:
    """Ten centimetres of body without any disc are cut into pieces that a vertebra can have."""
    heights = np.repeat(np.arange(0, 100, 0.5), 50)

    borders = body_borders(heights, np.array([]))

    assert 20 < np.diff(borders).max() <= 47


def test_a_sliver_of_s1_is_no_lumbar_vertebra() -> None:
    """A piece of 9 mm below bodies of 24 mm is a sliver; without it the others keep their numbers."""
    bodies = column([(0, 9), (14, 38), (44, 68)])
    count = count_bodies(
        Heights(bodies, np.array([]), column([(9, 14), (38, 44)])), np.zeros(len(bodies), bool), VOXEL_MM3
    )

    assert lowest_is_sliver(bodies, count.numbers)
    rest = without_lowest(count)

    assert set(rest.numbers[bodies >= 14]) == {1, 2}
    assert set(rest.numbers[bodies < 9]) == {0}
    assert not lowest_is_sliver(bodies, rest.numbers)
