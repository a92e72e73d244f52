"""Facts of the clinic <-> form: questions with their fields, fields -> ClinicalContext, and its YAML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import yaml

from spineseg.domain.clinical import ClinicalContext, Fact, Provenance
from spineseg.domain.recommendation import Recommendation, Topic
from spineseg.service.web.desk import Form
from spineseg.treatment.facttable import FactSpec, FactType, fact_table
from spineseg.treatment.values import ValueRefusedError, check_value

UNKNOWN = "unknown"
_YES, _NO = "true", "false"
_FIRST = 6  # questions that stand above all others, those that decide most [P]
_LONGEST_TEXT = 300  # characters of one answer [P]
_TITLES = {
    Topic.NEUROLOGY: "Neurology",
    Topic.MECHANICAL: "Stability and pain",
    Topic.ONCOLOGY: "Oncology",
    Topic.PATIENT: "Patient, wishes, earlier therapy",
    Topic.LOCATION: "Location and images, as a person reads them",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One question.

    Parameters
    ----------
    kind
        "select", "boxes" or "text".
    choices
        (value, words) of each answer, "unknown" among those of a select.
    chosen
        Values that are set.
    decides
        How many entries wait for the answer.
    """

    name: str
    question: str
    why: str
    kind: str
    choices: tuple[tuple[str, str], ...]
    chosen: tuple[str, ...]
    hint: str
    decides: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What a form says.

    Parameters
    ----------
    refused
        Question and what is allowed, of every answer that cannot be used.
    """

    clinical: ClinicalContext
    refused: tuple[tuple[str, str], ...]


def fields_by_group(
    clinical: ClinicalContext, recommendation: Recommendation
) -> tuple[tuple[str, tuple[Field, ...]], ...]:
    """Every question once, under a heading: those that decide most first, then by topic."""
    decides = {question.fact: len(question.decides) for question in recommendation.questions}
    specs = {name: spec for name, spec in fact_table().items() if spec.from_clinic}
    first = [name for name in decides if name in specs][:_FIRST]
    groups = [("Asked first: these decide most", first)]
    groups += [
        (title, [name for name, spec in specs.items() if spec.topic is topic and name not in first])
        for topic, title in _TITLES.items()
    ]
    return tuple(
        (title, tuple(_field(specs[name], clinical.get(name), decides.get(name, 0)) for name in names))
        for title, names in groups
        if names
    )


def read_form(form: Form, before: ClinicalContext, *, now: datetime, who: str) -> Filled:
    """Facts that a form states; what it leaves at unknown is unknown.

    Parameters
    ----------
    before
        Facts as kept: one that the form does not change keeps its time and author.
    """
    facts: dict[str, Fact] = {}
    refused = []
    for spec in fact_table().values():
        answers = tuple(one.strip() for one in form.get(spec.name, ()) if one.strip() not in ("", UNKNOWN))
        if not spec.from_clinic or not answers:
            continue
        try:
            value = check_value(spec, _raw(spec, answers))
        except ValueRefusedError as error:
            refused.append((spec.question or spec.label, str(error)))
            continue
        former = before.get(spec.name)
        same = former is not None and former.value == value
        facts[spec.name] = former if former is not None and same else Fact(
            name=spec.name, value=value, provenance=Provenance.CLINICIAN, unit=spec.unit or None, observed_at=now,
            verified_by=who,
        )  # fmt: skip
    return Filled(clinical=ClinicalContext(facts=facts), refused=tuple(refused))


def to_yaml(clinical: ClinicalContext) -> str:
    """Facts as `treatment.read_clinical` reads them."""
    content: dict[str, Mapping[str, Any]] = {}
    for name, fact in clinical.facts.items():
        entry: dict[str, Any] = {"value": list(fact.value) if isinstance(fact.value, tuple) else fact.value}
        if fact.observed_at is not None:
            entry["observed_at"] = fact.observed_at.isoformat()
        if fact.verified_by is not None:
            entry["verified_by"] = fact.verified_by
        content[name] = entry
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False)


def _raw(spec: FactSpec, answers: Sequence[str]) -> Any:
    """Answers of a form in the types of YAML."""
    text = answers[-1]
    if any(len(one) > _LONGEST_TEXT or not one.isprintable() for one in answers):
        raise ValueRefusedError(f"allowed: one line of at most {_LONGEST_TEXT} characters")
    if spec.type is FactType.BOOL:
        return {_YES: True, _NO: False}.get(text, text)
    if spec.type is FactType.CHOICES:
        return list(answers)
    if spec.type.several:
        return [one for one in text.replace(",", " ").split() if one]
    if spec.type in (FactType.NUMBER, FactType.RANGE):
        return _number(text)
    return text


def _number(text: str) -> float | int | str:
    try:
        return int(text) if text.isascii() and text.isdecimal() else float(text.replace(",", "."))
    except ValueError:
        return text


def _field(spec: FactSpec, fact: Fact | None, decides: int) -> Field:
    choices = {FactType.BOOL: (_YES, _NO), FactType.CHOICE: spec.allowed, FactType.GRADE: spec.allowed}.get(spec.type)
    boxes = spec.type is FactType.CHOICES
    shown = choices or (spec.allowed if boxes else ())
    words = tuple((one, {_YES: "yes", _NO: "no"}.get(one, one.replace("_", " "))) for one in shown)
    return Field(
        name=spec.name,
        question=spec.question or spec.label,
        why=spec.why,
        kind="boxes" if boxes else "select" if choices else "text",
        choices=((UNKNOWN, "not known"), *words) if choices else words,
        chosen=_chosen(fact),
        hint="" if words else ", ".join(spec.choices()),
        decides=decides,
    )


def _chosen(fact: Fact | None) -> tuple[str, ...]:
    if fact is None:
        return ()
    if isinstance(fact.value, bool):
        return (_YES if fact.value else _NO,)
    return fact.value if isinstance(fact.value, tuple) else (str(fact.value),)
