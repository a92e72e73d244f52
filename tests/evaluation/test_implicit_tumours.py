from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spineseg.domain.escc import EsccGrade
from spineseg.domain.findings import Compartment
from spineseg.evaluation.canal_site import SECTORS, CanalSite
from spineseg.evaluation.implicit_tumours import GRADED, epidural_mass, intradural_mass, intramedullary_mass

SITE = CanalSite(
    position_mm=50.0,
    canal=np.full(SECTORS, 10.0),
    sac=np.full(SECTORS, 8.0),
    cord_centre=np.zeros(2),
    cord_radius_mm=4.0,
)
NO_CORD = replace(SITE, cord_centre=np.full(2, np.nan), cord_radius_mm=float("nan"))


def _mass(grade: EsccGrade, site: CanalSite = SITE):
    return epidural_mass(site, grade, np.random.default_rng(0), least_length=3.0)


def test_depth_rises_with_the_grade() -> None:
    """From 1a to 3 the mass reaches further: dura, half of the CSF, cord, beyond."""
    depths = [_mass(grade).depth for grade in GRADED]

    assert depths == sorted(depths)
    assert depths[:2] == pytest.approx([2.0, 4.0])
    assert depths[2] == pytest.approx(6.3)


def test_only_compression_moves_the_cord() -> None:
    """Up to 1c the cord stays; at 2 and 3 it is shifted, and never beyond the CSF behind it."""
    shifts = {grade: _mass(grade).shift for grade in GRADED}

    assert shifts[EsccGrade.G1A] == shifts[EsccGrade.G1B] == shifts[EsccGrade.G1C] == 0
    assert 0 < shifts[EsccGrade.G2] < shifts[EsccGrade.G3] <= 4


def test_a_grade_needs_its_room() -> None:
    """Without epidural space there is no 1a, without CSF no 1b and no 2."""
    full = replace(SITE, sac=np.full(SECTORS, 10.0))
    tight = replace(SITE, sac=np.full(SECTORS, 4.2))

    assert _mass(EsccGrade.G1A, full) is None
    assert _mass(EsccGrade.G1B, tight) is None
    assert _mass(EsccGrade.G2, tight) is None


def test_below_the_conus_no_grade_applies() -> None:
    """The mass is drawn, its grade is not applicable."""
    mass = _mass(EsccGrade.G1C, NO_CORD)

    assert mass is not None
    assert mass.grade is EsccGrade.NOT_APPLICABLE


def test_the_surface_lies_at_the_set_depth() -> None:
    """Along its direction the mass begins at the wall and ends at its depth."""
    mass = _mass(EsccGrade.G1B)
    depth = np.array([0.2, mass.depth - 0.2, mass.depth + 0.2, -0.5])
    left, posterior = np.outer(mass.direction, 10.0 - depth)

    inside = mass.inside(np.full(4, 50.0), left, posterior) > 0

    assert inside.tolist() == [True, True, False, False]


def test_bone_only_leaves_the_canal_free() -> None:
    """Grade 0 has tumour in bone and none in the canal."""
    mass = _mass(EsccGrade.G0)
    points = np.random.default_rng(1).uniform(-9, 9, (3, 500))

    assert mass.inside(points[0] + 50, points[1], points[2]).max() == -np.inf
    left, posterior = mass.direction * (10.0 + 0.7 * mass.bone_radius)
    assert mass.inside_bone(np.array([50.0]), np.array([left]), np.array([posterior]))[0] > 0


def test_an_intradural_mass_stays_under_the_dura() -> None:
    """Its round outline ends within the sac, and beside a cord it takes CSF only."""
    for seed in range(5):
        mass = intradural_mass(SITE, np.random.default_rng(seed), least_length=2.0)

        assert np.hypot(*mass.centre) + mass.half_width <= 8.0 + 1e-9
        # The cord's near edge after the shift, and half a millimetre of contact.
        assert np.hypot(*mass.centre) - mass.half_width >= 4.0 - mass.shift - 1.0 - 1e-9


def test_an_intramedullary_mass_needs_a_cord() -> None:
    """It lies inside the cord, and there is none below the conus."""
    mass = intramedullary_mass(SITE, np.random.default_rng(0), least_length=2.0)

    assert mass is not None
    assert mass.compartment is Compartment.INTRAMEDULLARY
    assert mass.half_width < 4.0
    assert intramedullary_mass(NO_CORD, np.random.default_rng(0), least_length=2.0) is None
