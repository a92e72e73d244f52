from __future__ import annotations

from spineseg.evaluation.battery_levels import Anchor, run_levels


def test_a_stretch_without_an_anchor_is_never_named_surely():
    """Without C2, sacrum or an end of the ribs every body is assumed or unnamed."""
    row = run_levels(4)
    assert row.anchor is Anchor.NONE
    assert row.bodies >= 2
    assert row.assumed == row.bodies
    assert row.sure_and_wrong == 0


def test_a_neck_with_its_axis_is_named():
    """With C2 in view all bodies have their names."""
    row = run_levels(6)
    assert row.anchor is Anchor.AXIS
    assert row.right == row.bodies >= 6
    assert row.assumed == 0
