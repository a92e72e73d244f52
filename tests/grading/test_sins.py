from __future__ import annotations

import pytest

from spineseg.domain.sins import PointRange, SinsCategory, SinsComponent
from spineseg.grading.sins import score_sins

KNOWN = [
    *(("C1", 3), ("C2", 3), ("C3", 2), ("C7", 3), ("T2", 3), ("T3", 1)),
    *(("T10", 1), ("T11", 3), ("L1", 3), ("L4", 2), ("L5", 3)),
]


@pytest.mark.parametrize(("level", "points"), KNOWN)
def test_location_points_are_those_of_the_table(level, points):
    """Location points of Fisher 2010, table 1."""
    assert score_sins((level,)).range_of(SinsComponent.LOCATION) == PointRange(low=points, high=points)


def test_the_worst_level_counts():
    """A lesion from T10 to T11 reaches the junction."""
    assert score_sins(("T10", "T11")).range_of(SinsComponent.LOCATION) == PointRange(low=3, high=3)


def test_the_sacrum_is_a_range():
    """One sacral label: S1 (3) cannot be told from S2 to S5 (0)."""
    assert score_sins(("S1",)).range_of(SinsComponent.LOCATION) == PointRange(low=0, high=3)


@pytest.mark.parametrize("levels", [(), ("V3",), ("T7", "V4"), ("L6",)])
def test_a_level_without_a_name_is_unknown(levels):
    """No name, no points: the component is absent and spans its whole range."""
    assert score_sins(levels).components == {}
    assert score_sins(levels).range_of(SinsComponent.LOCATION) == PointRange(low=0, high=3)


def test_location_alone_decides_no_category():
    """What is not known stays open, so no category is given."""
    score = score_sins(("T7",))
    assert (score.low, score.high) == (1, 16)
    assert score.category is SinsCategory.UNDETERMINED
