"""True and reported grade of one case -> GradedCase: exact, how far off, truth in the interval, dangerous."""

from __future__ import annotations

from dataclasses import dataclass

from spineseg.domain.escc import ESCC_RANK, AbstentionReason, EsccGrade


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedCase:
    """A reported grade beside what is true by construction.

    Parameters
    ----------
    true_low, true_high
        True grade; two grades where a built distance lies at a limit of the scale.
    low, point, high
        As graded.
    """

    true_low: EsccGrade
    true_high: EsccGrade
    low: EsccGrade
    point: EsccGrade
    high: EsccGrade
    reason: AbstentionReason | None

    @property
    def answered(self) -> bool:
        """Whether one grade was given."""
        return self.point in ESCC_RANK

    @property
    def distance(self) -> int:
        """Grades between the answer and the nearest true one; only of an answered case."""
        point, low, high = (ESCC_RANK[grade] for grade in (self.point, self.true_low, self.true_high))
        return max(low - point, point - high, 0)

    @property
    def exact(self) -> bool:
        """Whether one grade was given and is a true one."""
        return self.answered and self.distance == 0

    @property
    def holds(self) -> bool:
        """Whether the interval holds the true grade (one of them, where two are true)."""
        if self.low not in ESCC_RANK or self.high not in ESCC_RANK:
            return False
        low, high = ESCC_RANK[self.low], ESCC_RANK[self.high]
        return low <= ESCC_RANK[self.true_high] and high >= ESCC_RANK[self.true_low]

    @property
    def dangerous(self) -> bool:
        """Whether a true 2 or 3 is reported as at most 1b."""
        severe = ESCC_RANK[self.true_low] >= ESCC_RANK[EsccGrade.G2]
        return severe and ESCC_RANK.get(self.high, -1) <= ESCC_RANK[EsccGrade.G1B]

    @property
    def truth(self) -> str:
        """The true grade, or both."""
        low, high = self.true_low, self.true_high
        return low.value if low is high else f"{low.value} or {high.value}"
