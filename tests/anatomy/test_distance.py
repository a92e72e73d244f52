from __future__ import annotations

import numpy as np
import pytest

from spineseg.anatomy.distance import signed_distance


def test_signed_distance_crosses_zero_at_the_outline():
    """Along a line through a box the signed distance is zero half a voxel beyond its last voxel."""
    mask = np.zeros((9, 40, 40), dtype=bool)
    mask[2:7, 10:30, 10:30] = True
    line = signed_distance(mask, np.array([3.0, 0.5, 0.5]))[4, 20]
    crossing = 29 + -line[29] / (line[30] - line[29])
    assert crossing == pytest.approx(29.5, abs=0.05)
    assert line[20] < -2


def test_pinholes_are_filled_and_outlines_kept():
    """A missing voxel inside a mask changes nothing; one at its edge is not filled in."""
    mask = np.zeros((5, 30, 30), dtype=bool)
    mask[1:4, 8:22, 8:22] = True
    holed, notched = mask.copy(), mask.copy()
    holed[2, 15, 15] = False
    notched[2, 15, 21] = False
    spacing = np.array([3.0, 0.6, 0.6])
    assert np.array_equal(signed_distance(holed, spacing), signed_distance(mask, spacing))
    assert signed_distance(notched, spacing)[2, 15, 21] > signed_distance(mask, spacing)[2, 15, 21] + 0.1


@pytest.mark.parametrize("value", [False, True])
def test_signed_distance_of_nothing_and_of_everything(value):
    """An absent structure is far away everywhere, a full one deep inside everywhere."""
    field = signed_distance(np.full((4, 5, 6), value), np.ones(3))
    assert np.all(field == (-30 if value else 30))
