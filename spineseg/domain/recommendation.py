"""Findings + ClinicalContext -> Recommendation: options with reasons, never one directive."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One entry, with what it rests on and what would change it."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """Options in stable order, alerts first; watermarked while the SR is unverified."""

    study_instance_uid: str
    ruleset_version: str
    verified: bool
    options: tuple[Option, ...]
