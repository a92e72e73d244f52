"""Finding -> rows of one SR measurement group: codes, numbers and words by the tables of `domain.vocabulary`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from highdicom.sr import CodedConcept, FindingSite, Measurement, QualitativeEvaluation
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from spineseg.domain.escc import EsccResult
from spineseg.domain.findings import Findings, LesionFinding, LevelFinding
from spineseg.domain.labels import ANATOMY, VERTEBRA, VERTEBRA_VALUES
from spineseg.domain.labels import SACRUM as SACRUM_VALUE
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.domain.sins import SinsScore
from spineseg.domain.vocabulary import (
    ABSTENTION_REASONS,
    BONE_QUALITIES,
    BONE_QUALITY,
    COMPARTMENT,
    COMPARTMENTS,
    DECISIVE_POINT,
    ESCC_BAND,
    ESCC_BANDS,
    ESCC_GRADES,
    ESCC_HIGH,
    ESCC_LEVEL_OF_MAX,
    ESCC_LOW,
    ESCC_MAX_ANY_SLICE,
    ESCC_METRICS,
    ESCC_POINT,
    ESCC_REASON,
    LESION_COUNT,
    LESION_DETECTED,
    LESION_MEASUREMENTS,
    LESION_NUMBER,
    LESION_ORIGIN,
    LESION_ORIGINS,
    LEVEL,
    LEVEL_ASSUMED,
    LEVEL_BASIS,
    LEVEL_COUNT,
    LEVEL_MEASUREMENTS,
    NAMING_BASES,
    NO,
    NO_UNITS,
    NOT_EVALUATED,
    QUALITY,
    QUALITY_CODES,
    QUALITY_COUNT,
    SINS_CATEGORIES,
    SINS_CATEGORY,
    SINS_COMPONENTS,
    SINS_HIGH,
    SINS_LOW,
    SUBREGION,
    SUBREGIONS_ASSESSED,
    YES,
    Quantity,
)

Texts = list[tuple[Code, str]]

MINIMUM = codes.SCT.Minimum
MAXIMUM = codes.SCT.Maximum
# Where no lesion in the list does not mean that lesions were looked for.
_NOT_LOOKED_FOR = (QualityCode.LESIONS_NOT_ASSESSED, QualityCode.NO_SPINE_FOUND, QualityCode.SERIES_FAILED)


def summary_measurements(findings: Findings) -> list[Measurement]:
    """How many groups of each kind there are, so that a reader notices a loss."""
    counts = (
        (LEVEL_COUNT, len(findings.levels)),
        (LESION_COUNT, len(findings.lesions)),
        (QUALITY_COUNT, len(findings.quality)),
    )
    return [_number(concept, count, NO_UNITS) for concept, count in counts]


def summary_evaluations(findings: Findings) -> list[QualitativeEvaluation]:
    """Whether a lesion was detected, said in every report; "not evaluated" where nothing looked for one."""
    if findings.lesions:
        return [_answer(LESION_DETECTED, YES)]
    noted = {note.code for note in findings.quality}
    unsearched = QualityCode.NO_LESION_DETECTED not in noted and not noted.isdisjoint(_NOT_LOOKED_FOR)
    return [_answer(LESION_DETECTED, NOT_EVALUATED if unsearched else NO)]


def quality_evaluations(note: QualityNote) -> list[QualitativeEvaluation]:
    """The limitation as a code."""
    return [_answer(QUALITY, QUALITY_CODES[note.code])]


def level_measurements(level: LevelFinding) -> list[Measurement]:
    """Everything that was measured at a level."""
    return list(_quantities(level.measurements, LEVEL_MEASUREMENTS))


def level_evaluations(level: LevelFinding) -> list[QualitativeEvaluation]:
    """How far the level's name is known."""
    return [
        _answer(LEVEL_ASSUMED, YES if level.assumed else NO),
        _answer(LEVEL_BASIS, NAMING_BASES[level.basis]),
    ]


def level_texts(level: LevelFinding) -> Texts:
    """The level's own name."""
    return [(LEVEL, level.name)]


