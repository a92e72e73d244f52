"""Finding -> rows of one SR measurement group: codes, numbers and words by the tables of the vocabulary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from highdicom.sr import (
    FindingSite,
    Measurement,
    QualitativeEvaluation,
    TextContentItem,
    UIDRefContentItem,
)
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from spineseg.domain import vocabulary as words
from spineseg.domain.escc import EsccResult, LevelGrade
from spineseg.domain.findings import LesionFinding, LevelFinding
from spineseg.domain.labels import ANATOMY, VERTEBRA, VERTEBRA_VALUES
from spineseg.domain.labels import SACRUM as SACRUM_VALUE
from spineseg.domain.vocabulary import NO, NO_UNITS, YES
from spineseg.reporting.sr_extent_rows import extent_evaluations, prior_evaluations, prior_measurements
from spineseg.reporting.sr_items import answer, code_property, number, numbers, text, text_property, uid
from spineseg.reporting.sr_sins_rows import sins_evaluations, sins_measurements, sins_series


def level_measurements(level: LevelFinding) -> list[Measurement]:
    """Everything that was measured at a level."""
    return list(numbers(level.measurements, words.LEVEL_MEASUREMENTS))


def level_evaluations(level: LevelFinding) -> list[QualitativeEvaluation]:
    """How far the level's name is known."""
    return [
        answer(words.LEVEL_ASSUMED, YES if level.assumed else NO),
        answer(words.LEVEL_BASIS, words.NAMING_BASES[level.basis]),
    ]


def level_texts(level: LevelFinding) -> list[TextContentItem]:
    """The level's own name, and those that a relative one may stand for."""
    return [text(words.LEVEL, level.name), *(text(words.LEVEL_CANDIDATE, name) for name in level.candidates)]


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
            [number(words.LESION_NUMBER, lesion.number, NO_UNITS)],
            numbers(values, words.LESION_MEASUREMENTS),
            numbers(lesion.escc.metrics, words.ESCC_METRICS),
            _decisive_point(lesion.escc),
            sins_measurements(lesion.sins),
            prior_measurements(lesion.prior),
        )
    )


def lesion_evaluations(lesion: LesionFinding) -> list[QualitativeEvaluation]:
    """Every coded answer about a lesion; an optional answer that is not there is unknown."""
    return [
        answer(words.COMPARTMENT, words.COMPARTMENTS[lesion.compartment]),
        *_escc_answers(lesion.escc),
        answer(words.BONE_QUALITY, words.BONE_QUALITIES[lesion.bone_quality]),
        *sins_evaluations(lesion.sins),
        *extent_evaluations(lesion),
        *prior_evaluations(lesion.prior),
        answer(words.LESION_ORIGIN, words.LESION_ORIGINS[lesion.origin]),
    ]


def lesion_texts(lesion: LesionFinding) -> list[TextContentItem]:
    """Names of a lesion's levels, in their order, and of the one that decided."""
    decisive = lesion.escc.level_of_max
    return [
        *(text(words.LEVEL, name) for name in lesion.levels),
        *([] if decisive is None else [text(words.ESCC_LEVEL_OF_MAX, decisive)]),
    ]


def lesion_uids(lesion: LesionFinding) -> list[UIDRefContentItem]:
    """Series of what was not measured on the lesion's own."""
    bone = lesion.bone_series_instance_uid
    return [*sins_series(lesion.sins), *([] if bone is None else [uid(words.BONE_SERIES, bone)])]


def finding_sites(names: Sequence[str]) -> list[FindingSite]:
    """Sites of levels: the vertebra's own code, or "vertebra" where it has none or is not known."""
    return [FindingSite(anatomic_location=code) for code in dict.fromkeys(map(_site_code, names))]


def _site_code(name: str) -> Code:
    if name.startswith("S"):
        return ANATOMY[SACRUM_VALUE].code
    return ANATOMY[VERTEBRA_VALUES[name]].code if name in VERTEBRA_VALUES else VERTEBRA


def _escc_answers(escc: EsccResult) -> Iterator[QualitativeEvaluation]:
    yield answer(words.ESCC_POINT, words.ESCC_GRADES[escc.point])
    yield answer(words.ESCC_LOW, words.ESCC_GRADES[escc.low])
    yield answer(words.ESCC_HIGH, words.ESCC_GRADES[escc.high])
    if escc.band is not None:
        yield answer(words.ESCC_BAND, words.ESCC_BANDS[escc.band])
    if escc.reason is not None:
        yield answer(words.ESCC_REASON, words.ABSTENTION_REASONS[escc.reason])
    if escc.max_any_slice is not None:
        yield answer(words.ESCC_MAX_ANY_SLICE, words.ESCC_GRADES[escc.max_any_slice])
    yield from map(_level_grade, escc.levels)


def _level_grade(grade: LevelGrade) -> QualitativeEvaluation:
    """The point grade at a level, its site, name, bounds and reason under it."""
    reason = grade.reason
    return answer(
        words.ESCC_AT_LEVEL,
        words.ESCC_GRADES[grade.point],
        under=(
            *finding_sites((grade.level,)),
            text_property(words.LEVEL, grade.level),
            code_property(words.ESCC_LOW, words.ESCC_GRADES[grade.low]),
            code_property(words.ESCC_HIGH, words.ESCC_GRADES[grade.high]),
            *([] if reason is None else [code_property(words.ESCC_REASON, words.ABSTENTION_REASONS[reason])]),
        ),
    )


def _decisive_point(escc: EsccResult) -> Iterator[Measurement]:
    if escc.decisive_point_mm is not None:
        for quantity, value in zip(words.DECISIVE_POINT, escc.decisive_point_mm, strict=True):
            yield number(quantity.concept, value, quantity.unit)


def comment(sentence: str) -> TextContentItem:
    """A sentence for whoever reads only this group."""
    return text(codes.DCM.Comment, sentence)


def series(series_instance_uid: str) -> UIDRefContentItem:
    """Series that a group speaks of."""
    return uid(codes.DCM.SeriesInstanceUID, series_instance_uid)
