from __future__ import annotations

import numpy as np
import pytest

from spineseg.phantom import anthropometry as table
from spineseg.phantom.spine import SpineOptions, draw_spine


@pytest.mark.parametrize("seed", range(5))
def test_bodies_follow_each_other_and_the_canal_nests(seed: int) -> None:
    """Bodies lie in order without overlap, and cord lies in sac in canal at every node, centres included."""
    spine = draw_spine(np.random.default_rng(seed))
    canal = spine.canal

    assert np.all(spine.top < spine.bottom)
    assert np.all(spine.bottom[:-1] < spine.top[1:])
    inside = (spine.curve.s > 0) & (spine.curve.s < spine.conus_s - 30)
    assert np.all((canal.sac_a + np.abs(canal.sac_v) <= canal.canal_a + 1e-3)[inside])
    assert np.all((canal.cord_a + np.abs(canal.cord_v - canal.sac_v) < canal.sac_a)[inside])
    assert np.all((canal.cord_b < canal.sac_b)[inside])
    assert np.all((canal.sac_b < canal.canal_b)[inside])


def test_conus_lies_between_t12_and_l3_in_a_population() -> None:
    """Over 80 people the conus lies from T12 to L3, on average at L1 (Saifuddin 1998)."""
    levels = []
    for seed in range(80):
        spine = draw_spine(np.random.default_rng(seed))
        levels.append(int(spine.level[spine.curve.node(np.array([spine.conus_s], dtype=np.float32))[0]]))

    assert min(levels) >= table.T12
    assert max(levels) <= table.L1 + 2
    assert table.L1 - 0.5 < np.mean(levels) < table.L1 + 0.8


def test_curves_are_those_of_a_lying_adult() -> None:
    """The mean spine has thoracic kyphosis of 30-50° and lumbar lordosis of 40-65°."""
    spine = draw_spine(np.random.default_rng(0), SpineOptions(variation=0.0, size=1.0))
    tilt = np.rad2deg(np.arcsin(spine.curve.tangent[1]))
    at = {name: tilt[spine.curve.node(np.array([spine.level_s(name)], dtype=np.float32))[0]] for name in table.LEVELS}

    assert 30 < at["T1"] - at["T12"] < 50
    assert 40 < at["S1"] - at["L1"] < 65
    assert at["C7"] > at["C3"]


def test_options_are_obeyed() -> None:
    """Size, scoliosis, conus and collapse come out as asked."""
    options = SpineOptions(size=1.1, scoliosis_mm=20.0, conus_below_l1_mm=30.0, collapse={"T12": 0.5}, variation=0.0)
    spine = draw_spine(np.random.default_rng(0), options)
    plain = draw_spine(np.random.default_rng(0), SpineOptions(size=1.0, variation=0.0))

    assert np.ptp(spine.curve.points[0]) > 15
    assert spine.conus_s - spine.level_s("L1") == pytest.approx(30.0, abs=0.01)
    assert spine.sizes["body_width"][0] / plain.sizes["body_width"][0] == pytest.approx(1.1, rel=1e-3)
    height, whole = (one.sizes["body_height"][table.T12] / one.size for one in (spine, plain))
    assert height == pytest.approx(whole * (1 - 0.5 / 3), rel=1e-3)


def test_same_seed_gives_the_same_spine() -> None:
    """Two draws from the same seed agree in every table; another seed does not."""
    first, second, other = (draw_spine(np.random.default_rng(seed)) for seed in (7, 7, 8))

    assert np.array_equal(first.canal.sac_a, second.canal.sac_a)
    assert np.array_equal(first.curve.points, second.curve.points)
    assert not np.array_equal(first.sizes["body_height"], other.sizes["body_height"])
