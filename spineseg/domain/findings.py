"""What was found, graded and doubted -> Findings: the content of SR, findings.json and truth.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from spineseg.domain.anatomy import NamingBasis
from spineseg.domain.quality import QualityNote
from spineseg.domain.segmentation import AlgorithmIdentity


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


class Compartment(StrEnum):
    """Where a lesion lies with respect to dura and cord (source sentences S04-S06)."""

    EXTRADURAL = "extradural"
    INTRADURAL_EXTRAMEDULLARY = "intradural_extramedullary"
    INTRAMEDULLARY = "intramedullary"
    MIXED = "mixed"
    UNDETERMINED = "undetermined"


class BoneQuality(StrEnum):
    """Bone lesion component of SINS."""

    LYTIC = "lytic"
    BLASTIC = "blastic"
    MIXED = "mixed"
    UNDETERMINED = "undetermined"


class LesionOrigin(StrEnum):
    """Who drew the lesion."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


class SinsComponent(StrEnum):
    """The six components of SINS (Fisher et al. 2010, doi:10.1097/BRS.0b013e3181e16ae2)."""

    LOCATION = "location"
    PAIN = "pain"
    BONE_LESION = "bone_lesion"
    ALIGNMENT = "alignment"
    COLLAPSE = "collapse"
    POSTEROLATERAL = "posterolateral"


# Highest points of each component; an unknown component spans 0 to this (Fisher 2010, table 1).
SINS_MAXIMUM: dict[SinsComponent, int] = {
    SinsComponent.LOCATION: 3,
    SinsComponent.PAIN: 3,
    SinsComponent.BONE_LESION: 2,
    SinsComponent.ALIGNMENT: 4,
    SinsComponent.COLLAPSE: 3,
    SinsComponent.POSTEROLATERAL: 3,
}


class SinsCategory(StrEnum):
    """0-6 stable, 7-12 potentially unstable, 13-18 unstable; undetermined where the range crosses a bound."""

    STABLE = "stable"
    POTENTIALLY_UNSTABLE = "potentially_unstable"
    UNSTABLE = "unstable"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True, kw_only=True)
class PointRange:
    """Points of a SINS component; known where both ends agree."""

    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SinsScore:
    """Imaging part of SINS as intervals; a component that is missing is unknown, from 0 to its maximum."""

    components: Mapping[SinsComponent, PointRange]

    def range_of(self, component: SinsComponent) -> PointRange:
        """Points of one component, its full range where it is unknown."""
        return self.components.get(component, PointRange(low=0, high=SINS_MAXIMUM[component]))

    @property
    def low(self) -> int:
        """Least total, with pain unknown counted as 0."""
        return sum(self.range_of(component).low for component in SinsComponent)

    @property
    def high(self) -> int:
        """Greatest total, with pain unknown counted as 3."""
        return sum(self.range_of(component).high for component in SinsComponent)

    @property
    def category(self) -> SinsCategory:
        """Category where both ends of the range fall into the same one."""
        low, high = _sins_category(self.low), _sins_category(self.high)
        return low if low is high else SinsCategory.UNDETERMINED


def _sins_category(points: int) -> SinsCategory:
    if points <= 6:  # Fisher 2010
        return SinsCategory.STABLE
    return SinsCategory.POTENTIALLY_UNSTABLE if points <= 12 else SinsCategory.UNSTABLE


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
    """

    low: EsccGrade
    point: EsccGrade
    high: EsccGrade
    reason: AbstentionReason | None = None
    level_of_max: str | None = None
    max_any_slice: EsccGrade | None = None
    decisive_point_mm: tuple[float, float, float] | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class CompartmentFractions:
    """Shares of the lesion's volume; they add up to 1."""

    extradural: float
    intradural_extramedullary: float
    intramedullary: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelFinding:
    """One vertebral level.

    Parameters
    ----------
    measurements
        Keys of `domain.vocabulary.LEVEL_MEASUREMENTS`; a missing key is unknown.
    """

    name: str
    assumed: bool
    basis: NamingBasis
    series_instance_uid: str
    measurements: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionFinding:
    """One lesion.

    Parameters
    ----------
    number
        Its value in `Segmentation.lesions` of the series it was measured on.
    compartment_fractions
        None where the compartment could not be computed.
    levels
        Cranial to caudal.
    subregions
        Parts of the vertebra that it involves; None where they were not assessed.
    """

    number: int
    tracking_uid: str
    series_instance_uid: str
    origin: LesionOrigin
    levels: tuple[str, ...]
    compartment: Compartment
    compartment_fractions: CompartmentFractions | None
    volume_mm3: float
    max_diameter_mm: float
    escc: EsccResult
    sins: SinsScore
    bone_quality: BoneQuality = BoneQuality.UNDETERMINED
    subregions: tuple[str, ...] | None = None

    @property
    def bone_only(self) -> bool:
        """Whether it is known to stay outside the canal: extradural with grade 0 at both ends."""
        ends = (self.escc.low, self.escc.high)
        return self.compartment is Compartment.EXTRADURAL and ends == (EsccGrade.G0, EsccGrade.G0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Everything that is said about a study; lesions worst first, levels cranial to caudal."""

    study_instance_uid: str
    levels: tuple[LevelFinding, ...]
    lesions: tuple[LesionFinding, ...]
    quality: tuple[QualityNote, ...]
    algorithm: AlgorithmIdentity
