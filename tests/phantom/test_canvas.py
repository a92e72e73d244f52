from __future__ import annotations

import numpy as np
import pytest

from spineseg.phantom.canvas import ellipse, paint


def test_paint_sets_only_where_the_mask_holds() -> None:
    """Chosen voxels outside the mask, and voxels not chosen, keep their value."""
    target = np.zeros(6, dtype=np.uint8)
    chosen = np.array([1, 3, 5])

    paint(target, chosen, np.array([True, False, True]), np.array([7, 8, 9], dtype=np.uint8))

    assert target.tolist() == [0, 7, 0, 0, 0, 9]


def test_gauge_of_an_ellipse_is_one_on_it() -> None:
    """Below 1 inside, 1 on the line, above 1 outside."""
    x = np.array([0.0, 3.0, 4.0], dtype=np.float32)

    assert ellipse(x, np.zeros_like(x), 3.0, 2.0).tolist() == pytest.approx([0.0, 1.0, 4 / 3])
