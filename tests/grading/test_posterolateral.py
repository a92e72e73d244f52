from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spineseg.domain.labels import POSTERIOR_ELEMENTS
from spineseg.domain.sins import SinsDoubt
from spineseg.domain.volume import like, make_grid
from spineseg.grading.posterolateral import SideFinding, score_posterolateral
from tests.grading.boxes import in_body, viewed, with_lesion


def arch(side):
    """Everything of T7's arch on one side (1 left, -1 right, 0 both)."""

    def where(left, _behind, _up, anatomy, kinds):
        here = np.abs(left) > 3 if side == 0 else side * left > 3
        return (anatomy == 14) & (kinds == POSTERIOR_ELEMENTS) & here

    return where


@pytest.mark.parametrize(("side", "points"), [(1, 1), (-1, 1), (0, 3)])
def test_points_count_the_sides(side, points):
    """One side 1, both 3."""
    found = score_posterolateral(*viewed(with_lesion(arch(side))))
    assert (found.low, found.estimate, found.high) == (points, points, points)


def test_left_is_the_patients_left():
    """The arch to positive x is the left one, also on a mirrored grid, where it becomes the right one."""
    masks = with_lesion(arch(1))
    found = score_posterolateral(*viewed(masks)).evidence
    assert found["pedicle_left_pct"] > 80
    assert found["pedicle_right_pct"] < 5
    mirror = np.diag([-1.0, 1.0, 1.0, 1.0])
    grids = {
        name: make_grid(getattr(masks, name).array, mirror @ masks.anatomy.affine, masks.anatomy.frame_of_reference_uid)
        for name in ("anatomy", "subregions", "lesions")
    }
    mirrored = score_posterolateral(*viewed(replace(masks, **grids))).evidence
    assert mirrored["pedicle_right_pct"] == pytest.approx(found["pedicle_left_pct"], abs=2)
    assert mirrored["posterolateral_left_mm3"] == pytest.approx(found["posterolateral_right_mm3"], abs=20)


def test_a_lesion_inside_the_body_has_none():
    """No pedicle, no facet: 0."""
    found = score_posterolateral(*viewed(with_lesion(in_body)))
    assert (found.low, found.high) == (0, 0)


def test_an_arch_out_of_view_is_not_assessed():
    """Without pedicles in the masks nothing is excluded."""
    masks = with_lesion(in_body)
    gone = masks.subregions.array == POSTERIOR_ELEMENTS
    masks = replace(masks, anatomy=like(masks.anatomy, np.where(gone, np.uint8(0), masks.anatomy.array)))
    found = score_posterolateral(*viewed(masks))
    assert (found.low, found.high, found.doubt) == (0, 3, SinsDoubt.NOT_IN_VIEW)


@pytest.mark.parametrize(
    ("share", "volume", "answers"),
    [
        (0.10, 50.0, (False, False)),
        (0.18, 50.0, (False, True)),
        (0.22, 50.0, (True, True)),
        (0.05, 310.0, (True, True)),
    ],
)
def test_a_side_counts_from_a_fifth_or_a_third_of_a_cubic_centimetre(share, volume, answers):
    """Twenty per cent or 0.3 cm³; a quarter less is still possible."""
    side = SideFinding(
        shares={"pedicle": share}, volumes_mm3={"pedicle": volume}, bone_mm3=900.0, seat_share=0.0, total_mm3=volume
    )
    assert (side.is_involved(), side.is_involved(0.75)) == answers


def test_thick_sagittal_slices_leave_it_open():
    """On slices of 4 mm from side to side a pedicle's share is not trusted: 0 to 3, with an estimate."""
    masks = with_lesion(arch(1))
    grids = {}
    for name in ("anatomy", "subregions", "lesions"):
        affine = np.asarray(masks.anatomy.affine).copy()
        affine[:3, 2] *= 4
        grids[name] = make_grid(getattr(masks, name).array[:, :, ::4], affine, masks.anatomy.frame_of_reference_uid)
    found = score_posterolateral(*viewed(replace(masks, **grids)))
    assert (found.low, found.estimate, found.high, found.doubt) == (0, 1, 3, SinsDoubt.RESOLUTION)
