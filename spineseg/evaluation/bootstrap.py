"""Values of patients -> mean with an interval, and the difference of two models with its test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

# Resamples, and the share of them that the interval holds [P].
RESAMPLES = 2000
LEVEL = 0.95
_SEED = 20261122
# Pairs below which a rank test can reach no p under 0.05 [P].
LEAST_PAIRS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Mean and its percentile bootstrap interval; NaN where nothing is known."""

    mean: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedDifference:
    """Second model minus first, over the cases that both were scored on.

    Parameters
    ----------
    p
        Wilcoxon signed-rank test, two-sided; NaN with fewer than `LEAST_PAIRS` pairs, or where all are alike.
    better, worse
        Cases that rose and fell.
    """

    first: float
    second: float
    difference: Interval
    p: float
    better: int
    worse: int


def mean_interval(values: Sequence[float]) -> Interval:
    """Mean of the known values with its interval; each value is one patient's."""
    known = np.array([value for value in values if not np.isnan(value)])
    if known.size == 0:
        return Interval(mean=float("nan"), low=float("nan"), high=float("nan"), count=0)
    rng = np.random.default_rng(_SEED)
    means = known[rng.integers(known.size, size=(RESAMPLES, known.size))].mean(axis=1)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(mean=float(known.mean()), low=float(low), high=float(high), count=int(known.size))


def paired_difference(first: Sequence[float], second: Sequence[float]) -> PairedDifference:
    """Difference of two models on the same cases.

    Parameters
    ----------
    first, second : (N,)
        Scores of the same cases in the same order; pairs with an unknown value are left out.
    """
    pairs = np.array([(a, b) for a, b in zip(first, second, strict=True) if not np.isnan(a) and not np.isnan(b)])
    pairs = pairs.reshape(-1, 2)
    change = pairs[:, 1] - pairs[:, 0]
    testable = len(change) >= LEAST_PAIRS and bool(np.any(change != 0))
    return PairedDifference(
        first=float(pairs[:, 0].mean()) if len(pairs) else float("nan"),
        second=float(pairs[:, 1].mean()) if len(pairs) else float("nan"),
        difference=mean_interval(change.tolist()),
        p=float(stats.wilcoxon(change).pvalue) if testable else float("nan"),
        better=int(np.count_nonzero(change > 0)),
        worse=int(np.count_nonzero(change < 0)),
    )


def holm(values: Sequence[float]) -> list[float]:
    """P values corrected for their number (Holm's step-down); unknown ones stay unknown."""
    known = sorted((value, place) for place, value in enumerate(values) if not np.isnan(value))
    result = [float("nan")] * len(values)
    least = 0.0
    for rank, (value, place) in enumerate(known):
        least = max(least, min(1.0, value * (len(known) - rank)))
        result[place] = least
    return result
