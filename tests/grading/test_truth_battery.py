from __future__ import annotations

import pytest

from spineseg.domain.findings import Compartment
from spineseg.evaluation.battery import run_escc

# One case for each level from C3 to L1, the grades in turn; how each is scanned is drawn from its number.
QUICK = tuple(6 * level + level % 6 for level in range(18))


def test_every_level_is_graded_right_however_it_is_scanned():
    """18 phantoms C3 to L1, six grades, 0.4-1.0 mm by 1-5 mm, any placement: right or abstained, truth in the range."""
    rows = [run_escc(number)[0] for number in QUICK]
    answered = [row for row in rows if row.answered]
    assert [(row.number, row.point.value) for row in answered if row.distance > 0] == []
    assert len(answered) >= 12  # sagittal stacks abstain by design
    assert [row.number for row in rows if not row.holds] == []
    assert all(row.compartment is Compartment.EXTRADURAL for row in rows)


def test_a_complete_compression_stays_severe_under_mask_errors():
    """A grade 3 with outlines a voxel off and with holes: 3 stays in the interval, and never is 1b its upper end."""
    rows = run_escc(41, errors=True)
    assert len(rows) == 10
    assert [(row.error, row.low.value, row.high.value) for row in rows if not row.holds or row.dangerous] == []


@pytest.mark.slow
def test_each_grade_with_all_mask_errors():
    """A case of each grade, nine mask errors each: the interval holds 95 %, never is a 2 or 3 at most 1b.

    The whole battery of 324 cases is a command: `spineseg evaluate battery`.
    """
    rows = [row for number in QUICK[::3] for row in run_escc(number, errors=True)]
    true, wrong = [row for row in rows if row.error is None], [row for row in rows if row.error is not None]
    answered = [row for row in true if row.answered]
    assert sum(row.distance == 0 for row in answered) >= 0.95 * len(answered)
    assert all(row.distance <= 1 for row in answered)
    assert sum(row.holds for row in wrong) >= 0.95 * sum(row.compartment is not None for row in wrong)
    assert not any(row.dangerous for row in rows)
