"""Recommendation -> its section of report.html, alerts first, and the text of recommendation.json."""

from __future__ import annotations

import json
from dataclasses import dataclass

from markupsafe import Markup

from spineseg.domain.recommendation import Option, OptionStatus, Recommendation
from spineseg.domain.recommendation_json import recommendation_to_json
from spineseg.reporting.markup import render
from spineseg.reporting.option_words import (
    NO_OPTION,
    PROVENANCE_WORDS,
    STATUS_WORDS,
    UNVERIFIED,
    URGENCY_WORDS,
    about_words,
    fact_words,
    listed,
    missing_words,
    of_status,
    strength_words,
    verification_sentence,
)
from spineseg.reporting.wording import RESEARCH_BANNER

RECOMMENDATION_FILE = "recommendation.json"

# Headings of the section in the order in which a reader needs them; alerts stand above all of them.
_GROUPS = (
    ("Options to discuss", (OptionStatus.OPTION, OptionStatus.BLOCKED_PENDING)),
    ("What speaks against a treatment", (OptionStatus.AVOID,)),
    ("To settle first", (OptionStatus.ASK,)),
    ("Notes", (OptionStatus.INFO,)),
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


def options_section(recommendation: Recommendation | None) -> Markup:
    """Section of `report.html`; empty without a recommendation."""
    if recommendation is None:
        return Markup()
    views = {
        title: [option_view(option, recommendation) for option in of_status(recommendation, *statuses)]
        for title, statuses in _GROUPS
    }
    alerts = of_status(recommendation, OptionStatus.ALERT)
    return render(
        "options.html.j2",
        alerts=[option_view(alert, recommendation) for alert in alerts],
        groups=[(title, entries) for title, entries in views.items() if entries],
        nothing="" if recommendation.options else NO_OPTION,
        questions=recommendation.questions,
        urgency_words=URGENCY_WORDS,
        listed=listed,
        undecided=[
            (one.rule_id, listed(fact_words(name, recommendation) for name in one.missing))
            for one in recommendation.undecided
        ],
        facts=[
            (fact.label, fact.text, "" if fact.lesion is None else str(fact.lesion), PROVENANCE_WORDS[fact.provenance])
            for fact in recommendation.facts
        ],
        verification=verification_sentence(recommendation),
        watermark="" if recommendation.verified else UNVERIFIED,
        ruleset_version=recommendation.ruleset_version,
    )


def recommendation_text(recommendation: Recommendation) -> str:
    """Content of `recommendation.json`, with the notice that every reader must be shown."""
    content = {**recommendation_to_json(recommendation), "notice": RESEARCH_BANNER}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
