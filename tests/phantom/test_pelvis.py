from __future__ import annotations

import numpy as np

from spineseg.domain.labels import SACRUM
from spineseg.phantom.tissues import Tissue
from tests.phantom.patient import healthy, maps_at


def test_sacrum_is_wider_than_l5_and_lies_below_it() -> None:
    """The sacrum has one value, lies caudal to L5 and, with its alae, is the widest bone of the spine."""
    maps = maps_at(healthy(), "S1", half_mm=75.0, spacing_mm=2.5)
    sacrum, last = maps.anatomy == SACRUM, (maps.anatomy == 24) & (maps.subregions == 49)

    assert np.nonzero(sacrum)[2].mean() < np.nonzero(last)[2].mean()
    assert np.ptp(np.nonzero(sacrum)[0]) > 1.5 * np.ptp(np.nonzero(last)[0])
    assert np.any(maps.tissues == Tissue.MARROW_OTHER)
