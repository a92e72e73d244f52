"""Tests of spineseg.grading.landmarks."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from spineseg.domain.labels import VERTEBRA_VALUES
from spineseg.domain.rigid import Rigid, move_grid
from spineseg.grading.landmarks import landmarks, relate
from tests.grading.analytic import Spec, axial_affine, segment
from tests.grading.views import named

NAMES = {33: "T5", 34: "T6", 35: "T7", 36: "T8", 37: "T9"}
NOW = named(segment(Spec()), NAMES).anatomy
TURN = Rigid(
    rotation=Rotation.from_euler("xyz", [8, 5, 170], degrees=True).as_matrix(), translation=np.array([30.0, 40, 500])
)


def test_whole_vertebrae_give_body_and_canal() -> None:
    """T6 to T8 are whole; the body lies in front of the canal, and cut vertebrae are left out."""
    found = landmarks(NOW)

    assert set(found) == {VERTEBRA_VALUES[name] for name in ("T6", "T7", "T8")}
    body, canal = found[VERTEBRA_VALUES["T7"]]
    assert abs(body[0]) < 1
    assert body[1] < canal[1] - 15
    assert abs(body[2]) < 2


def test_another_examination_is_related_by_its_names_even_prone() -> None:
    """Another grid, turned by 170 degrees: within 2 mm, with a small residual."""
    earlier = named(segment(Spec(), axial_affine(spacing=(4.0, 0.9, 0.9), shape=(27, 80, 70)), (27, 80, 70)), NAMES)

    related = relate([move_grid(earlier.anatomy, TURN, "1.8")], [NOW])

    assert related is not None
    rigid, residual_mm = related
    corners = np.array(np.meshgrid([-10, 10], [-20, 10], [-30, 30])).reshape(3, -1).T
    assert np.linalg.norm(rigid.apply(TURN.apply(corners)) - corners, axis=1).max() < 3.0
    assert residual_mm < 2.0


def test_one_frame_is_the_same_place_and_too_few_names_are_none() -> None:
    """Equal frames need no names; two levels, or names that do not fit, relate nothing."""
    unnamed = move_grid(segment(Spec()).anatomy, TURN, "1.8")
    crossed = {33: "T9", 34: "T8", 35: "T7", 36: "T6", 37: "T5"}
    wrong = move_grid(named(segment(Spec()), crossed).anatomy, TURN, "1.8")
    same = relate([segment(Spec()).anatomy], [NOW])

    assert same is not None
    assert same[1] == 0.0
    assert relate([unnamed], [NOW]) is None
    upside_down = relate([wrong], [NOW])
    assert upside_down is None or upside_down[1] < 4.0
