from __future__ import annotations

import numpy as np

from spineseg.phantom import anthropometry as table
from spineseg.phantom.fractures import draw_fractures
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.variation import healthy_wear


def test_without_fracture_or_cement_nothing_changes():
    """The columns come back as they were."""
    wear, fractures = draw_fractures(np.random.default_rng(1), healthy_wear(), fracture=False, cement=False)

    assert all(np.array_equal(wear[name], values) for name, values in healthy_wear().items())
    assert not fractures.kyphosis_deg
    assert not fractures.spots


def test_fractured_bodies_lose_height():
    """Each fractured level of thirty patients is deformed or crushed, and the input stays as it was."""
    for seed in range(30):
        before = healthy_wear()
        wear, fractures = draw_fractures(np.random.default_rng(seed), before, fracture=True, cement=False)
        for level, angle in fractures.kyphosis_deg:
            lost = wear["lower_front"][level - 1] + wear["lower_hollow"][level - 1] + 20 * wear["crush"][level]

            assert lost > 0.4
            assert 0 <= angle < 25
            assert table.T1 < level <= table.L5
        assert all(np.array_equal(before[name], values) for name, values in healthy_wear().items())


def test_cement_is_always_drawn_when_asked_for():
    """A cemented patient has cement in a fractured body."""
    for seed in range(20):
        _, fractures = draw_fractures(np.random.default_rng(seed), healthy_wear(), fracture=False, cement=True)
        levels = {level for level, _ in fractures.kyphosis_deg}

        assert fractures.spots
        assert all(spot.tissue is Tissue.CEMENT and spot.level in levels for spot in fractures.spots)
