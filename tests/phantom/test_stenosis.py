from __future__ import annotations

import numpy as np

from spineseg.phantom import anthropometry as table
from spineseg.phantom.degeneration import Degree, draw_severity
from spineseg.phantom.stenosis import draw_canal, draw_cysts, draw_encroachments, draw_syrinxes


def _count(degree):
    total = 0
    for seed in range(80):
        rng = np.random.default_rng(seed)
        total += len(draw_encroachments(rng, degree, draw_severity(rng, degree)))
    return total


def test_worn_spines_have_narrower_canals():
    """Encroachments grow in number with the degree of wear."""
    counts = [_count(degree) for degree in Degree]

    assert counts[0] < counts[1] < counts[2]


def test_cord_calibre_stays_human():
    """Factors of the cord's diameters lie between 0.75 and 1.1, so that C5 is 6 to 9 mm deep."""
    factors = [
        draw_canal(np.random.default_rng(seed), Degree(seed % 3), narrow_roots=False)[0].cord for seed in range(90)
    ]

    assert 0.75 < min(factors) < max(factors) < 1.1


def test_syrinxes_are_rare_and_above_the_conus_and_cysts_sacral():
    """Cavities lie between C3 and T11, cysts in S1 to S3."""
    syrinxes = [one for seed in range(600) for one in draw_syrinxes(np.random.default_rng(seed))]
    cysts = [one for seed in range(300) for one in draw_cysts(np.random.default_rng(seed))]

    assert 0 < len(syrinxes) < 30
    assert all(table.C3 <= one.level < table.T12 for one in syrinxes)
    assert cysts
    assert all(table.S1 <= one.level <= table.S1 + 2 for one in cysts)
