from __future__ import annotations

import numpy as np
import pytest

from spineseg.domain.escc import EsccGrade
from spineseg.phantom.growth import profile_at
from spineseg.phantom.tumours import body_blob, bone_source, cauda_growth, epidural_growth
from tests.phantom.patient import healthy


def test_grades_advance_their_front() -> None:
    """From 1b to 1c to 2 to 3 the front comes nearer to the far side of the canal."""
    spine = healthy().spine
    s = spine.level_s("T7")
    fronts = [
        epidural_growth(spine, s=s, grade=grade, direction_rad=1.0).front_mm
        for grade in (EsccGrade.G1B, EsccGrade.G1C, EsccGrade.G2, EsccGrade.G3)
    ]

    assert fronts == sorted(fronts, reverse=True)
    assert np.all(np.diff(fronts) < -0.5)


def test_body_lesion_keeps_its_distance_from_the_canal() -> None:
    """A lesion for grade 0 ends at least 1.5 mm in front of the posterior wall."""
    spine = healthy().spine
    blob = body_blob(spine, "L2", share=0.9)
    at = profile_at(spine, blob.centre[0], np.pi / 2)

    assert blob.centre[2] - blob.half[2] > at.canal_near + 1.5


@pytest.mark.parametrize("direction", [0.9, 2.2, -1.4])
def test_source_touches_the_canal(direction: float) -> None:
    """The destroyed bone of an epidural tumour reaches the canal's wall in its direction."""
    spine = healthy().spine
    s = spine.level_s("T7")
    blob = bone_source(spine, s=s, direction_rad=direction)
    wall = profile_at(spine, s, direction).canal_near

    u, v = wall * np.cos(direction), wall * np.sin(direction)
    gauge = ((u - blob.centre[1]) / blob.half[1]) ** 2 + ((v - blob.centre[2]) / blob.half[2]) ** 2
    assert gauge < 1.2


def test_cauda_tumour_takes_its_share_of_the_sac() -> None:
    """An effacement of a half puts the front in the sac's middle."""
    spine = healthy().spine
    s = spine.level_s("L4")
    at = profile_at(spine, s, 1.2)

    growth = cauda_growth(spine, s=s, direction_rad=1.2, effaced=0.5)

    assert growth.front_mm == pytest.approx((at.sac_near + at.sac_far) / 2, abs=1e-5)
