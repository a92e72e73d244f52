"""Text of a rule file -> Rule of each entry; unknown fields are refused, every refusal names file, line, field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from spineseg.domain.recommendation import Layer, OptionStatus, Topic, Urgency
from spineseg.errors import RulesetError
from spineseg.treatment.conditions import Condition, Ends
from spineseg.treatment.facttable import histologies
from spineseg.treatment.parsing import ConditionRefusedError, parse_condition
from spineseg.treatment.records import LEAST, PATTERN, RecordRefusedError, read_record
from spineseg.treatment.rules import HISTOLOGY_LAYERS, Block, Conflict, Escalation, Rule, Strength
from spineseg.treatment.wording import text_mistake
from spineseg.treatment.yamlfile import Location, YamlFile, YamlMistakeError, nearest, parse_yaml

_Raw = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Escalation:
    urgency: Urgency
    when: _Raw


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    when: _Raw
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Conflict:
    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    id: str = field(metadata={PATTERN: r"[A-Z][A-Z0-9_-]*"})
    version: str | None = None
    date: dt.date | None = None
    layer: Layer
    topic: Topic
    status: Literal["alert", "option", "avoid", "ask", "info"]
    urgency: Urgency
    urgency_if: tuple[_Escalation, ...] = ()
    ends: Ends | None = None
    when: _Raw
    blocked_by: tuple[_Block, ...] = ()
    overrides: tuple[str, ...] = ()
    conflicts: tuple[_Conflict, ...] = ()
    holds: tuple[Layer, ...] = ()
    offers: tuple[str, ...] = ()
    text: str = field(metadata={LEAST: 1})
    strength: Strength
    sources: tuple[str, ...] = field(metadata={LEAST: 1})
    correction: str = ""
    verified: bool = False
    needs_histology: bool | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tables:
    radiosensitivity: dict[str, Literal["sensitive", "intermediate", "resistant"]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tightening:
    rule: str
    blocked_by: tuple[_Block, ...] = field(metadata={LEAST: 1})


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    version: str
    date: dt.date
    approved_by: str | None = None
    rules: tuple[_Entry, ...] = ()
    tighten: tuple[_Tightening, ...] = ()
    tables: _Tables = _Tables()


class RuleFile:
    """A rule file read and checked by itself; what it has to do with other rules is checked by the ruleset.

    Parameters
    ----------
    name
        Name for the messages.
    site
        Whether it is a site's own: only such a file may tighten rules and replace rows of tables.
    """

    def __init__(self, text: str, name: str, *, site: bool = False) -> None:
        self.name = name
        self._yaml = self._parse(text)
        self._content = self._validate(site=site)
        self.rules = tuple(self._rule(entry, number, site=site) for number, entry in enumerate(self._content.rules))
        self.radiosensitivity: Mapping[str, str] = dict(self._content.tables.radiosensitivity)
        self.tightened = tuple(
            (one.rule, self._blocks(one.blocked_by, ("tighten", number, "blocked_by")))
            for number, one in enumerate(self._content.tighten)
        )

    def refuse(self, what: str, place: Location, remedy: str = "") -> RulesetError:
        """The error for something wrong at a place of the file."""
        line = self._yaml.line_of(place)
        fields = ".".join(str(part) for part in place)
        where = f"{self.name}{f', line {line}' if line else ''}{f', {fields}' if fields else ''}"
        return RulesetError(what, where, remedy)

    def _parse(self, text: str) -> YamlFile:
        try:
            return parse_yaml(text)
        except YamlMistakeError as error:
            line = f", line {error.line}" if error.line else ""
            raise RulesetError(error.what, f"{self.name}{line}", error.remedy) from error

    def _validate(self, *, site: bool) -> _File:
        try:
            content = read_record(_File, self._yaml.content)
        except RecordRefusedError as error:
            raise self.refuse(error.what, error.place, error.remedy) from error
        unknown = [name for name in content.tables.radiosensitivity if name not in histologies()]
        if unknown:
            place = ("tables", "radiosensitivity", unknown[0])
            raise self.refuse(f"{unknown[0]} is not a histology", place, nearest(unknown[0], tuple(histologies())))
        if site and not content.approved_by:
            raise self.refuse("a site's own rules name who approved them", (), "add approved_by")
        return content

    def _rule(self, entry: _Entry, number: int, *, site: bool) -> Rule:
        place: Location = ("rules", number)
        mistake = text_mistake(entry.text)
        if mistake:
            raise self.refuse(mistake, (*place, "text"), "see the wording rules of docs/treatment_rules.md")
        status = OptionStatus(entry.status)
        option = status is OptionStatus.OPTION
        wanted = option and entry.layer in HISTOLOGY_LAYERS
        return Rule(
            id=entry.id,
            file=self.name,
            version=entry.version or self._content.version,
            date=entry.date or self._content.date,
            layer=entry.layer,
            topic=entry.topic,
            status=status,
            urgency=entry.urgency,
            ends=entry.ends or (Ends.BOTH if option else Ends.WORST),
            when=self._condition(entry.when, (*place, "when")),
            text=" ".join(entry.text.split()),
            strength=entry.strength,
            sources=entry.sources,
            verified=entry.verified,
            escalations=self._escalations(entry.urgency_if, (*place, "urgency_if")),
            blocked_by=self._blocks(entry.blocked_by, (*place, "blocked_by")),
            overrides=entry.overrides,
            conflicts=tuple(Conflict(rule_id=one.rule, reason=one.reason) for one in entry.conflicts),
            holds=entry.holds,
            offers=entry.offers,
            correction=" ".join(entry.correction.split()),
            note=" ".join(entry.note.split()),
            needs_histology=wanted if entry.needs_histology is None else entry.needs_histology,
            site=site,
        )

    def _condition(self, raw: _Raw, place: Location) -> Condition:
        try:
            return parse_condition(raw, place)
        except ConditionRefusedError as error:
            raise self.refuse(error.what, error.place) from error

    def _escalations(self, entries: Sequence[_Escalation], place: Location) -> tuple[Escalation, ...]:
        return tuple(
            Escalation(urgency=one.urgency, when=self._condition(one.when, (*place, number, "when")))
            for number, one in enumerate(entries)
        )

    def _blocks(self, entries: Sequence[_Block], place: Location) -> tuple[Block, ...]:
        return tuple(
            Block(when=self._condition(one.when, (*place, number, "when")), text=one.text)
            for number, one in enumerate(entries)
        )
