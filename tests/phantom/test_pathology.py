from __future__ import annotations

import numpy as np
import pytest

from spineseg.domain.labels import ANATOMY
from spineseg.phantom.pathology import draw_variation
from spineseg.phantom.rasterize import Phantom
from spineseg.phantom.spine import SpineOptions, draw_spine
from spineseg.phantom.surroundings import draw_surroundings
from spineseg.phantom.tissues import Tissue
from tests.phantom.patient import maps_at

_DRAWN = [draw_variation(np.random.default_rng(seed)) for seed in range(400)]


def test_the_same_seed_gives_the_same_patient():
    """Drawing twice from one seed gives equal columns and equal parts."""
    first, second = (draw_variation(np.random.default_rng(11)) for _ in range(2))

    assert all(np.array_equal(first.wear[name], second.wear[name]) for name in first.wear)
    assert (first.alignment, first.spots, first.encroachments) == (
        second.alignment,
        second.spots,
        second.encroachments,
    )


@pytest.mark.parametrize(
    ("has", "share"),
    [
        (lambda one: bool(one.alignment.kyphosis_deg), 0.17),
        (lambda one: bool(one.alignment.slips), 0.08),
        (lambda one: bool(one.hardware), 0.04),
        (lambda one: any(spot.tissue is Tissue.CEMENT for spot in one.spots), 0.03),
        (lambda one: bool(one.wear["fused"].any()), 0.03),
        (lambda one: bool(one.cysts), 0.05),
    ],
)
def test_shares_of_patients(has, share):
    """Fractures, slips, implants, cement, fusions and cysts are about as frequent as intended."""
    found = np.mean([has(one) for one in _DRAWN])

    assert abs(found - share) < 3 * np.sqrt(share * (1 - share) / len(_DRAWN)) + 0.005


@pytest.mark.parametrize("seed", [2, 7, 13, 23])
def test_every_drawn_patient_keeps_the_labels_of_the_contract(seed):
    """At three levels of drawn patients every value is in the label table, and bodies, discs and sac are there."""
    rng = np.random.default_rng(seed)
    spine = draw_spine(rng, SpineOptions(pathology=draw_variation(rng)))
    phantom = Phantom(spine=spine, surroundings=draw_surroundings(rng, spine))
    for level, value in (("C5", 5), ("T8", 15), ("L3", 22)):
        maps = maps_at(phantom, level, half_mm=39.0, spacing_mm=1.5)
        values = set(np.unique(maps.anatomy).tolist())

        assert values - {0} <= set(ANATOMY)
        assert value in values
        assert values & set(range(101, 129))
        assert values & {62, 63}
        assert not maps.lesions.any()
