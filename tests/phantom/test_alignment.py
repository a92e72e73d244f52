from __future__ import annotations

import numpy as np
import pytest

from spineseg.domain.labels import VERTEBRAL_BODY
from spineseg.phantom import alignment as posture
from spineseg.phantom.variation import Alignment, Slip
from tests.phantom.worn import level, look, worn

L4, L5 = 23, 24


def _back(maps, value):
    """Posterior edge of a body near its end plates in the midline [voxel]: its median over the body's height."""
    x = maps.anatomy.shape[0] // 2
    body = ((maps.anatomy == value) & (maps.subregions == VERTEBRAL_BODY))[x - 2 : x + 3].any(axis=0)
    return np.median([np.flatnonzero(body[:, k]).max() for k in np.flatnonzero(body.any(axis=0))])


def test_a_slip_moves_body_and_canal_together():
    """L4 slipped by eight millimetres: its body and the canal above the step lie further ahead, L5 stays."""
    slip = Alignment(slips=(Slip(level=level("L4"), forward_mm=8.0),))
    plain, slipped = (worn(alignment=bends) for bends in (Alignment(), slip))
    s = plain.spine.level_s("L4"), plain.spine.level_s("L5")
    moved = [
        slipped.spine.curve.to_patient(at)[1] - plain.spine.curve.to_patient(at)[1] for at in s
    ]  # LPS: anterior is negative
    maps = look(slipped, "L5")
    straight = look(plain, "L5")

    assert moved[0] == pytest.approx(-8.0, abs=0.6)
    assert moved[1] == pytest.approx(0.0, abs=0.1)
    step = (_back(maps, L5) - _back(maps, L4)) - (_back(straight, L5) - _back(straight, L4))
    assert step == pytest.approx(8.0, abs=2.0)


def test_projection_undoes_the_way_into_the_patient():
    """Points near a turned, slipped spine come back with their own coordinates."""
    bends = Alignment(
        slips=(Slip(level=level("L3"), forward_mm=6.0, left_mm=2.0),), rotation_deg=12.0, scoliosis_mm=15.0
    )
    spine = worn(alignment=bends).spine
    for u, v in ((0.0, 0.0), (8.0, 5.0), (-10.0, 20.0)):
        point = spine.curve.to_patient(spine.level_s("L2"), u, v).astype(np.float32)
        back = spine.curve.project(*(point[axis : axis + 1] for axis in range(3)))

        assert float(back.u[0]) == pytest.approx(u, abs=0.4)
        assert float(back.v[0]) == pytest.approx(v, abs=0.4)


def test_a_gibbus_bends_the_canal_at_its_vertebra_and_fades():
    """Twenty degrees at T12 turn the canal there and leave it alone at C5 and in the sacrum."""
    spine = worn().spine
    s = spine.curve.s.astype(float)
    bends = Alignment(kyphosis_deg=((level("T12"), 20.0),))

    tilt = np.rad2deg(posture.kyphosis_rad(bends, s, spine.top, spine.bottom))

    above, below, neck, sacrum = (
        tilt[int(spine.curve.node(np.array([at], dtype=np.float32))[0])]
        for at in (spine.top[18] - 3, spine.bottom[18] + 3, spine.level_s("C5"), spine.level_s("S2"))
    )
    assert above - below == pytest.approx(20.0, abs=2.0)
    assert abs(neck) < 0.5
    assert abs(sacrum) < 3.0


def test_nothing_is_sheared_without_slip_or_rotation():
    """Plain curves carry no shear."""
    assert worn().spine.curve.shear is None