def lesion_measurements(lesion: LesionFinding) -> list[Measurement]:
    """Everything that was measured of a lesion."""
    values = {"volume_mm3": lesion.volume_mm3, "max_diameter_mm": lesion.max_diameter_mm}
    if (shares := lesion.compartment_fractions) is not None:
        values |= {
            "extradural_fraction": shares.extradural,
            "intradural_extramedullary_fraction": shares.intradural_extramedullary,
            "intramedullary_fraction": shares.intramedullary,
        }
    return list(
        chain(
            [_number(LESION_NUMBER, lesion.number, NO_UNITS)],
            _quantities(values, LESION_MEASUREMENTS),
            _quantities(lesion.escc.metrics, ESCC_METRICS),
            _decisive_point(lesion.escc),
            _sins(lesion.sins),
        )
    )


def lesion_evaluations(lesion: LesionFinding) -> list[QualitativeEvaluation]:
    """Every coded answer about a lesion; an optional answer that is not there is unknown."""
    escc = lesion.escc
    optional = (
        (ESCC_BAND, None if escc.band is None else ESCC_BANDS[escc.band]),
        (ESCC_REASON, None if escc.reason is None else ABSTENTION_REASONS[escc.reason]),
        (ESCC_MAX_ANY_SLICE, None if escc.max_any_slice is None else ESCC_GRADES[escc.max_any_slice]),
    )
    return [
        _answer(COMPARTMENT, COMPARTMENTS[lesion.compartment]),
        _answer(ESCC_POINT, ESCC_GRADES[escc.point]),
        _answer(ESCC_LOW, ESCC_GRADES[escc.low]),
        _answer(ESCC_HIGH, ESCC_GRADES[escc.high]),
        *(_answer(question, answer) for question, answer in optional if answer is not None),
        _answer(BONE_QUALITY, BONE_QUALITIES[lesion.bone_quality]),
        _answer(SINS_CATEGORY, SINS_CATEGORIES[lesion.sins.category]),
        _answer(SUBREGIONS_ASSESSED, NO if lesion.subregions is None else YES),
        _answer(LESION_ORIGIN, LESION_ORIGINS[lesion.origin]),
    ]


def lesion_texts(lesion: LesionFinding) -> Texts:
    """Names of a lesion's levels and of the parts of the vertebra that it involves, in their order."""
    decisive = lesion.escc.level_of_max
    return [
        *((LEVEL, name) for name in lesion.levels),
        *([] if decisive is None else [(ESCC_LEVEL_OF_MAX, decisive)]),
        *((SUBREGION, name) for name in lesion.subregions or ()),
    ]


def finding_sites(names: Sequence[str]) -> list[FindingSite]:
    """Sites of levels: the vertebra's own code, or "vertebra" where it has none or is not known."""
    return [FindingSite(anatomic_location=code) for code in dict.fromkeys(map(_site_code, names))]


def _site_code(name: str) -> Code:
    if name.startswith("S"):
        return ANATOMY[SACRUM_VALUE].code
    return ANATOMY[VERTEBRA_VALUES[name]].code if name in VERTEBRA_VALUES else VERTEBRA


def _quantities(values: Mapping[str, float], table: Mapping[str, Quantity]) -> Iterator[Measurement]:
    for key, value in values.items():
        yield _number(table[key].concept, float(value), table[key].unit)


def _decisive_point(escc: EsccResult) -> Iterator[Measurement]:
    if escc.decisive_point_mm is not None:
        for quantity, value in zip(DECISIVE_POINT, escc.decisive_point_mm, strict=True):
            yield _number(quantity.concept, float(value), quantity.unit)


def _sins(sins: SinsScore) -> Iterator[Measurement]:
    for component, points in sins.components.items():
        yield _number(SINS_COMPONENTS[component], points.low, NO_UNITS, derivation=MINIMUM)
        yield _number(SINS_COMPONENTS[component], points.high, NO_UNITS, derivation=MAXIMUM)
    yield _number(SINS_LOW, sins.low, NO_UNITS)
    yield _number(SINS_HIGH, sins.high, NO_UNITS)


def _number(concept: Code, value: float, unit: Code, derivation: Code | None = None) -> Measurement:
    return Measurement(name=_coded(concept), value=value, unit=_coded(unit), derivation=derivation)


def _answer(question: Code, answer: Code) -> QualitativeEvaluation:
    return QualitativeEvaluation(name=_coded(question), value=_coded(answer))


def _coded(code: Code) -> CodedConcept:
    return CodedConcept(value=code.value, meaning=code.meaning, scheme_designator=code.scheme_designator)
