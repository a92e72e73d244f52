"""Findings + ClinicalContext -> Recommendation: options with reasons, never one directive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from spineseg.domain.clinical import Provenance


class OptionStatus(StrEnum):
    """What an entry is (clinical.md section 4.3)."""

    ALERT = "alert"
    OPTION = "option"
    AVOID = "avoid"
    ASK = "ask"
    INFO = "info"
    BLOCKED_PENDING = "blocked_pending"


class Urgency(StrEnum):
    """E0 now, E1 within 24 h, U1 within a week, R routine (clinical.md section 4.3)."""

    E0 = "E0"
    E1 = "E1"
    U1 = "U1"
    ROUTINE = "R"
    NONE = "none"


class Layer(StrEnum):
    """Layers of the rules, in the order of their precedence; a later one never silences an earlier one."""

    QUALITY = "L0"
    EMERGENCY = "L1"
    DIAGNOSIS = "L2"
    MECHANICAL = "L3"
    LOCAL = "L4"
    SYSTEMIC = "L5"
    PALLIATIVE = "L6"
    FOLLOW_UP = "L7"


class Topic(StrEnum):
    """Letters of LMNOP, the order of the tumour board's sheet (Global Spine J 2014)."""

    LOCATION = "L"
    MECHANICAL = "M"
    NEUROLOGY = "N"
    ONCOLOGY = "O"
    PATIENT = "P"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One entry, with what it rests on and what would change it.

    Parameters
    ----------
    because
        Conditions that hold, in words, each with its value and where that came from.
    contra
        Contra-indications that hold, and rules that speak against this one, in words.
    missing
        Names of facts that would decide it: those that a `blocked_pending` entry waits for and an `ask` entry asks for.
    sources
        Sentences of the source text ("S11") and keys of publications ("laufer2013").
    conflicts_with
        "R050: reason", for each entry of the same recommendation that pulls the other way.
    lesions
        Numbers of the lesions that it is about; empty where it is about the patient or the study.
    topic
        Letter under which a tumour board's sheet shows it.
    correction
        What a stronger source says against the source text; empty where nothing does.
    rule_verified
        Whether a clinician has checked the rule against its sources.
    site_rule
        Whether it comes from a site's own rules.
    """

    rule_id: str
    status: OptionStatus
    urgency: Urgency
    text: str
    strength: str
    because: tuple[str, ...]
    contra: tuple[str, ...]
    missing: tuple[str, ...]
    sources: tuple[str, ...]
    conflicts_with: tuple[str, ...] = ()
    lesions: tuple[int, ...] = ()
    layer: Layer = Layer.FOLLOW_UP
    topic: Topic = Topic.PATIENT
    correction: str = ""
    rule_version: str = ""
    rule_verified: bool = False
    site_rule: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """A rule that neither holds nor fails: the facts named would decide it."""

    rule_id: str
    status: OptionStatus
    urgency: Urgency
    missing: tuple[str, ...]
    lesions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A fact that is missing, with what asking for it would decide.

    Parameters
    ----------
    allowed
        Allowed values, or the range, in words.
    decides
        Identifiers of the rules that wait for it, in the order of the rules.
    urgency
        Highest urgency among them.
    from_clinic
        Whether the form of facts takes it; False where only images can tell.
    """

    fact: str
    text: str
    allowed: tuple[str, ...]
    why: str
    decides: tuple[str, ...]
    urgency: Urgency
    from_clinic: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFact:
    """One fact as the sheet shows it.

    Parameters
    ----------
    text
        Value in words with unit and range: "1c (range 1b to 2)".
    lesion
        Number of the lesion that it is about; None where it is about the patient or the study.
    """

    name: str
    label: str
    text: str
    provenance: Provenance
    topic: Topic
    lesion: int | None = None
    observed_at: datetime | None = None
    verified_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """Options in stable order, alerts first; watermarked while the SR is unverified.

    Parameters
    ----------
    verified
        Whether the SR under it was verified by a person.
    undecided
        Rules that wait for a fact and say nothing yet.
    questions
        Missing facts, those first that would decide most entries.
    facts
        Every fact that is known, in the order of LMNOP.
    """

    study_instance_uid: str
    ruleset_version: str
    verified: bool
    options: tuple[Option, ...]
    undecided: tuple[Undecided, ...] = ()
    questions: tuple[Question, ...] = ()
    facts: tuple[KnownFact, ...] = ()
