from __future__ import annotations

import numpy as np

from spineseg.domain.labels import DISC_OFFSET
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.variation import Hardware
from tests.phantom.worn import level, look, worn

_FUSION = Hardware(first=level("L3"), last=level("L4"), screws=True, cages=(level("L3"),), screw_mm=6.5, rod_mm=5.5)


def test_implants_change_tissues_and_no_label():
    """Screws, rods and a cage are metal; every label is what it was without them."""
    plain, operated = (look(worn(hardware=h), "L3", half_mm=45.0) for h in ((), (_FUSION,)))
    metal = operated.tissues == Tissue.IMPLANT

    assert np.array_equal(plain.anatomy, operated.anatomy)
    assert not np.any(plain.tissues == Tissue.IMPLANT)
    assert np.count_nonzero(metal & (operated.anatomy == 22)) > 500
    assert np.count_nonzero(metal & (operated.anatomy == DISC_OFFSET + 22)) > 100
    assert np.count_nonzero(metal & (operated.anatomy == 0)) > 500


def test_screws_spare_the_canal():
    """No metal lies in the canal."""
    maps = look(worn(hardware=(_FUSION,)), "L3", half_mm=45.0)

    assert not np.any((maps.tissues == Tissue.IMPLANT) & np.isin(maps.anatomy, (60, 61, 62, 63)))
