"""Pairs of grades -> confusion, exact and within-one agreement, quadratic kappa, interval coverage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import cohen_kappa_score

from spineseg.domain.escc import ESCC_RANK, EsccGrade, EsccResult

GRADES = tuple(ESCC_RANK)
NOT_FOUND = "no lesion"


@dataclass(frozen=True, slots=True, kw_only=True)
class GradePair:
    """True grade of a lesion and what was reported for it; None where the lesion was not found."""

    truth: EsccGrade
    found: EsccResult | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeAgreement:
    """Agreement over lesions.

    Parameters
    ----------
    confusion
        Counts by (true grade, reported grade or "no lesion").
    exact, within_one
        Shares of the lesions that were graded; NaN without any.
    covered
        Share of the lesions with an interval whose interval holds the truth.
    quadratic_kappa
        Over the graded lesions; NaN below two grades.
    high_grade_sensitivity
        Share of the lesions of ESCC 2 or 3 that were found and graded so; NaN without any.
    """

    confusion: dict[tuple[str, str], int]
    lesions: int
    graded: int
    exact: float
    within_one: float
    covered: float
    quadratic_kappa: float
    high_grade_sensitivity: float


def grade_agreement(pairs: Sequence[GradePair]) -> GradeAgreement:
    """Agreement of reported with true grades."""
    confusion = Counter(
        (pair.truth.value, NOT_FOUND if pair.found is None else pair.found.point.value) for pair in pairs
    )
    graded = [
        (ESCC_RANK[pair.truth], ESCC_RANK[pair.found.point])
        for pair in pairs
        if pair.found is not None and pair.found.point in ESCC_RANK and pair.truth in ESCC_RANK
    ]
    distances = [abs(truth - found) for truth, found in graded]
    return GradeAgreement(
        confusion=dict(confusion),
        lesions=len(pairs),
        graded=len(graded),
        exact=_share([distance == 0 for distance in distances]),
        within_one=_share([distance <= 1 for distance in distances]),
        covered=_share([_covers(pair) for pair in pairs if _has_interval(pair)]),
        quadratic_kappa=quadratic_kappa(graded),
        high_grade_sensitivity=_share(high_grade_hits(pairs)),
    )


def high_grade_hits(pairs: Sequence[GradePair]) -> list[bool]:
    """Of each lesion of ESCC 2 or 3, whether it was found and graded 2 or 3; a lesion not found is a miss."""
    high = ESCC_RANK[EsccGrade.G2]
    return [
        pair.found is not None and ESCC_RANK.get(pair.found.point, -1) >= high
        for pair in pairs
        if ESCC_RANK.get(pair.truth, -1) >= high
    ]


def quadratic_kappa(pairs: Sequence[tuple[int, int]]) -> float:
    """Cohen's kappa with quadratic weights (Cohen 1968, doi:10.1037/h0026256) over the six ranks."""
    if not pairs:
        return float("nan")
    size = len(GRADES)
    truth, found = np.array(pairs).T
    if len({*truth.tolist(), *found.tolist()}) < 2:
        return float("nan")  # one grade throughout: no agreement by chance to compare with
    return float(cohen_kappa_score(truth, found, labels=range(size), weights="quadratic"))


def _share(hits: Sequence[bool]) -> float:
    return sum(hits) / len(hits) if hits else float("nan")


def _has_interval(pair: GradePair) -> bool:
    return (
        pair.truth in ESCC_RANK
        and pair.found is not None
        and pair.found.low in ESCC_RANK
        and pair.found.high in ESCC_RANK
    )


def _covers(pair: GradePair) -> bool:
    assert pair.found is not None
    return ESCC_RANK[pair.found.low] <= ESCC_RANK[pair.truth] <= ESCC_RANK[pair.found.high]
