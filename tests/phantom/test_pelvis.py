from __future__ import annotations

import numpy as np

from spineseg.domain.labels import SACRUM, VERTEBRAL_BODY
from spineseg.phantom.rasterize import map_arrays
from spineseg.phantom.tissues import Tissue
from tests.phantom.patient import block, healthy, maps_at


def test_sacrum_is_wider_than_l5_and_lies_below_it() -> None:
    """The sacrum has one value, lies caudal to L5 and, with its alae, is the widest bone of the spine."""
    maps = maps_at(healthy(), "S1", half_mm=75.0, spacing_mm=2.5)
    sacrum, last = maps.anatomy == SACRUM, (maps.anatomy == 24) & (maps.subregions == VERTEBRAL_BODY)

    assert np.nonzero(sacrum)[2].mean() < np.nonzero(last)[2].mean()
    assert np.ptp(np.nonzero(sacrum)[0]) > 1.5 * np.ptp(np.nonzero(last)[0])
    assert np.any(maps.tissues == Tissue.MARROW_OTHER)


def test_sacrum_narrows_downwards() -> None:
    """At S1 the sacrum is 90 to 130 mm wide, at S4 less than two thirds of that."""
    phantom = healthy()
    widths = []
    for level in ("S1", "S4"):
        centre = phantom.spine.curve.to_patient(phantom.spine.level_s(level), 0.0, 8.0)
        maps = map_arrays(phantom, (80, 20, 3), block(centre, (80, 20, 3), 2.0))
        widths.append(2 * (1 + np.ptp(np.nonzero(maps.anatomy == SACRUM)[0])))

    assert 85 < widths[0] / phantom.spine.size < 135
    assert widths[1] < 0.67 * widths[0]


def test_foramina_hold_fat_and_roots_beside_the_midline() -> None:
    """Within the sacrum's breadth, 10 to 30 mm beside the midline, fat and roots fill the foramina on both sides."""
    phantom = healthy()
    centre = phantom.spine.curve.to_patient(phantom.spine.level_s("S2"), 0.0, 5.0)
    maps = map_arrays(phantom, (60, 36, 40), block(centre, (60, 36, 40), 1.5))
    x = (np.arange(60) - 29.5) * 1.5

    for side in (-1, 1):
        beside = maps.tissues[(side * x > 10) & (side * x < 30)]
        assert np.count_nonzero(beside == Tissue.ROOT) > 20
        assert np.count_nonzero(beside == Tissue.FAT) > 100


def test_coccyx_carries_no_value() -> None:
    """Below S5 there is bone in the midline that is not labelled as sacrum."""
    phantom = healthy()
    spine = phantom.spine
    centre = spine.curve.to_patient(float(spine.bottom[-1]) + 16 * spine.size, 0.0, 6 * spine.size)
    maps = map_arrays(phantom, (12, 12, 12), block(centre, (12, 12, 12), 2.0))

    assert np.any(maps.tissues[3:9] == Tissue.MARROW_OTHER)
    assert np.count_nonzero(maps.anatomy == SACRUM) < 20
