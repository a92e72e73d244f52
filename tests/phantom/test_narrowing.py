from __future__ import annotations

import numpy as np
import pytest

from spineseg.domain.labels import DISC_OFFSET
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.variation import Encroachment
from tests.phantom.patient import cross_section
from tests.phantom.worn import level, worn


def _encroachment(name, depth_mm, *, tissue=Tissue.HERNIATION, direction=np.pi / 2):
    return Encroachment(
        level=level(name), tissue=tissue, direction_rad=direction, depth_mm=depth_mm, half_width_mm=9.0,
        half_length_mm=7.0,
    )  # fmt: skip


def _at_disc(phantom, name):
    k = level(name)
    s = float(phantom.spine.bottom[k] + phantom.spine.top[k + 1]) / 2
    return cross_section(phantom, s)


def test_a_herniation_is_disc_and_takes_its_place_from_the_sac():
    """Seven millimetres of disc in the canal at L4/5: labelled disc, and the sac is smaller than before."""
    plain, pressed = (_at_disc(worn(encroachments=e), "L4") for e in ((), (_encroachment("L4", 7.0),)))
    mass = pressed.tissues == Tissue.HERNIATION
    sac = [np.isin(maps.anatomy, (60, 62, 63)).sum() for maps in (plain, pressed)]

    assert mass.sum() * 0.09 > 20
    assert np.all(pressed.anatomy[mass] == DISC_OFFSET + 23)
    assert sac[1] < 0.85 * sac[0]


def test_the_cord_gives_way_before_it_is_flattened_and_keeps_most_of_its_area():
    """A disc of five millimetres at C5/6 moves the cord's front backwards; over half of its area is left."""
    plain, pressed = (_at_disc(worn(encroachments=e), "C5") for e in ((), (_encroachment("C5", 5.0),)))
    cords = [maps.anatomy[0] == 60 for maps in (plain, pressed)]
    fronts = [np.flatnonzero(cord.any(axis=1)).min() for cord in cords]

    assert (fronts[1] - fronts[0]) * 0.3 > 0.8
    assert 0.45 < cords[1].sum() / cords[0].sum() < 1.02
    assert not np.any(cords[1] & (pressed.tissues[0] == Tissue.HERNIATION))


def test_thick_yellow_ligament_is_background_behind_the_sac():
    """Ligament that presses from behind lies in the back half of the canal and carries no label."""
    one = _encroachment("L3", 4.0, tissue=Tissue.LIGAMENT, direction=-np.pi / 2 + 0.6)
    plain, pressed = (_at_disc(worn(encroachments=e), "L3") for e in ((), (one,)))
    taken = (plain.anatomy[0] > 59) & (plain.anatomy[0] < 64) & (pressed.anatomy[0] == 0)

    assert taken.sum() * 0.09 > 10
    assert np.all(pressed.tissues[0][taken] == Tissue.LIGAMENT)
    assert np.nonzero(taken)[0].mean() > taken.shape[0] / 2


@pytest.mark.parametrize("name", ["T7", "L1"])
def test_elsewhere_the_canal_is_untouched(name):
    """A herniation at L4/5 changes nothing at other levels."""
    plain, pressed = (worn(encroachments=e) for e in ((), (_encroachment("L4", 7.0),)))

    assert np.array_equal(_at_disc(plain, name).anatomy, _at_disc(pressed, name).anatomy)
