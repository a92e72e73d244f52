from __future__ import annotations

import numpy as np
import pytest

from spineseg.anatomy import describe_spine
from spineseg.anatomy.measurements import measure_levels
from spineseg.domain.vocabulary import LEVEL_MEASUREMENTS
from tests.grading.analytic import CANAL, CORD, SAC, Spec, segment


def test_levels_have_the_sizes_of_their_ellipses():
    """Areas and diameters at mid-body are those of the ellipses, within the voxel of 0.6 mm."""
    measured = measure_levels(describe_spine(segment(Spec())))["V3"]
    assert set(measured) == set(LEVEL_MEASUREMENTS)
    for name, half in (("cord", CORD), ("sac", SAC)):
        assert measured[f"{name}_area_mm2"] == pytest.approx(np.pi * half[0] * half[1], rel=0.04)
        assert measured[f"{name}_transverse_diameter_mm"] == pytest.approx(2 * half[0], abs=0.6)
        assert measured[f"{name}_ap_diameter_mm"] == pytest.approx(2 * half[1], abs=0.6)
    assert measured["canal_area_mm2"] == pytest.approx(np.pi * CANAL[0] * CANAL[1], rel=0.02)


def test_an_undivided_canal_has_only_its_own_area():
    """Where cord and sac cannot be told apart, their sizes are unknown and not zero."""
    assert set(measure_levels(describe_spine(segment(Spec(undivided=True))))["V3"]) == {"canal_area_mm2"}


def test_sagittal_slices_give_no_cord_area():
    """Slices of 4 mm hold three samples of the cord's width: its area is unknown, its AP diameter is not."""
    affine = np.array([[4.0, 0, 0, -28], [0, 0, 0.6, -36], [0, -0.6, 0, 50], [0, 0, 0, 1]])
    measured = measure_levels(describe_spine(segment(Spec(), affine, (15, 168, 120))))["V3"]
    assert "cord_area_mm2" not in measured
    assert "cord_transverse_diameter_mm" not in measured
    assert measured["cord_ap_diameter_mm"] == pytest.approx(2 * CORD[1], abs=0.6)
