from __future__ import annotations

import pytest

from spineseg.evaluation.battery_negatives import KINDS, run_negative


@pytest.mark.parametrize("number", [1, 4])
def test_a_narrow_canal_beside_a_bone_metastasis_is_grade_0(number):
    """Lipomatosis and stenosis beside a metastasis of the body: one lesion, no epidural grade."""
    row = run_negative(number)
    assert row.kind == KINDS[number % 4]
    assert (row.lesions, row.false_grades, row.highest) == (1, 0, "0")


def test_a_narrow_canal_alone_has_no_lesion():
    """A narrow normal canal gives nothing to grade."""
    row = run_negative(2)
    assert (row.lesions, row.false_grades, row.bone_lesion) == (0, 0, False)
