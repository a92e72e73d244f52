from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spineseg.anatomy import describe_spine
from spineseg.anatomy.body_shape import body_shape
from tests.grading.analytic import Spec, axial_affine, segment
from tests.grading.boxes import SHAPE, crushed, plain


def shape_of(masks):
    """Shape of the vertebra at the origin."""
    anatomy = describe_spine(masks)
    return body_shape(anatomy, min(anatomy.vertebrae, key=lambda one: abs(one.body_centroid[2])))


def test_a_box_has_its_own_sizes():
    """20 mm high in every third, flat end plates, the posterior wall 9.5 mm before the canal's middle."""
    shape = shape_of(plain())
    assert shape.heights_mm == pytest.approx([20.0, 20.0, 20.0], abs=0.8)
    assert shape.upper[1:] == pytest.approx([0.0, 0.0], abs=0.03)
    assert shape.wall_point(0.0)[1] == pytest.approx(-9.5, abs=0.6)
    assert shape.width_mm == pytest.approx(30.0, abs=1.5)


@pytest.mark.parametrize("tilt_deg", [0.0, 25.0])
def test_the_grid_does_not_matter(tilt_deg):
    """The same body on a tilted stack of thicker slices has the same height and wall."""
    affine = axial_affine(spacing=(2.5, 1.0, 1.0), shape=SHAPE, tilt_deg=tilt_deg)
    shape = shape_of(segment(Spec(), affine, SHAPE))
    assert shape.heights_mm == pytest.approx([20.0, 20.0, 20.0], abs=1.2)
    assert shape.wall[1] == pytest.approx(0.0, abs=0.06)


def test_a_wedge_loses_height_in_front():
    """7.5 mm gone in the front half: 12.5 in front, 20 behind, and a tilted upper end plate."""
    shape = shape_of(crushed(plain(), "T7", 7.5, in_front=True))
    assert shape.heights_mm[0] == pytest.approx(12.5, abs=1.5)
    assert shape.heights_mm[2] == pytest.approx(20.0, abs=1.0)
    assert shape.upper[2] > 0.2


def test_a_body_cut_by_the_field_of_view_has_no_shape():
    """Heights of a cut body would be wrong."""
    anatomy = describe_spine(plain())
    cut = replace(anatomy.vertebrae[2], complete=False)
    assert body_shape(anatomy, cut) is None
    assert np.isfinite(shape_of(plain()).heights_mm).all()
