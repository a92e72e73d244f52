from __future__ import annotations

import numpy as np
import pytest

from spineseg.grading.soft_extension import find_extension
from tests.grading.boxes import viewed, with_lesion


def block(left, behind, up, half):
    """Tumour in a box of soft tissue: middle and half sizes [mm]."""

    def where(at_left, at_behind, at_up, anatomy, kinds):
        inside = (np.abs(at_left - left) < half[0]) & (np.abs(at_behind - behind) < half[1])
        return inside & (np.abs(at_up - up) < half[2]) & (anatomy == 0) & (kinds == 0)

    return where


@pytest.mark.parametrize(
    ("place", "half", "expected"),
    [
        ((13.0, -2.0, -12.5), (2.5, 6.0, 3.0), {"foramen_left"}),
        ((-13.0, -2.0, -12.5), (2.5, 6.0, 3.0), {"foramen_right"}),
        ((27.0, -15.0, 0.0), (6.0, 6.0, 8.0), {"paraspinal_left"}),
        ((-25.0, 10.0, 0.0), (6.0, 6.0, 8.0), {"paraspinal_right"}),
        ((0.0, -41.0, 0.0), (9.0, 5.0, 8.0), {"prevertebral"}),
        ((27.0, -15.0, 0.0), (2.0, 2.0, 3.0), set()),
    ],
)
def test_soft_tumour_is_named_by_its_place(place, half, expected):
    """Between the pedicles foraminal, beside the spine paraspinal, before it prevertebral, a speck nothing."""
    assert find_extension(*viewed(with_lesion(block(*place, half)))) == expected
