from __future__ import annotations

import numpy as np
import pytest

from spineseg.anatomy.level_profile import L1, LOG_DISTANCE, NAMES, T12, T13, profile_cost

_USUAL = np.array([code for code in range(NAMES.index("L5") + 1) if code != T13])


def counts(first, number):
    """Codes of so many levels from each of the given first names, T13 left out."""
    return np.array([_USUAL[_USUAL.tolist().index(NAMES.index(name)) + np.arange(number)] for name in first])


@pytest.mark.parametrize("size", [0.9, 1.0, 1.1])
def test_true_names_cost_least_over_twelve_levels(size):
    """Distances of T6 to L4 fit these names best; in small and tall people they lie within one unit of the best."""
    true = counts(["T6"], 11)
    distance = size * np.exp(LOG_DISTANCE[true[0]])
    cost = profile_cost(distance, np.concatenate([true, counts(["T4", "T5", "T7"], 11)]))
    assert cost[0] <= cost.min() + (0.0 if size == 1 else 1.0)
    assert profile_cost(distance, counts(["C3"], 11))[0] > cost[0] + 1


def test_the_profile_alone_never_outweighs_an_anchor():
    """However absurd the distances, the cost stays below that of a refused anchor in masks."""
    assert profile_cost(np.full(22, 100.0), counts(["C3"], 22)).max() <= 4.0


def test_nothing_to_compare_costs_nothing():
    """Without pairs, or with names that have no distance, nothing is told."""
    assert profile_cost(np.zeros(0), np.zeros((3, 0), dtype=np.intp)).tolist() == [0, 0, 0]
    assert profile_cost(np.array([20.0]), np.array([[NAMES.index("S1")]])).tolist() == [0]


def test_distances_grow_from_c3_to_l4():
    """The table grows from C3 to L4, T13 between T12 and L1."""
    distance = LOG_DISTANCE[NAMES.index("C3") : NAMES.index("L4") + 1]
    assert np.all(np.diff(distance) >= 0)
    assert LOG_DISTANCE[T12] < LOG_DISTANCE[T13] < LOG_DISTANCE[L1]
