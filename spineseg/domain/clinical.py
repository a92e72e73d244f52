"""What only the clinic knows -> ClinicalContext: named facts, each known with its origin or unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

FactValue = bool | int | float | str | tuple[str, ...]


class Provenance(StrEnum):
    """Where a fact comes from."""

    SR = "sr"
    CLINICIAN = "clinician"
    DERIVED = "derived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A known fact. One that is not known has no `Fact`: unknown is never false and never a default.

    Parameters
    ----------
    name
        As in `treatment/facts.yaml`, for example "clin.neuro_deficit".
    value
        One of the allowed values; a tuple where several may hold at once; "<3", "3-6", ">6" for a range.
    """

    name: str
    value: FactValue
    provenance: Provenance
    unit: str | None = None
    observed_at: datetime | None = None
    verified_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicalContext:
    """Facts by name, as in clinical.md section 4.2."""

    facts: Mapping[str, Fact] = field(default_factory=dict)

    def get(self, name: str) -> Fact | None:
        """The fact, or None where it is unknown."""
        return self.facts.get(name)
