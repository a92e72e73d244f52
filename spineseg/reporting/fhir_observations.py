"""Findings -> FHIR R4 observations of each lesion (level, compartment, ESCC, SINS, volume); unknown is absent data."""

from __future__ import annotations

from collections.abc import Iterator

from spineseg.domain import vocabulary as words
from spineseg.domain.escc import ESCC_RANK, EsccGrade
from spineseg.domain.findings import Compartment, LesionFinding
from spineseg.domain.sins import SinsComponent, SinsScore
from spineseg.reporting.fhir_parts import (
    FhirContext,
    Resource,
    absent,
    concept,
    imaging_category,
    quantity,
    text_concept,
    uid_identifier,
)
from spineseg.reporting.wording import NOT_KNOWN, READER_AGREEMENT, grade_text, levels_text, reason_text

Named = tuple[str, Resource]


def lesion_observations(context: FhirContext) -> Iterator[Named]:
    """Kind and resource of every observation; the group of a lesion follows its members."""
    for rank, lesion in enumerate(context.findings.lesions, start=1):
        answers = {
            "level": _level(lesion, context),
            "compartment": _compartment(lesion),
            "escc": _escc(lesion),
            "sins": _sins(lesion.sins),
            "volume": _volume(lesion),
        }
        members = [(f"lesion {rank} {name}", _observation(answer, lesion, context)) for name, answer in answers.items()]
        yield from members
        group: Resource = {
            "identifier": [uid_identifier(lesion.tracking_uid)],
            "code": concept(words.NEOPLASM, f"Suspected lesion {rank}"),
            "hasMember": [context.reference(kind) for kind, _ in members],
        }
        yield f"lesion {rank}", _observation(group, lesion, context)


def _observation(answer: Resource, lesion: LesionFinding, context: FhirContext) -> Resource:
    fixed: Resource = {
        "resourceType": "Observation",
        "category": imaging_category(),
        "bodySite": text_concept(levels_text(lesion, context.findings)),
        "device": context.reference("device"),
    }
    return {**fixed, **context.common(), **answer}


def _level(lesion: LesionFinding, context: FhirContext) -> Resource:
    code = {"code": concept(words.LEVEL)}
    if not lesion.levels:
        return {**code, "dataAbsentReason": absent("unknown", f"level {NOT_KNOWN}")}
    return {**code, "valueCodeableConcept": text_concept(levels_text(lesion, context.findings))}


def _compartment(lesion: LesionFinding) -> Resource:
    code = {"code": concept(words.COMPARTMENT)}
    answer = words.COMPARTMENTS[lesion.compartment]
    if lesion.compartment is Compartment.UNDETERMINED:
        return {**code, "dataAbsentReason": absent("unknown", str(answer.meaning))}
    return {**code, "valueCodeableConcept": concept(answer)}


def _escc(lesion: LesionFinding) -> Resource:
    escc = lesion.escc
    ends = ((words.ESCC_LOW, escc.low), (words.ESCC_HIGH, escc.high))
    components = [{"code": concept(question), **_grade(grade, grade_text(escc))} for question, grade in ends]
    if escc.reason is not None:
        reason = concept(words.ABSTENTION_REASONS[escc.reason])
        components.append({"code": concept(words.ESCC_REASON), "valueCodeableConcept": reason})
    reasoned = f"{grade_text(escc)}. {reason_text(escc)}".rstrip(". ")
    return {
        "code": concept(words.ESCC_POINT),
        **_grade(escc.point, reasoned),
        "component": components,
        "note": [{"text": f"{reasoned}; {READER_AGREEMENT}."}],
    }


def _grade(grade: EsccGrade, why: str) -> Resource:
    """A grade of the scale as a value; everything else as absent data, never as grade 0."""
    if grade in ESCC_RANK:
        return {"valueCodeableConcept": concept(words.ESCC_GRADES[grade])}
    reason = "not-applicable" if grade is EsccGrade.NOT_APPLICABLE else "unknown"
    return {"dataAbsentReason": absent(reason, why)}


def _sins(sins: SinsScore) -> Resource:
    components: list[Resource] = [
        {
            "code": concept(words.SINS_COMPONENTS[name]),
            "valueRange": _points(sins.range_of(name).low, sins.range_of(name).high),
        }
        for name in SinsComponent
    ]
    category = {"valueCodeableConcept": concept(words.SINS_CATEGORIES[sins.category])}
    components.append({"code": concept(words.SINS_CATEGORY), **category})
    return {
        "code": text_concept("Spinal Instability Neoplastic Score, range that the images allow"),
        "valueRange": _points(sins.low, sins.high),
        "component": components,
    }


def _points(low: int, high: int) -> Resource:
    return {"low": quantity(low, words.NO_UNITS, "points"), "high": quantity(high, words.NO_UNITS, "points")}


def _volume(lesion: LesionFinding) -> Resource:
    measured = words.LESION_MEASUREMENTS["volume_mm3"]
    return {"code": concept(measured.concept), "valueQuantity": quantity(round(lesion.volume_mm3, 1), measured.unit)}
