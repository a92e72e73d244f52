"""Recommendation -> OptionsView for page and PDF, its section of report.html, and the text of recommendation.json."""

from __future__ import annotations

import json
from dataclasses import dataclass

from markupsafe import Markup

from spineseg.domain.recommendation import OptionStatus, Question, Recommendation
from spineseg.domain.recommendation_json import recommendation_to_json
from spineseg.reporting.markup import render
from spineseg.reporting.option_view import OptionView, option_view
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


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionsView:
    """A recommendation in words, for page and PDF alike.

    Parameters
    ----------
    nothing
        What is said where no rule applies; empty else.
    groups
        Heading and entries, in the order in which a reader needs them; without alerts and notes.
    undecided
        Rule and the facts that it waits for.
    facts
        Label, value, lesion ("all" for the patient) and origin.
    watermark
        Empty once a person has verified the report.
    """

    alerts: tuple[OptionView, ...]
    groups: tuple[tuple[str, tuple[OptionView, ...]], ...]
    notes: tuple[OptionView, ...]
    nothing: str
    questions: tuple[Question, ...]
    undecided: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str, str, str], ...]
    verification: str
    watermark: str
    ruleset_version: str


def view_options(recommendation: Recommendation) -> OptionsView:
    """Everything that is said about options, worded."""
    views = {
        title: tuple(option_view(option, recommendation) for option in of_status(recommendation, *statuses))
        for title, statuses in (("", (OptionStatus.ALERT,)), *_GROUPS, ("notes", (OptionStatus.INFO,)))
    }
    return OptionsView(
        alerts=views[""],
        groups=tuple((title, views[title]) for title, _ in _GROUPS if views[title]),
        notes=views["notes"],
        nothing="" if recommendation.options else NO_OPTION,
        questions=recommendation.questions,
        undecided=tuple(
            (one.rule_id, listed(fact_words(name, recommendation) for name in one.missing))
            for one in recommendation.undecided
        ),
        facts=tuple(
            (
                fact.label,
                fact.text,
                "all" if fact.lesion is None else str(fact.lesion),
                PROVENANCE_WORDS[fact.provenance],
            )
            for fact in recommendation.facts
        ),
        verification=verification_sentence(recommendation),
        watermark="" if recommendation.verified else UNVERIFIED,
        ruleset_version=recommendation.ruleset_version,
    )


def alerts_block(view: OptionsView | None) -> Markup:
    """Alerts for the top of `report.html`; empty where there is none."""
    return Markup() if view is None else render("alerts.html.j2", alerts=view.alerts, listed=listed)


def options_section(view: OptionsView | None) -> Markup:
    """Section of `report.html`; empty without a recommendation."""
    if view is None:
        return Markup()
    return render("options.html.j2", view=view, alerts=view.alerts, urgency_words=URGENCY_WORDS, listed=listed)


def recommendation_text(recommendation: Recommendation) -> str:
    """Content of `recommendation.json`, with the notice that every reader must be shown."""
    content = {**recommendation_to_json(recommendation), "notice": RESEARCH_BANNER}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
