from __future__ import annotations

import numpy as np

from spineseg.phantom.spine import SpineOptions, draw_spine
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.variation import WEAR_COLUMNS, Variation, healthy_wear
from tests.phantom.worn import level


def test_healthy_columns_ask_for_nothing():
    """Healthy wear leaves heights and joints as they are and has every column."""
    wear = healthy_wear()

    assert set(wear) == set(WEAR_COLUMNS)
    assert np.all(wear["disc_share"] == 1)
    assert np.all(wear["joint"] == Tissue.CARTILAGE)


def test_wear_reaches_the_sizes_of_the_spine():
    """A crushed T12 loses its share of height, and a worn disc its own, against the same patient without."""
    wear = healthy_wear()
    wear["crush"][level("T12")], wear["disc_share"][level("L4")] = 0.4, 0.3
    plain, worn = (
        draw_spine(np.random.default_rng(5), SpineOptions(pathology=one)) for one in (Variation(), Variation(wear=wear))
    )

    for column, name, share in (("body_height", "T12", 0.6), ("disc_height", "L4", 0.3), ("body_height", "L1", 1.0)):
        k = level(name)
        assert np.isclose(worn.sizes[column][k] / plain.sizes[column][k], share, atol=1e-3)


def test_without_pathology_the_spine_is_the_plain_one():
    """`pathology=None` is the default and changes no table."""
    first, second = (draw_spine(np.random.default_rng(5), one) for one in (None, SpineOptions(pathology=None)))

    assert first.pathology is None
    assert np.array_equal(first.canal.sac_a, second.canal.sac_a)
