"""Option -> OptionView: one entry in words, for the terminal, the page and the brief alike."""

from __future__ import annotations

from dataclasses import dataclass

from spineseg.domain.recommendation import Option, Recommendation
from spineseg.reporting.option_words import (
    STATUS_WORDS,
    URGENCY_WORDS,
    about_words,
    missing_words,
    strength_words,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionView:
    """One entry in words."""

    rule_id: str
    status: str
    urgency: str
    text: str
    about: str
    because: tuple[str, ...]
    contra: tuple[str, ...]
    waits_for: tuple[str, ...]
    conflicts: tuple[str, ...]
    correction: str
    evidence: str


def option_view(option: Option, recommendation: Recommendation) -> OptionView:
    """An entry as it is shown: everything in words, nothing left out."""
    return OptionView(
        rule_id=option.rule_id,
        status=STATUS_WORDS[option.status],
        urgency=URGENCY_WORDS[option.urgency],
        text=option.text,
        about=about_words(option),
        because=option.because,
        contra=option.contra,
        waits_for=missing_words(option, recommendation),
        conflicts=option.conflicts_with,
        correction=option.correction,
        evidence=f"{strength_words(option)}; sources {', '.join(option.sources) or 'none named'}",
    )
