from __future__ import annotations

import numpy as np

from spineseg.phantom.trunk import Landmarks, draw_trunk, pelvic_turn
from tests.phantom.patient import spine


def test_skin_lies_behind_the_spinous_processes() -> None:
    """At every thoracic and lumbar level the back's skin lies behind the tip of the spinous process."""
    for seed in (3, 4, 5):
        one = spine(seed)
        trunk = draw_trunk(np.random.default_rng(seed), one, 5.0)
        for level in ("T3", "T8", "L1", "L4"):
            k = one.level[one.curve.node(np.array([one.level_s(level)], dtype=np.float32))[0]]
            reach = float(one.sizes["canal_ap"][k] / 2 + one.sizes["spinous_length"][k])
            _, y, z = Landmarks(one).at(level, 0.0, -reach / one.size)

            assert trunk.back_mm(z) > y


def test_fat_widens_the_trunk_more_than_the_neck() -> None:
    """25 mm more fat widen the belly by at least 15 mm on each side and the neck by at most 10 mm."""
    one = spine()
    lean, fat = (draw_trunk(np.random.default_rng(0), one, mm) for mm in (5.0, 30.0))

    grown = fat.half_x - lean.half_x

    assert np.interp(one.level_s("L3"), lean.s, grown) > 15
    assert np.interp(one.level_s("C5"), lean.s, grown) < 10


def test_landmarks_scale_and_keep_their_sides() -> None:
    """A place to the left has a larger x; hips lie below and in front of S1, crests above it."""
    mark = Landmarks(spine())
    centre, hip, crest = mark.pelvis(0, 0, 0), mark.pelvis(88, -22, -100), mark.pelvis(122, 0, 44)

    assert mark.at("T7", 20, 0)[0] > mark.at("T7", -20, 0)[0]
    assert hip[2] < centre[2] < crest[2]
    assert mark.head(60, 0, 0)[2] > mark.at("C1", 0, 0)[2]


def test_pelvis_turns_with_the_sacrum() -> None:
    """The plane of the pelvis differs between spines, by a proper rotation."""
    turns = [pelvic_turn(spine(seed)) for seed in range(6)]

    assert np.allclose([cosine**2 + sine**2 for cosine, sine in turns], 1.0)
    assert np.ptp([sine for _, sine in turns]) > 0.03
