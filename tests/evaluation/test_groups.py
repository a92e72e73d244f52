"""Tests of spineseg.evaluation.groups."""

from __future__ import annotations

import math

import pytest

from spineseg.evaluation.datalist import Measure
from spineseg.evaluation.groups import group_scores, mean, merged
from spineseg.evaluation.references import ReferenceScore


def _score(group: str, dice: float, *, owned: bool | None = None, found: str | None = None) -> ReferenceScore:
    return ReferenceScore(
        group=group,
        name="L3",
        value=1,
        dice=dice,
        owned=owned,
        found_name=found,
        named_dice=dice if found else math.nan,
    )


def test_a_case_counts_once_however_many_bodies_it_has() -> None:
    """Three bodies at 1 and one at 0 are two cases at 1 and 0: their mean is 0.5, the worst 0."""
    cases = [[_score("bodies", 1.0)] * 3, [_score("bodies", 0.0)], []]

    (group,) = group_scores(cases).values()

    assert (group.cases, group.dice, group.least_dice) == (2, 0.5, 0.0)
    assert math.isnan(group.owned)
    assert math.isnan(group.names_right)


def test_shares_are_of_all_bodies() -> None:
    """Owned bodies and right names are shares of bodies, not means of cases."""
    cases = [
        [_score("v", 1.0, owned=True, found="L3")] * 3,
        [_score("v", 0.5, owned=False, found="L4")],
    ]

    group = group_scores(cases)["v"]

    assert group.owned == 0.75
    assert group.names_right == 0.75
    assert group.of(Measure.OWNED) == 0.75
    assert group.of(Measure.NAMED_DICE) == 0.75


def test_groups_are_kept_apart_and_can_be_merged() -> None:
    """Each group has its own mean; merged, every case counts the same."""
    cases = [[_score("a", 1.0), _score("b", 0.0)], [_score("a", 0.5)], [_score("c", 0.9)]]

    groups = group_scores(cases)

    assert {name: group.dice for name, group in groups.items()} == {"a": 0.75, "b": 0.0, "c": 0.9}
    both = merged(cases, ["a", "b"])
    assert both is not None
    assert both.dice == pytest.approx((0.5 + 0.5) / 2)
    assert merged(cases, ["d"]) is None


def test_unknown_values_are_left_out_of_a_mean() -> None:
    """NaN does not count; only NaN gives NaN."""
    assert mean([math.nan, 1.0, 0.0]) == 0.5
    assert math.isnan(mean([math.nan]))
