"""ESCC grades and their order -> the approximate grade of a lesion as an interval, with its reason and metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class EsccGrade(StrEnum):
    """Epidural spinal cord compression scale, six points (Bilsky et al. 2010, doi:10.3171/2010.3.SPINE09459).

    `NOT_APPLICABLE`: the level lies below the conus or the lesion has no epidural part to grade.
    `UNDETERMINED`: abstained; the reason says why.
    """

    G0 = "0"
    G1A = "1a"
    G1B = "1b"
    G1C = "1c"
    G2 = "2"
    G3 = "3"
    NOT_APPLICABLE = "not_applicable"
    UNDETERMINED = "undetermined"


# Severity order; grades are labels and never numbers outside a comparison.
ESCC_RANK: dict[EsccGrade, int] = {
    grade: rank
    for rank, grade in enumerate(
        (EsccGrade.G0, EsccGrade.G1A, EsccGrade.G1B, EsccGrade.G1C, EsccGrade.G2, EsccGrade.G3)
    )
}


class EsccBand(StrEnum):
    """Three bands: low 0-1b, intermediate 1c, high 2-3 (clinical.md section 1.2, proposal of this project)."""

    LOW = "low"
    INTERMEDIATE = "intermediate"
    HIGH = "high"


class AbstentionReason(StrEnum):
    """Why ESCC is not given, or not given as one grade (clinical.md section 1.6)."""

    NO_CORD_MASK = "no_cord_mask"
    NO_SAC_MASK = "no_sac_mask"
    BELOW_CONUS = "below_conus"
    RESOLUTION = "resolution"
    SEQUENCE = "sequence"
    COVERAGE = "coverage"
    ARTEFACT = "artefact"
    INTRADURAL_LESION = "intradural_lesion"
    INTERVAL_CROSSES = "interval_crosses"
    DEGENERATIVE_MIMIC = "degenerative_mimic"


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelGrade:
    """Approximate ESCC of one lesion at one level, as an interval; the reason is that of this level."""

    level: str
    low: EsccGrade
    point: EsccGrade
    high: EsccGrade
    reason: AbstentionReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EsccResult:
    """Approximate ESCC of one lesion, as an interval.

    Parameters
    ----------
    low, point, high
        Grades, or all three `not_applicable`; `point` may be `undetermined` while the ends are known.
    reason
        Why `point` is undetermined or not applicable; also set beside a grade that should be doubted.
    level_of_max
        Level of the slice that decided.
    max_any_slice
        Highest grade of any single slice, before the support of 3 mm is asked for.
    decisive_point_mm : [mm, LPS]
        Centre of the canal on the slice that decided.
    metrics
        Keys of `domain.vocabulary.ESCC_METRICS`, of the slice that decided; a missing key is unknown.
    levels
        The same for each level that was graded, cranial to caudal.
    """

    low: EsccGrade
    point: EsccGrade
    high: EsccGrade
    reason: AbstentionReason | None = None
    level_of_max: str | None = None
    max_any_slice: EsccGrade | None = None
    decisive_point_mm: tuple[float, float, float] | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    levels: tuple[LevelGrade, ...] = ()

    @property
    def band(self) -> EsccBand | None:
        """Band of the point grade; None without one."""
        return None if self.point not in ESCC_RANK else band_of(self.point)

    @property
    def high_grade_bilsky_noms(self) -> bool | None:
        """2 or 3 (Bilsky, NOMS); None where the interval crosses the border."""
        return self._both_ends(EsccGrade.G2)

    @property
    def high_grade_hallinan(self) -> bool | None:
        """1c, 2 or 3 (Hallinan et al. 2022, doi:10.3389/fonc.2022.849447); None where the interval crosses."""
        return self._both_ends(EsccGrade.G1C)

    def _both_ends(self, threshold: EsccGrade) -> bool | None:
        if self.low not in ESCC_RANK or self.high not in ESCC_RANK:
            return None
        low, high = (ESCC_RANK[end] >= ESCC_RANK[threshold] for end in (self.low, self.high))
        return low if low == high else None


def band_of(grade: EsccGrade) -> EsccBand:
    """Band of a grade of the scale."""
    rank = ESCC_RANK[grade]
    if rank <= ESCC_RANK[EsccGrade.G1B]:
        return EsccBand.LOW
    return EsccBand.INTERMEDIATE if grade is EsccGrade.G1C else EsccBand.HIGH
