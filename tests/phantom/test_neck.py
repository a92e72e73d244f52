from __future__ import annotations

import numpy as np

from spineseg.phantom.tissues import Tissue
from tests.phantom.patient import healthy, maps_at


def test_airway_lies_in_front_of_the_cervical_spine() -> None:
    """At C5 there is air in the midline in front of the bodies, walled by cartilage or muscle, and none behind."""
    maps = maps_at(healthy(), "C5", half_mm=50.0, spacing_mm=2.0)
    y = np.nonzero(maps.tissues[22:28, :40] == Tissue.AIR)[1]
    body = np.nonzero(maps.subregions == 49)[1]

    assert y.size > 10
    assert np.median(y) < body.min()


def test_vessels_run_on_both_sides() -> None:
    """Carotids and jugular veins lie left and right of C5, some 15 to 45 mm from the midline."""
    maps = maps_at(healthy(), "C5", half_mm=50.0, spacing_mm=2.0)
    x = (np.nonzero(maps.tissues == Tissue.VESSEL)[0] - 24.5) * 2

    assert np.count_nonzero((x > 15) & (x < 45)) > 50
    assert np.count_nonzero((x < -15) & (x > -45)) > 50
