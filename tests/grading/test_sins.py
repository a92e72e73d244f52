from __future__ import annotations

import pytest

from spineseg.domain.sins import PointRange, SinsCategory, SinsComponent, SinsDoubt
from spineseg.grading.sins import score_location, score_sins
from tests.grading.boxes import in_body, viewed, with_lesion

KNOWN = [
    *(("C1", 3), ("C2", 3), ("C3", 2), ("C7", 3), ("T2", 3), ("T3", 1)),
    *(("T10", 1), ("T11", 3), ("L1", 3), ("L4", 2), ("L5", 3)),
]


@pytest.mark.parametrize(("level", "points"), KNOWN)
def test_location_points_are_those_of_the_table(level, points):
    """Location points of Fisher 2010, table 1."""
    assert score_location((level,)) == PointRange(low=points, high=points, estimate=points)


def test_the_worst_level_counts():
    """A lesion from T10 to T11 reaches the junction."""
    assert score_location(("T10", "T11")).low == 3


def test_the_sacrum_is_a_range():
    """One sacral label: S1 (3) cannot be told from S2 to S5 (0)."""
    found = score_location(("S1",))
    assert (found.low, found.high, found.estimate) == (0, 3, None)


@pytest.mark.parametrize("levels", [(), ("V3",), ("T7", "V4"), ("L6",)])
def test_a_level_without_a_name_is_unknown(levels):
    """No name, no points: the upper end is the highest, and the doubt is named."""
    found = score_location(levels)
    assert (found.high, found.estimate, found.doubt) == (3, None, SinsDoubt.LEVEL_UNKNOWN)


@pytest.mark.parametrize(("level", "low", "high"), [("T10", 1, 3), ("T7", 1, 1), ("L1", 2, 3), ("C7", 2, 3)])
def test_an_assumed_name_has_the_points_of_its_neighbours_too(level, low, high):
    """One level off T10 is T9 or T11; one level off T7 stays semi-rigid."""
    found = score_location((level,), assumed={level})
    assert (found.low, found.high) == (low, high)
    assert (found.doubt is SinsDoubt.LEVEL_UNKNOWN) == (low != high)


def test_every_component_is_given_and_pain_is_asked():
    """Six components; pain spans 0 to 3 because only the clinic knows; the bone needs a CT here."""
    view, bones = viewed(with_lesion(in_body))
    needs_ct = PointRange(low=0, high=2, doubt=SinsDoubt.NEEDS_CT)
    score = score_sins(view, bones, levels=("T7",), bone_lesion=needs_ct)
    assert set(score.components) == set(SinsComponent)
    assert score.components[SinsComponent.PAIN] == PointRange(low=0, high=3, doubt=SinsDoubt.CLINICAL)
    assert (score.low, score.high) == (1, 6)
    assert score.category is SinsCategory.STABLE
