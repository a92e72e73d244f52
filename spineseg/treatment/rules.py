"""A rule as data: condition, text, status, urgency, sources, and what it has to do with other rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from spineseg.domain.recommendation import Layer, OptionStatus, Topic, Urgency
from spineseg.treatment.conditions import Condition, Ends
from spineseg.treatment.facttable import FactSpec

LAYERS = tuple(Layer)
URGENCIES = tuple(Urgency)
# Layers whose options rest on the histology: without it they are not given (clinical.md section 4.3, no. 7).
HISTOLOGY_LAYERS = (Layer.LOCAL, Layer.SYSTEMIC)


class Strength(StrEnum):
    """What a rule rests on at best (clinical.md section 4.3, no. 4)."""

    GUIDELINE = "guideline"
    TRIAL = "trial"
    SERIES = "series"
    EXPERT = "expert"
    SOURCE_TEXT = "source_text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A publication behind a rule.

    Parameters
    ----------
    seen
        What of it was read: "abstract", "page", "full text", "secondary" or "memory" (not read, to be checked).
    """

    key: str
    citation: str
    link: str = ""
    seen: str = "memory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """A higher urgency, where a further condition holds."""

    urgency: Urgency
    when: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A contra-indication: where it holds the option is spoken against, where it is unknown the option waits."""

    when: Condition
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Another rule that pulls the other way, and why."""

    rule_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule.

    Parameters
    ----------
    file
        File that it is in, without folder: its subject.
    topic
        Letter of LMNOP under which a sheet shows it.
    ends
        Whether `when` takes the worst end of an interval (safety) or needs both ends (options).
    text
        Words for the reader; "{img.escc}" is replaced by the fact in words.
    sources
        Sentences of the source text ("S11") and keys of `Ruleset.sources`.
    correction
        What a stronger source says against the source text.
    offers
        Tags of what it puts under discussion: "surgery", "srs", ...
    overrides
        Rules that are spoken against where this one holds, and wait where it is unknown; never of an earlier layer.
    holds
        Layers whose options wait while this one holds.
    needs_histology
        Whether the option waits while the histology is unknown.
    note
        Why it differs from the table of rules, for readers of the rules.
    site
        Whether it comes from a site's own file.
    about_outputs
        Whether it looks at what other rules gave, so that it is judged after them.
    per_lesion
        Whether it is judged for each lesion.
    """

    id: str
    file: str
    version: str
    date: date
    layer: Layer
    topic: Topic
    status: OptionStatus
    urgency: Urgency
    ends: Ends
    when: Condition
    text: str
    strength: Strength
    sources: tuple[str, ...]
    verified: bool
    escalations: tuple[Escalation, ...] = ()
    blocked_by: tuple[Block, ...] = ()
    overrides: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    holds: tuple[Layer, ...] = ()
    offers: tuple[str, ...] = ()
    correction: str = ""
    note: str = ""
    needs_histology: bool = False
    site: bool = False
    about_outputs: bool = field(init=False)
    per_lesion: bool = field(init=False)

    def __post_init__(self) -> None:
        """Set once what every judgement asks for."""
        specs = tuple(self.specs())
        object.__setattr__(self, "about_outputs", any(spec.name.startswith("output.") for spec in specs))
        object.__setattr__(self, "per_lesion", any(spec.per_lesion for spec in specs))

    @property
    def emergency(self) -> bool:
        """Whether it is an alert that nothing may switch off."""
        return self.layer is Layer.EMERGENCY and self.status is OptionStatus.ALERT

    def specs(self) -> Iterator[FactSpec]:
        """Rows of every fact that it rests on, those of escalations and contra-indications included."""
        yield from self.when.specs()
        for escalation in self.escalations:
            yield from escalation.when.specs()
        for block in self.blocked_by:
            yield from block.when.specs()
