"""Recommendation -> its section of report.html, alerts first, and the text of recommendation.json."""

from __future__ import annotations

import json

from markupsafe import Markup

from spineseg.domain.recommendation import OptionStatus, Recommendation
from spineseg.domain.recommendation_json import recommendation_to_json
from spineseg.reporting.markup import render
from spineseg.reporting.option_view import option_view
from spineseg.reporting.option_words import (
    NO_OPTION,
    PROVENANCE_WORDS,
    UNVERIFIED,
    URGENCY_WORDS,
    fact_words,
    listed,
    of_status,
    verification_sentence,
)
from spineseg.reporting.wording import RESEARCH_BANNER

RECOMMENDATION_FILE = "recommendation.json"

# Headings of the section in the order in which a reader needs them; alerts stand above all of them.
_GROUPS = (
    ("Options to discuss", (OptionStatus.OPTION, OptionStatus.BLOCKED_PENDING)),
    ("What speaks against a treatment", (OptionStatus.AVOID,)),
    ("To settle first", (OptionStatus.ASK,)),
)


def alerts_block(recommendation: Recommendation | None) -> Markup:
    """Alerts for the top of `report.html`; empty where there is none."""
    if recommendation is None:
        return Markup()
    alerts = [option_view(alert, recommendation) for alert in of_status(recommendation, OptionStatus.ALERT)]
    return render("alerts.html.j2", alerts=alerts, listed=listed)


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
        notes=[option_view(note, recommendation) for note in of_status(recommendation, OptionStatus.INFO)],
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
