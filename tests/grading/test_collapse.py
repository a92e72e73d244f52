from __future__ import annotations

from dataclasses import replace

import pytest

from spineseg.domain.labels import VERTEBRA_VALUES, VERTEBRAL_BODY
from spineseg.domain.sins import SinsDoubt
from spineseg.domain.volume import like
from spineseg.grading.collapse import body_share, score_collapse
from tests.grading.boxes import crushed, in_body, plain, viewed, with_lesion


def collapse_of(masks):
    """Points of lesion 1."""
    return score_collapse(viewed(masks)[1], 1)


@pytest.mark.parametrize(
    ("lost_mm", "in_front", "points"),
    [(0.0, False, 0), (7.5, False, 2), (7.5, True, 2), (15.0, False, 3), (15.0, True, 3)],
)
def test_points_follow_the_lost_height(lost_mm, in_front, points):
    """Bodies of 20 mm that lost 0, 37.5 or 75 %, throughout or as a wedge."""
    found = collapse_of(with_lesion(in_body, crushed(plain(), "T7", lost_mm, in_front=in_front)))
    assert (found.low, found.estimate, found.high) == (points, points, points)
    assert found.evidence["height_loss_pct"] == pytest.approx(100 * lost_mm / 20, abs=8)


def test_a_loss_near_a_limit_is_a_range():
    """Fifty per cent is on the limit: two or three points, and the doubt is named."""
    found = collapse_of(with_lesion(in_body, crushed(plain(), "T7", 10.0)))
    assert (found.low, found.high) == (2, 3)
    assert found.doubt in (SinsDoubt.BORDERLINE, SinsDoubt.RESOLUTION)


def test_a_body_full_of_tumour_that_stands_has_one_point():
    """No collapse with over half of the body involved: 1."""
    masks = with_lesion(lambda left, _b, _u, anatomy, kinds: (anatomy == 14) & (kinds == VERTEBRAL_BODY) & (left < 6))
    _, bones = viewed(masks)
    found = score_collapse(bones, 1)
    assert body_share(bones, bones.involved(1)[0], 1) == pytest.approx(0.7, abs=0.04)
    assert (found.low, found.high) == (1, 1)


def test_without_neighbours_only_the_involvement_is_known():
    """A series that shows one vertebra has no reference: 0 to 3."""
    masks = with_lesion(in_body)
    alone = masks.anatomy.array.copy()
    for name, value in VERTEBRA_VALUES.items():
        if name != "T7":
            alone[alone == value] = 0
    found = collapse_of(replace(masks, anatomy=like(masks.anatomy, alone)))
    assert (found.low, found.high, found.doubt) == (0, 3, SinsDoubt.NO_REFERENCE)


def test_an_affected_neighbour_is_no_reference():
    """T6 crushed by another lesion does not make T7 look tall: T5 and T8 are its references."""
    masks = crushed(with_lesion(in_body), "T6", 10.0)
    masks = with_lesion(lambda _l, _b, _u, anatomy, kinds: (anatomy == 13) & (kinds == VERTEBRAL_BODY), masks, 2)
    assert collapse_of(masks).evidence["height_loss_pct"] < 8
