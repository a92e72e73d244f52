from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from spineseg.phantom.tissues import Tissue
from tests.phantom.patient import cross_section, healthy

CANAL = (60, 61, 62, 63)


@pytest.mark.parametrize("level", ["C4", "T3", "T7", "T11"])
def test_canal_contains_sac_contains_cord(level: str) -> None:
    """On a cross-section epidural space surrounds the sac and CSF surrounds the cord."""
    anatomy = cross_section(healthy(), healthy().spine.level_s(level)).anatomy[0]
    canal, sac, cord = (np.isin(anatomy, values) for values in (CANAL, (60, 62), (60,)))

    for inner, outer in ((cord, sac), (sac, canal)):
        assert inner.any()
        assert not np.any(ndimage.binary_dilation(inner) & ~outer)


def test_cauda_lies_in_the_back_of_the_sac_below_the_conus() -> None:
    """At L4 there is no cord, and the roots lie behind the middle of the sac of a patient on the back."""
    phantom = healthy()
    anatomy = cross_section(phantom, phantom.spine.level_s("L4")).anatomy[0]
    sac = np.isin(anatomy, (62, 63))

    assert not np.any(anatomy == 60)
    assert np.nonzero(anatomy == 63)[0].mean() > np.nonzero(sac)[0].mean()


def test_posterior_epidural_fat_is_thicker_than_anterior_in_the_thorax() -> None:
    """At T7 the fat behind the sac is thicker than that in front of it."""
    phantom = healthy()
    maps = cross_section(phantom, phantom.spine.level_s("T7"))
    column = maps.anatomy[0][:, maps.anatomy.shape[2] // 2]
    sac = np.flatnonzero(np.isin(column, (60, 62)))
    fat = np.flatnonzero(column == 61)

    assert np.count_nonzero(fat > sac.max()) > np.count_nonzero(fat < sac.min())
    assert np.isin(maps.tissues[0][maps.anatomy[0] == 61], (Tissue.EPIDURAL_FAT, Tissue.EPIDURAL_VEIN)).all()
