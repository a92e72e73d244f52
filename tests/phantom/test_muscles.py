from __future__ import annotations

from dataclasses import replace

import numpy as np

from spineseg.phantom.rasterize import Phantom
from spineseg.phantom.tissues import Tissue
from tests.phantom.patient import healthy, maps_at


def test_muscles_lie_beside_the_spine_on_both_sides() -> None:
    """Behind L3 both sides hold muscle, about the same amount."""
    maps = maps_at(healthy(), "L3", half_mm=60.0, spacing_mm=2.5)
    behind = maps.tissues[:, 30:] == Tissue.MUSCLE
    right, left = behind[:22].sum(), behind[26:].sum()

    assert min(left, right) > 800
    assert 0.6 < left / right < 1.6


def test_infiltrated_muscle_holds_more_fat() -> None:
    """The same patient with fatty muscles has less muscle and more fat beside L3."""
    phantom = healthy()
    counts = []
    for infiltration in (0.0, 1.0):
        body = replace(phantom.surroundings, infiltration=infiltration)
        maps = maps_at(Phantom(spine=phantom.spine, surroundings=body), "L3", half_mm=40.0, spacing_mm=2.5)
        counts.append(np.count_nonzero(maps.tissues == Tissue.MUSCLE))

    assert counts[1] < 0.93 * counts[0]


def test_nape_is_layered() -> None:
    """Behind C4 fat planes part the muscles: a column from canal to skin changes tissue several times."""
    maps = maps_at(healthy(), "C4", half_mm=60.0, spacing_mm=1.5)
    column = maps.tissues[28, 46:74, 40]

    assert np.count_nonzero(np.diff(column.astype(int))) >= 4
