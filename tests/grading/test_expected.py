from __future__ import annotations

import numpy as np
import pytest

from spineseg.anatomy.sections import Sections, plane_axis
from spineseg.anatomy.shapes import area_mm2, centroid_mm
from spineseg.grading.expected import expected_outlines, involved_planes

ROWS, COLUMNS = np.meshgrid(plane_axis(), plane_axis(), indexing="ij")
POSITION = np.arange(0.0, 91.0, 3.0)


def tube(radius_mm, posterior_mm=0.0):
    """Signed distances of discs along the canal; radius and place may change along it."""
    radius, back = (np.broadcast_to(value, POSITION.shape)[:, None, None] for value in (radius_mm, posterior_mm))
    return np.where(radius > 0, np.hypot(ROWS - back, COLUMNS) - radius, 30.0).astype(np.float32)


def spine(cord_radius, *, posterior_mm=0.0, tumour=(36.0, 54.0), other=None):
    """Cord and sac with tumour between two positions; the measured cord there is pressed to 2 mm."""
    inside = (tumour[0] <= POSITION) & (tumour[1] >= POSITION)
    radius = np.where(inside, 2.0, cord_radius)
    mass = tube(np.where(inside, 9.0, 0.0))
    every = mass if other is None else np.minimum(mass, tube(np.where(np.abs(POSITION - other) < 2, 9.0, 0.0)))
    fields = {
        "cord": tube(radius, posterior_mm), "sac": tube(8.0), "canal": tube(10.0), "tumour": mass, "any_tumour": every
    }  # fmt: skip
    count = len(POSITION)
    return Sections(
        position_mm=POSITION, centre=np.zeros((count, 3)), step_mm=np.full(count, 3.0),
        covered=np.ones(count, bool), fields=fields,
    )  # fmt: skip


def radius_of(field):
    """Radius of discs of the same area."""
    return np.sqrt(area_mm2(field) / np.pi)


def test_expected_cord_is_that_of_the_neighbours():
    """Where the tumour presses the cord to 2 mm, 4 mm are expected."""
    one = spine(4.0)
    assert radius_of(expected_outlines(one).cord[involved_planes(one)]) == pytest.approx(4.0, abs=0.03)


def test_expected_size_follows_the_change_along_the_cord():
    """Between 5 mm above and 4 mm below, the expected radius falls evenly."""
    one = spine(np.interp(POSITION, [0, 90], [5.0, 4.0]))
    assert radius_of(expected_outlines(one).cord[15:16]) == pytest.approx(4.5, abs=0.05)


def test_expected_place_follows_the_shift_along_the_canal():
    """A cord that moves from front to back along the canal is expected in between."""
    one = spine(4.0, posterior_mm=np.interp(POSITION, [0, 90], [-1.5, 1.5]))
    assert centroid_mm(expected_outlines(one).cord)[15, 0] == pytest.approx(0.0, abs=0.05)


def test_expected_size_above_the_conus_is_not_thinned_by_its_tip():
    """A full cord that tapers only below the lesion is expected nearly full at the lesion."""
    radius = 4.5 * np.clip((85.0 - POSITION) / 28.0, 0, 1) ** 0.6
    one = spine(radius)
    expected = radius_of(expected_outlines(one).cord[15:16])
    assert expected == pytest.approx(4.5, rel=0.08)


def test_planes_near_any_lesion_are_no_reference():
    """A second lesion's planes are not taken as normal."""
    one = spine(4.0, other=66.0)
    one.fields["cord"][22] = tube(1.0)[22]
    assert radius_of(expected_outlines(one).cord[15:16]) == pytest.approx(4.0, abs=0.03)


def test_planes_within_5_mm_of_the_lesion_are_no_reference():
    """A cord that is still thin 3 mm beyond the tumour is not taken as normal."""
    one = spine(4.0)
    for plane in (11, 19):
        one.fields["cord"][plane] = tube(2.5)[plane]
    assert radius_of(expected_outlines(one).cord[15:16]) == pytest.approx(4.0, abs=0.03)


@pytest.mark.parametrize(("tumour", "sides"), [((36.0, 54.0), 2), ((0.0, 18.0), 1), ((0.0, 90.0), 0)])
def test_sides_tell_how_many_ends_are_free(tumour, sides):
    """A lesion at the end of the stack has one side, one that fills it has none."""
    expected = expected_outlines(spine(4.0, tumour=tumour))
    assert expected.cord_sides == sides
    assert (expected.cord is None) == (sides == 0)
