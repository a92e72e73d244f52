from __future__ import annotations

import pytest

from spineseg.domain.findings import Compartment
from tests.grading.battery import GRADES, LEVELS, Placement, run_battery


def test_every_grade_is_right_at_a_thoracic_level():
    """The six grades at T7, axial T2 of 0.6 x 0.6 x 3 mm, from true masks: six of six, in the right compartment."""
    rows = run_battery(levels=("t7",), placements=(Placement.AXIAL,))
    assert [row.lesion.escc.point.value for row in rows] == list(GRADES)
    assert all(row.contained and row.lesion.compartment is Compartment.EXTRADURAL for row in rows)


@pytest.mark.slow
@pytest.mark.parametrize("placement", list(Placement))
def test_every_grade_is_right_in_every_placement(placement):
    """Six grades at a cervical, a thoracic and a thoracolumbar level: 18 of 18 right, however the stack lies."""
    rows = run_battery(levels=LEVELS, placements=(placement,))
    wrong = [(row.level, row.grade, row.lesion.escc.point.value) for row in rows if not row.right]
    assert len(rows) == 18
    assert wrong == []
    assert all(row.contained for row in rows)
