from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spineseg.domain.escc import EsccGrade
from spineseg.domain.findings import Compartment
from spineseg.phantom.growth import CordGrowth, Growth, Span, profile_at
from spineseg.phantom.lesions import Lesion
from spineseg.phantom.rasterize import Phantom
from spineseg.phantom.tumours import epidural_growth, intradural_growth
from tests.phantom.patient import cross_section, healthy

PIXEL_MM2 = 0.3**2


def _with(growth: Growth, s: float) -> Phantom:
    lesion = Lesion(
        number=1, level="T7", s=s, compartment=Compartment.EXTRADURAL, grade=EsccGrade.NOT_APPLICABLE, growths=(growth,)
    )  # fmt: skip
    return Phantom(spine=healthy().spine, surroundings=healthy().surroundings, lesions=(lesion,))


def test_span_is_full_on_its_plateau_and_ends() -> None:
    """Strength is 1 on the plateau, 0 beyond the tapers and falls between them."""
    span = Span(s=100.0, plateau_mm=5.0, taper_mm=10.0)

    strength = span.strength(np.array([100.0, 105.0, 110.0, 115.0, 130.0], dtype=np.float32))

    assert strength.tolist() == pytest.approx([1.0, 1.0, 0.5, 0.0, 0.0])
    assert span.reach_mm == 15.0


def test_profile_orders_the_edges() -> None:
    """Along any direction: canal, sac and cord edge towards the mass, then their far edges."""
    for direction in np.linspace(-np.pi, np.pi, 7):
        at = profile_at(healthy().spine, healthy().spine.level_s("T7"), float(direction))

        assert at.canal_near > at.sac_near > at.cord_near > at.cord_far > at.sac_far


def test_epidural_tumour_leaves_the_canal_alone_beyond_its_tapers() -> None:
    """Beyond its reach a grade 3 tumour has changed nothing; on its plateau it has."""
    s = healthy().spine.level_s("T7")
    growth = epidural_growth(healthy().spine, s=s, grade=EsccGrade.G3, direction_rad=1.0)
    sick = _with(growth, s)

    beyond = s + growth.span.reach_mm + 1
    assert np.array_equal(cross_section(sick, beyond).anatomy, cross_section(healthy(), beyond).anatomy)
    assert not np.array_equal(cross_section(sick, s).anatomy, cross_section(healthy(), s).anatomy)


def test_cord_is_pushed_away_from_the_mass() -> None:
    """A compressing mass from the left moves the cord to the right and narrows it."""
    s = healthy().spine.level_s("T7")
    sick = _with(epidural_growth(healthy().spine, s=s, grade=EsccGrade.G2, direction_rad=0.0), s)
    before, after = (np.nonzero(cross_section(one, s).anatomy[0] == 60)[1] for one in (healthy(), sick))

    assert after.mean() < before.mean() - 2
    assert np.ptp(after) < 0.8 * np.ptp(before)


def test_a_second_tumour_leaves_the_cord_at_the_first_one() -> None:
    """Two compressing tumours of one patient: at each the cord lies as if it were the only one."""
    spine = healthy().spine
    upper, lower = spine.level_s("T5"), spine.level_s("T9")
    growths = [epidural_growth(spine, s=s, grade=EsccGrade.G2, direction_rad=1.0) for s in (upper, lower)]
    single = [_with(growth, s) for growth, s in zip(growths, (upper, lower), strict=True)]
    both = replace(single[0], lesions=(*single[0].lesions, replace(single[1].lesions[0], number=2)))

    for one, s in zip(single, (upper, lower), strict=True):
        assert np.array_equal(cross_section(both, s).anatomy, cross_section(one, s).anatomy)


def test_intradural_mass_stays_inside_the_dura() -> None:
    """The sac keeps its outline; inside it the mass and a displaced cord lie beside each other."""
    s = healthy().spine.level_s("T7")
    sick = _with(intradural_growth(healthy().spine, s=s, direction_rad=-0.8), s)
    maps, before = cross_section(sick, s), cross_section(healthy(), s)

    sac, former = (np.isin(one.anatomy, (60, 62)) for one in (maps, before))
    assert np.array_equal(sac, former)
    assert maps.lesions.astype(bool).sum() * PIXEL_MM2 > 15
    assert not np.any((maps.anatomy == 60) & (maps.lesions > 0))


def test_swollen_cord_holds_its_mass() -> None:
    """An intramedullary mass lies wholly in a cord that has grown and that still fits into the sac."""
    s = healthy().spine.level_s("T7")
    sick = _with(CordGrowth(span=Span(s=s, plateau_mm=8.0, taper_mm=8.0), swelling=0.4, share=0.7), s)
    maps, before = cross_section(sick, s), cross_section(healthy(), s)

    assert np.all(maps.anatomy[maps.lesions > 0] == 60)
    assert np.count_nonzero(maps.anatomy == 60) > 1.3 * np.count_nonzero(before.anatomy == 60)
    assert np.array_equal(np.isin(maps.anatomy, (60, 62)), np.isin(before.anatomy, (60, 62)))
