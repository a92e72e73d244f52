"""facts.yaml -> FactSpec of every fact: type, allowed values, unit, who may state it and why it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any

from spineseg.domain.clinical import Provenance
from spineseg.domain.recommendation import Topic
from spineseg.treatment.resources import read_yaml


class FactType(StrEnum):
    """Kind of the value of a fact."""

    BOOL = "bool"
    CHOICE = "choice"
    CHOICES = "choices"
    NUMBER = "number"
    RANGE = "range"
    GRADE = "grade"
    TEXT = "text"
    LEVELS = "levels"
    NAMES = "names"

    @property
    def ordered(self) -> bool:
        """Whether its values have an order, so that `at_least` means something."""
        return self in (FactType.NUMBER, FactType.RANGE, FactType.GRADE)

    @property
    def several(self) -> bool:
        """Whether several of its values may hold at once."""
        return self in (FactType.CHOICES, FactType.LEVELS, FactType.NAMES)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactSpec:
    """One row of the table.

    Parameters
    ----------
    question
        What the clinic is asked; empty where it cannot answer.
    worst_is_low
        Whether safety rules take the low end of a range.
    base
        Facts that a derived one follows from: they are asked in its place.
    when
        Condition as in the YAML, of a derived yes/no fact.
    """

    name: str
    type: FactType
    label: str
    why: str
    topic: Topic
    provenance: tuple[Provenance, ...]
    question: str = ""
    allowed: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    per_lesion: bool = False
    worst_is_low: bool = False
    base: tuple[str, ...] = ()
    when: Mapping[str, Any] | None = None

    @property
    def from_clinic(self) -> bool:
        """Whether the form of facts takes it."""
        return Provenance.CLINICIAN in self.provenance

    def choices(self) -> tuple[str, ...]:
        """Allowed values in words, for the form and for questions."""
        if self.type is FactType.BOOL:
            return ("true", "false")
        if self.allowed:
            return self.allowed
        if self.type is FactType.RANGE:
            return (f"a number of {self.unit}", "<3", "3-6", ">6")
        if self.type is FactType.NUMBER:
            return (f"{self.minimum:g} to {self.maximum:g}{' ' + self.unit if self.unit else ''}",)
        return ("C1 to S5",) if self.type is FactType.LEVELS else ("free text",)


@cache
def histologies() -> Mapping[str, Mapping[str, str]]:
    """Rows of the table of histologies: label, and radiosensitivity where the table has one."""
    return MappingProxyType(read_yaml("tables", "histology.yaml").content["rows"])


@cache
def fact_table() -> Mapping[str, FactSpec]:
    """Every fact by name, in the order of the table."""
    rows = read_yaml("facts.yaml").content["facts"]
    return MappingProxyType({row["name"]: _spec(row) for row in rows})


def _spec(row: Mapping[str, Any]) -> FactSpec:
    allowed = histologies() if row.get("allowed_from") == "histology" else row.get("allowed", ())
    return FactSpec(
        name=row["name"],
        type=FactType(row["type"]),
        label=row["label"],
        why=row["why"],
        topic=Topic(row["topic"]),
        provenance=tuple(Provenance(one) for one in row["provenance"]),
        question=row.get("ask", ""),
        allowed=tuple(allowed),
        minimum=row.get("min"),
        maximum=row.get("max"),
        unit=row.get("unit", ""),
        per_lesion=row.get("scope") == "lesion",
        worst_is_low=row.get("worst") == "low",
        base=tuple(row.get("from", ())),
        when=row.get("when"),
    )
