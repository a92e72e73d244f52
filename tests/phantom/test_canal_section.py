from __future__ import annotations

import numpy as np

from spineseg.phantom.arch_shape import ArchShape
from spineseg.phantom.canal_section import canal_points, half_width
from tests.phantom.patient import cross_section, spine
from tests.phantom.worn import worn


def _points(one, s, v):
    curve = one.curve
    point = curve.to_patient(s, 0.0, v).astype(np.float32)
    return curve.project(*(point[axis : axis + 1] for axis in range(3)))


def test_the_canal_narrows_at_its_back_only_where_asked():
    """A taper of 0.4 takes 40 % of the width at the back of the lumbar canal and nothing in front."""
    plain, tapered = spine(), worn(arch=ArchShape(canal_taper=(0.0, 0.0, 0.4))).spine
    for one, expected in ((plain, 1.0), (tapered, 0.6)):
        s = one.level_s("L3")
        k = int(one.curve.node(np.array([s], dtype=np.float32))[0])
        back, front = (_points(one, s, side * float(one.canal.canal_a[k])) for side in (-1, 1))

        assert np.isclose(half_width(one, back)[0] / one.canal.canal_b[k], expected, atol=0.03)
        assert np.isclose(half_width(one, front)[0] / one.canal.canal_b[k], 1.0, atol=0.03)


def test_a_tapered_canal_still_holds_its_sac():
    """In the rounded triangle the sac reaches the bone nowhere."""
    phantom = worn(arch=ArchShape(canal_taper=(0.25, 0.25, 0.42)))
    anatomy = cross_section(phantom, phantom.spine.level_s("L3")).anatomy[0]
    sac, canal = np.isin(anatomy, (60, 62, 63)), np.isin(anatomy, (60, 61, 62, 63))
    beside = np.zeros_like(sac)
    beside[1:] |= sac[:-1]
    beside[:-1] |= sac[1:]

    assert sac.any()
    assert not np.any(beside & ~canal)


def test_points_start_without_tumour():
    """The undisturbed canal holds no tumour, and its middle is inside the sac."""
    one = spine()
    section = canal_points(one, _points(one, one.level_s("T7"), 0.0))

    assert section.sac.all()
    assert not section.tumour.any()
