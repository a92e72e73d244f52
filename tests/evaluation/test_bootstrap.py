from __future__ import annotations

import math

import numpy as np
import pytest

from spineseg.evaluation.bootstrap import holm, mean_interval, paired_difference


def test_the_interval_is_as_wide_as_theory_says() -> None:
    """For 100 normal values it is close to mean ± 1.96 standard errors; unknown values are left out."""
    values = np.random.default_rng(1).normal(0.8, 0.1, 100)

    interval = mean_interval([*values.tolist(), math.nan])

    error = values.std() / 10
    assert interval.count == 100
    assert interval.low == pytest.approx(values.mean() - 1.96 * error, abs=0.006)
    assert interval.high == pytest.approx(values.mean() + 1.96 * error, abs=0.006)
    assert mean_interval(values.tolist()) == interval, "the same every time"


def test_nothing_known_is_not_zero() -> None:
    """No value gives no mean and no interval."""
    assert math.isnan(mean_interval([math.nan]).mean)
    assert mean_interval([]).count == 0


def test_a_clear_difference_is_found_and_none_is_not() -> None:
    """Ten cases that all rise differ; the same values do not, and have no p."""
    first = np.linspace(0.5, 0.8, 10)

    better = paired_difference(first.tolist(), (first + np.linspace(0.01, 0.05, 10)).tolist())
    same = paired_difference(first.tolist(), first.tolist())

    assert better.p < 0.01
    assert (better.better, better.worse) == (10, 0)
    assert better.difference.low > 0
    assert math.isnan(same.p)
    assert same.difference.mean == 0


def test_few_pairs_have_no_p() -> None:
    """Five pairs cannot show it, however far apart; unknown values make no pair."""
    found = paired_difference([0.1] * 5 + [math.nan], [0.9] * 6)

    assert math.isnan(found.p)
    assert found.difference.count == 5


def test_holm_multiplies_and_keeps_the_order() -> None:
    """As in Holm's own scheme; unknown values do not count."""
    assert holm([0.01, math.nan, 0.04, 0.03])[::2] == pytest.approx([0.03, 0.06])
    assert holm([0.01, math.nan, 0.04, 0.03])[3] == pytest.approx(0.06)
    assert math.isnan(holm([math.nan])[0])
