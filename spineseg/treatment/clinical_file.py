"""YAML file of facts -> ClinicalContext, and the commented form to fill in; refusals name line and nearest word."""

from __future__ import annotations

import textwrap
from datetime import date, datetime
from pathlib import Path
from typing import Any

from spineseg.domain.clinical import ClinicalContext, Fact, Provenance
from spineseg.domain.recommendation import Topic
from spineseg.errors import SettingsError
from spineseg.treatment.facttable import FactSpec, FactType, fact_table
from spineseg.treatment.values import ValueRefusedError, check_value
from spineseg.treatment.yamlfile import Location, YamlFile, YamlMistakeError, nearest, parse_yaml

UNKNOWN = "unknown"
# Keys beside the facts: when and by whom all of them were stated.
_ABOUT_ALL = ("observed_at", "verified_by")
_ABOUT_ONE = ("value", *_ABOUT_ALL)
_HEAD = """\
# What only the clinic knows, for `spineseg recommend REPORT.dcm --clinical THIS_FILE`.
# "unknown" (or no line at all) means unknown: it is never taken for "no" and never for a default.
# A fact may also be written with its time and its author:
#   clin.neuro_deficit: {value: myelopathy, observed_at: 2026-11-22T08:30, verified_by: initials}
# Research use only. Not a medical device. Enter nothing here that names the patient.

# When and by whom all facts of this file were stated, where they do not say so themselves.
observed_at: unknown
verified_by: unknown
"""
_TITLES = {
    Topic.LOCATION: "L: location, levels, images",
    Topic.MECHANICAL: "M: mechanical stability and pain",
    Topic.NEUROLOGY: "N: neurology",
    Topic.ONCOLOGY: "O: oncology",
    Topic.PATIENT: "P: patient, wishes, prognosis, prior therapy",
}
_WIDTH = 116  # columns


def read_clinical(path: Path) -> ClinicalContext:
    """Facts of a file; those absent or `unknown` have no entry.

    Raises
    ------
    SettingsError
        The file cannot be read, or a key or a value is not allowed: line and nearest allowed one.
    """
    try:
        file = parse_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError("the facts cannot be read", str(path), "see `spineseg facts --template`") from error
    except YamlMistakeError as error:
        where = f"{path}, line {error.line}" if error.line else str(path)
        raise SettingsError(error.what, where, "see `spineseg facts --template`") from error
    return _Form(path, file).context()


class _Form:
    """A parsed file of facts, with its name and its lines for the refusals."""

    def __init__(self, path: Path, file: YamlFile) -> None:
        self._path = path
        self._file = file

    def context(self) -> ClinicalContext:
        content = {} if self._file.content is None else self._file.content
        if not isinstance(content, dict):
            raise self._refuse("facts are lines of the form name: value", (), "see `spineseg facts --template`")
        about = self._about(content, ())
        facts = {}
        for name, raw in content.items():
            if name in _ABOUT_ALL:
                continue
            fact = self._fact(self._spec(name), raw, about)
            if fact is not None:
                facts[fact.name] = fact
        return ClinicalContext(facts=facts)

    def _spec(self, name: Any) -> FactSpec:
        table = fact_table()
        allowed = tuple(spec.name for spec in table.values() if spec.from_clinic)
        if name not in table:
            raise self._refuse(f"{name} is not a fact", (str(name),), nearest(name, (*allowed, *_ABOUT_ALL)))
        if name not in allowed:
            raise self._refuse(f"{name} comes from the report or from other facts", (name,), "leave the line out")
        return table[name]

    def _fact(self, spec: FactSpec, raw: Any, about: dict[str, Any]) -> Fact | None:
        place: Location = (spec.name,)
        if isinstance(raw, dict):
            strange = [key for key in raw if key not in _ABOUT_ONE]
            if strange:
                raise self._refuse(
                    f"{strange[0]} is not known", (*place, str(strange[0])), nearest(strange[0], _ABOUT_ONE)
                )
            about = {**about, **self._about(raw, place)}
            raw = raw.get("value")
        if raw is None or raw == UNKNOWN:
            return None
        try:
            value = check_value(spec, raw)
        except ValueRefusedError as error:
            raise self._refuse(f"{_shown(raw)} is not a value of {spec.name}", place, str(error)) from error
        return Fact(name=spec.name, value=value, provenance=Provenance.CLINICIAN, unit=spec.unit or None, **about)

    def _about(self, raw: dict[Any, Any], place: Location) -> dict[str, Any]:
        found: dict[str, Any] = {}
        moment, reader = (raw.get(key) for key in _ABOUT_ALL)
        if moment not in (None, UNKNOWN):
            found["observed_at"] = self._moment(moment, (*place, "observed_at"))
        if reader not in (None, UNKNOWN):
            found["verified_by"] = str(reader)
        return found

    def _moment(self, raw: Any, place: Location) -> datetime:
        if isinstance(raw, datetime):
            return raw
        try:
            return datetime.fromisoformat(raw.isoformat() if isinstance(raw, date) else str(raw))
        except ValueError as error:
            raise self._refuse(f"{_shown(raw)} is not a time", place, "write 2026-11-22T08:30") from error

    def _refuse(self, what: str, place: Location, remedy: str) -> SettingsError:
        line = self._file.line_of(place) if place else None
        return SettingsError(what, f"{self._path}{f', line {line}' if line else ''}", remedy)


def facts_template() -> str:
    """The form: every question with its allowed values and why it is asked; every answer is `unknown`."""
    specs = [spec for spec in fact_table().values() if spec.from_clinic]
    blocks = [_HEAD]
    for topic, title in _TITLES.items():
        chosen = [spec for spec in specs if spec.topic is topic]
        blocks.append(f"\n# ---- {title}\n")
        blocks.extend(_entry(spec) for spec in chosen)
    return "".join(blocks)


def _entry(spec: FactSpec) -> str:
    several = ", or several as [a, b]" if spec.type.several else ""
    quoted = " (in quotes)" if spec.type is FactType.RANGE else ""
    lines = [
        spec.question or spec.label,
        f"allowed: {', '.join(spec.choices())}{several}{quoted}",
        f"why: {spec.why}",
    ]
    if spec.per_lesion:
        lines.append("about the worst lesion, as a person reads the images")
    wrapped = [part for line in lines for part in textwrap.wrap(line, _WIDTH, subsequent_indent="  ")]
    return "\n" + "".join(f"# {line}\n" for line in wrapped) + f"{spec.name}: {UNKNOWN}\n"


def _shown(raw: Any) -> str:
    return "true" if raw is True else "false" if raw is False else str(raw)
