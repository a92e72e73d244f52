from __future__ import annotations

import numpy as np
import pytest

from spineseg.domain.labels import DISC_OFFSET, VERTEBRAL_BODY, level_value
from spineseg.phantom import anthropometry as table
from spineseg.phantom.tissues import Tissue
from tests.phantom.patient import healthy, maps_at


@pytest.mark.parametrize("level", ["C5", "T7", "L3"])
def test_body_has_the_size_of_its_table(level: str) -> None:
    """The area of a body at its middle, seen from above, is near that of its ellipse-like outline."""
    phantom = healthy()
    maps = maps_at(phantom, level, half_mm=36.0, spacing_mm=0.9)
    k = table.LEVELS.index(level)
    body = (maps.anatomy == level_value(level)) & (maps.subregions == VERTEBRAL_BODY)
    sizes = phantom.spine.sizes

    area = body[:, :, body.shape[2] // 2].sum() * 0.9**2

    box = float(sizes["body_width"][k] * sizes["body_depth"][k])
    assert 0.6 * box < area < 1.0 * box
    height = np.ptp(np.flatnonzero(body.any(axis=(0, 1)))) * 0.9
    assert height == pytest.approx(float(sizes["body_height"][k]), abs=8.0)


def test_discs_lie_between_their_bodies_and_have_a_nucleus() -> None:
    """Between T7 and T8 lies the disc of T7, with nucleus and annulus, and C1 has none below it."""
    maps = maps_at(healthy(), "T7")
    z = {value: np.mean(np.nonzero(maps.anatomy == value)[2]) for value in (14, 15, DISC_OFFSET + 14)}
    inside = set(np.unique(maps.tissues[maps.anatomy == DISC_OFFSET + 14]))

    assert z[14] > z[DISC_OFFSET + 14] > z[15]
    assert {int(Tissue.NUCLEUS), int(Tissue.ANNULUS)} <= inside
    assert not np.any(maps_at(healthy(), "C1").anatomy == DISC_OFFSET + 1)


def test_bodies_have_a_compact_rim() -> None:
    """Seen from the marrow of a body, the soft tissue outside lies behind compact bone."""
    maps = maps_at(healthy(), "L3", half_mm=28.0, spacing_mm=0.8)
    body = (maps.anatomy == 22) & (maps.subregions == VERTEBRAL_BODY)
    row = maps.tissues[:, body.shape[1] // 2 - 18, body.shape[2] // 2]
    bone = np.flatnonzero(np.isin(row, (Tissue.MARROW_BODY, Tissue.CORTEX)))

    assert row[bone[0]] == row[bone[-1]] == Tissue.CORTEX
    assert np.count_nonzero(row == Tissue.MARROW_BODY) > 20


def test_dens_stands_inside_the_ring_of_the_atlas() -> None:
    """At mid-C1 the dens (value 2) lies between the anterior arch of C1 (in front) and the canal."""
    maps = maps_at(healthy(), "C1", half_mm=30.0, spacing_mm=1.0)
    middle = maps.anatomy.shape[2] // 2
    section = maps.anatomy[:, :, middle]
    arch = (section == 1) & (maps.subregions[:, :, middle] == VERTEBRAL_BODY)
    y = {
        name: np.nonzero(mask)[1].mean()
        for name, mask in (("dens", section == 2), ("arch", arch), ("cord", section == 60))
    }

    assert y["arch"] < y["dens"] < y["cord"]
