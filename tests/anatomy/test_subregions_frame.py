from __future__ import annotations

import pytest

from spineseg.anatomy import describe_spine
from spineseg.anatomy.subregions import split_vertebra
from tests.grading.boxes import plain


def test_measures_are_those_of_the_canal():
    """Half axes 11 and 9.5 mm, vertebrae every 25 mm, on a canal built with them."""
    anatomy = describe_spine(plain())
    frame = split_vertebra(anatomy, anatomy.vertebrae[3]).frame
    assert frame.half_width_mm == pytest.approx(11.0, abs=0.4)
    assert (frame.front_mm, frame.back_mm) == pytest.approx((9.5, 9.5), abs=0.5)
    assert frame.pitch_mm == pytest.approx(25.0, abs=1.0)
    assert frame.pedicle_mm == pytest.approx(4.0, abs=1.0)


def test_the_first_vertebra_has_a_joint_above_it_all_the_same():
    """Where no neighbour is in view a disc is assumed."""
    anatomy = describe_spine(plain())
    frame = split_vertebra(anatomy, anatomy.vertebrae[0]).frame
    assert frame.upper_mm < anatomy.vertebrae[0].extent_mm[0]
