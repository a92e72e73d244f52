from __future__ import annotations

import numpy as np
import pytest

from spineseg.anatomy.sections import plane_axis
from spineseg.anatomy.shapes import ap_diameter_mm, area_mm2, centroid_mm, transverse_diameter_mm

RADIUS_MM, POSTERIOR_MM, LEFT_MM = 4.13, 1.7, -3.1


@pytest.fixture
def disc():
    """Signed distance of a disc beside the middle of the plane."""
    rows, columns = np.meshgrid(plane_axis(), plane_axis(), indexing="ij")
    return (np.hypot(rows - POSTERIOR_MM, columns - LEFT_MM) - RADIUS_MM).astype(np.float32)[None]


def test_area_resolves_less_than_a_pixel(disc):
    """The area of a disc of 4.13 mm is right within half a per cent on pixels of 0.4 mm."""
    assert area_mm2(disc)[0] == pytest.approx(np.pi * RADIUS_MM**2, rel=0.005)


def test_diameters_resolve_less_than_a_pixel(disc):
    """Both diameters of the disc are right within a twentieth of a millimetre."""
    assert ap_diameter_mm(disc)[0] == pytest.approx(2 * RADIUS_MM, abs=0.05)
    assert transverse_diameter_mm(disc)[0] == pytest.approx(2 * RADIUS_MM, abs=0.05)


def test_centroid_is_posterior_then_left(disc):
    """The middle is given as offset to posterior and to the left."""
    assert centroid_mm(disc)[0] == pytest.approx([POSTERIOR_MM, LEFT_MM], abs=0.02)


def test_an_empty_plane_has_no_area_and_no_middle():
    """Nothing on the plane: area and diameters 0, middle unknown."""
    empty = np.full((1, 101, 101), 30.0, dtype=np.float32)
    assert area_mm2(empty)[0] == 0
    assert ap_diameter_mm(empty)[0] == 0
    assert np.isnan(centroid_mm(empty)).all()
