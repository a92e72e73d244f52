from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from spineseg.domain.labels import POSTERIOR_ELEMENTS, level_value
from spineseg.phantom.tissues import Tissue
from tests.phantom.patient import healthy, maps_at


@pytest.mark.parametrize("level", ["C5", "T7", "L3"])
def test_arch_lies_behind_the_body_and_joins_it(level: str) -> None:
    """Posterior elements are one piece with the body, reach behind the canal and to both sides."""
    maps = maps_at(healthy(), level, half_mm=45.0, spacing_mm=1.0)
    value = level_value(level)
    vertebra = maps.anatomy == value
    arch = vertebra & (maps.subregions == POSTERIOR_ELEMENTS)
    parts, count = ndimage.label(vertebra, structure=np.ones((3, 3, 3)))
    largest = np.bincount(parts.ravel())[1:].max() if count else 0

    assert largest > 0.9 * vertebra.sum()
    canal_y = np.mean(np.nonzero(maps.anatomy == 60)[1]) if np.any(maps.anatomy == 60) else np.nan
    x, y, _ = np.nonzero(arch)
    centre = maps.anatomy.shape[0] / 2
    assert y.max() > (canal_y if np.isfinite(canal_y) else 0) + 12
    assert x.min() < centre - 12
    assert x.max() > centre + 12


def test_canal_stays_open() -> None:
    """No bone lies inside the canal: its labels are one round region on a cross-section."""
    maps = maps_at(healthy(), "T7", half_mm=20.0, spacing_mm=0.8)
    section = maps.anatomy[:, :, maps.anatomy.shape[2] // 2]
    canal = np.isin(section, (60, 61, 62))

    assert np.array_equal(ndimage.binary_fill_holes(canal), canal)
    assert ndimage.label(canal)[1] == 1


def test_neighbours_meet_in_joints() -> None:
    """Cartilage separates the articular processes of neighbouring lumbar vertebrae."""
    maps = maps_at(healthy(), "L3", half_mm=45.0, spacing_mm=1.0)
    cartilage = maps.tissues == Tissue.CARTILAGE
    around = ndimage.binary_dilation(cartilage, iterations=2)

    touching = set(np.unique(maps.anatomy[around])) & {21, 22, 23}

    assert cartilage.sum() > 20
    assert len(touching) >= 2
