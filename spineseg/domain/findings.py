"""What was found, graded and doubted -> Findings: the content of SR, findings.json and truth.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.basis import NamingBasis
from spineseg.domain.escc import ESCC_RANK, EsccGrade, EsccResult
from spineseg.domain.quality import QualityNote
from spineseg.domain.sins import SinsScore


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
    candidates
        Names that a relative one may stand for, likeliest first; empty where nothing tells, or the name is known.
    """

    name: str
    assumed: bool
    basis: NamingBasis
    series_instance_uid: str
    measurements: Mapping[str, float] = field(default_factory=dict)
    candidates: tuple[str, ...] = ()


class Change(StrEnum):
    """What became of a lesion since the prior study; a change below the measurement's doubt is stable."""

    NEW = "new"
    GROWN = "grown"
    STABLE = "stable"
    SHRUNK = "shrunk"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorComparison:
    """One lesion against the prior study.

    Parameters
    ----------
    volume_change_pct, volume_doubt_pct : [%]
        Change of the volume against the prior one, and its doubt from the voxel sizes of both; None for a new lesion.
    grade_change
        Steps of ESCC from the prior point grade to this one; None where one of them is not known.
    """

    change: Change
    prior_volume_mm3: float | None = None
    volume_change_pct: float | None = None
    volume_doubt_pct: float | None = None
    prior_escc_point: EsccGrade | None = None
    grade_change: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VanishedLesion:
    """A lesion of the prior study that is not found any more; its place must be in view to say so."""

    tracking_uid: str
    levels: tuple[str, ...]
    prior_volume_mm3: float


class CorrectedItem(StrEnum):
    """What a person may correct of a lesion in a report; `LESION`: whether it is one at all."""

    LESION = "lesion"
    ESCC = "escc"
    COMPARTMENT = "compartment"
    LEVEL = "level"
    SINS_LOCATION = "sins.location"
    SINS_PAIN = "sins.pain"
    SINS_BONE_LESION = "sins.bone_lesion"
    SINS_ALIGNMENT = "sins.alignment"
    SINS_COLLAPSE = "sins.collapse"
    SINS_POSTEROLATERAL = "sins.posterolateral"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a person changed: the lesion's other fields hold the new value.

    Parameters
    ----------
    before
        Former value in words: "2 (range 1c to 2)".
    corrected_by
        Name of the person, as DICOM writes names.
    """

    item: CorrectedItem
    before: str
    corrected_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedLesion:
    """What a person says is no lesion.

    Parameters
    ----------
    levels
        Cranial to caudal.
    rejection
        Who said so, and what stood there before.
    """

    tracking_uid: str
    levels: tuple[str, ...]
    rejection: Correction


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
        Parts of the vertebra that it involves, `domain.vocabulary.SUBREGIONS`; None where they were not assessed.
    wbb_sectors
        Sectors of Weinstein, Boriani, Biagini in the SOSG numbering (clinical.md section 3.3); None if not assessed.
    wbb_layers
        Layers "A" to "E"; None where they were not assessed.
    tomita_type
        1 to 7; None where it was not assessed.
    bone_series_instance_uid
        CT that the bone quality was measured on; None without one.
    prior
        None without a prior study.
    corrections
        What persons changed, oldest first; empty in a report that no person has corrected.
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
    wbb_sectors: tuple[int, ...] | None = None
    wbb_layers: tuple[str, ...] | None = None
    tomita_type: int | None = None
    bone_series_instance_uid: str | None = None
    prior: PriorComparison | None = None
    corrections: tuple[Correction, ...] = ()

    @property
    def bone_only(self) -> bool:
        """Whether it is known to stay outside the canal: extradural with grade 0 at both ends."""
        ends = (self.escc.low, self.escc.high)
        return self.compartment is Compartment.EXTRADURAL and ends == (EsccGrade.G0, EsccGrade.G0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Everything that is said about a study; lesions worst first, levels cranial to caudal.

    Parameters
    ----------
    prior_study_instance_uid
        Study that it was compared with; None where it was compared with none.
    vanished
        Lesions of the prior study that are gone.
    rejected
        What the program took for a lesion and a person does not.
    """

    study_instance_uid: str
    levels: tuple[LevelFinding, ...]
    lesions: tuple[LesionFinding, ...]
    quality: tuple[QualityNote, ...]
    algorithm: AlgorithmIdentity
    prior_study_instance_uid: str | None = None
    vanished: tuple[VanishedLesion, ...] = ()
    rejected: tuple[RejectedLesion, ...] = ()


def severity(lesion: LesionFinding) -> tuple[int, int, float]:
    """Sorting key, worst last: upper end of ESCC (an unknown one counts as worst), point, volume."""
    high, point = (ESCC_RANK.get(grade) for grade in (lesion.escc.high, lesion.escc.point))
    if lesion.escc.high is EsccGrade.UNDETERMINED:
        high = ESCC_RANK[EsccGrade.G3]
    return (-1 if high is None else high, -1 if point is None else point, lesion.volume_mm3)
