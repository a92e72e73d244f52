from __future__ import annotations

import numpy as np

from spineseg.phantom import anthropometry as table
from spineseg.phantom.degeneration import Degree, draw_severity, draw_wear
from spineseg.phantom.variation import WEAR_COLUMNS, DiscState

_DISCS = slice(table.C2, table.S1)


def _drawn(degree):
    wears = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        wears.append(draw_wear(rng, degree, draw_severity(rng, degree)))
    return {name: np.stack([wear[name] for wear in wears])[:, _DISCS] for name in wears[0]}


def test_every_column_is_drawn_for_every_level():
    """The columns are those of `WEAR_COLUMNS`, finite, one value for each of the 29 levels."""
    rng = np.random.default_rng(1)
    wear = draw_wear(rng, Degree.STRONG, draw_severity(rng, Degree.STRONG))

    assert set(wear) == set(WEAR_COLUMNS)
    assert all(values.shape == (29,) and np.isfinite(values).all() for values in wear.values())


def test_more_wear_means_thinner_darker_discs_and_longer_osteophytes():
    """From normal to strong: discs lose height, fewer are bright, osteophytes grow."""
    wear = [_drawn(degree) for degree in Degree]
    heights = [one["disc_share"].mean() for one in wear]
    bright = [(one["state"] == DiscState.BRIGHT).mean() for one in wear]
    lips = [one["lip"].mean() for one in wear]

    assert heights[0] > heights[1] > heights[2] > 0.4
    assert bright[0] > 0.8 > bright[1] > bright[2]
    assert lips[0] < lips[1] < lips[2] < 4


def test_no_disc_vanishes():
    """Even the worst disc keeps a tenth of its height."""
    assert _drawn(Degree.STRONG)["disc_share"].min() > 0.1
