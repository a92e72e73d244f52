from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spineseg.domain.sins import SinsDoubt
from spineseg.domain.volume import like
from spineseg.grading.alignment import score_alignment, step_mm, triplet_angles_deg
from tests.grading.boxes import in_body, plain, slipped, viewed, with_lesion

MASKS = with_lesion(in_body)


def alignment_of(masks):
    """Points of lesion 1."""
    return score_alignment(viewed(masks)[1], 1)


def test_a_straight_spine_has_no_points():
    """Nothing displaced, enough in view: 0, without doubt."""
    found = alignment_of(MASKS)
    assert (found.low, found.high, found.doubt) == (0, 0, None)
    assert found.evidence["translation_mm"] < 1
    assert abs(found.evidence["kyphosis_deg"]) < 3


@pytest.mark.parametrize("above_mm", [-12.5, 12.5])
def test_a_step_may_be_four_points(above_mm):
    """Four millimetres below or above T7: 0 to 4, the images suggest 4, and whether it is new is not known."""
    found = alignment_of(slipped(MASKS, 4, above_mm))
    assert (found.low, found.estimate, found.high, found.doubt) == (0, 4, 4, SinsDoubt.DE_NOVO_UNKNOWN)
    assert found.evidence["translation_mm"] == pytest.approx(4.0, abs=0.5)


def test_a_step_far_away_does_not_count():
    """A slip between T9 and T10 is not at the lesion of T7."""
    assert alignment_of(slipped(MASKS, 4, -62.5)).evidence["translation_mm"] < 1


def test_neighbours_out_of_view_leave_the_points_open():
    """A series that ends above T7 cannot exclude a step there."""
    shown = np.where(np.isin(MASKS.anatomy.array, (11, 12, 13)), np.uint8(0), MASKS.anatomy.array)
    found = alignment_of(replace(MASKS, anatomy=like(MASKS.anatomy, shown)))
    assert (found.low, found.high, found.doubt) == (0, 4, SinsDoubt.NOT_IN_VIEW)


def test_step_and_angle_have_a_sign():
    """The upper body before the lower one is positive; parallel end plates have no angle."""
    _, bones = viewed(slipped(MASKS, 3))
    shapes = [bones.shape(one) for one in bones.anatomy.vertebrae if one.name in ("T6", "T7", "T8")]
    assert step_mm(shapes[1], shapes[2])[0] == pytest.approx(3.0, abs=0.5)
    assert triplet_angles_deg(*shapes) == pytest.approx((0.0, 0.0), abs=2.0)


def test_a_lesion_outside_bone_has_none():
    """No vertebra is involved, so none can be displaced by it."""
    masks = with_lesion(lambda left, behind, up, *_: (np.hypot(left, behind) < 4) & (abs(up) < 10), plain())
    assert alignment_of(masks).high == 0


@pytest.mark.parametrize("gone", [(11, 12, 13), (15, 16, 17), (16, 17), (11, 12)])
def test_a_lesion_near_either_end_of_the_stack_is_scored(gone):
    """Whatever is cut away above or below T7 (14), a range comes back."""
    shown = np.where(np.isin(MASKS.anatomy.array, gone), np.uint8(0), MASKS.anatomy.array)
    found = alignment_of(replace(MASKS, anatomy=like(MASKS.anatomy, shown)))
    assert 0 <= found.low <= found.high <= 4
