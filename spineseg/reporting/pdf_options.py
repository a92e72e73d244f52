"""OptionsView -> flowables: alerts in boxes, options with their reasons, questions, facts, waiting rules."""

from __future__ import annotations

from collections.abc import Iterator

from reportlab.platypus import Flowable, KeepTogether

from spineseg.reporting.option_view import OptionView
from spineseg.reporting.option_words import URGENCY_WORDS, listed
from spineseg.reporting.options import OptionsView
from spineseg.reporting.page_tables import Table
from spineseg.reporting.pdf_parts import (
    ALERT,
    ALERT_WASH,
    WARN,
    WARN_WASH,
    box,
    heading,
    labelled,
    listing,
    table,
    text,
)

_RULES_SENTENCE = (
    "The entries below come from rules over named facts; they are options with reasons, never one answer. What is not "
    "known is asked for and never assumed."
)


def alert_boxes(view: OptionsView | None) -> Iterator[Flowable]:
    """One red box an alert."""
    for alert in () if view is None else view.alerts:
        parts = [text(f"Alert, {alert.urgency}: {alert.text}", 9, bold=True, colour=ALERT)]
        parts += [text(f"{label}: {words}", 8, colour=ALERT) for label, words in _reasons(alert)]
        parts.append(text(f"{_sentence(alert.about)}Rule {alert.rule_id}, {alert.evidence}.", 8, colour=ALERT))
        yield box(parts, line=ALERT, wash=ALERT_WASH)


def options_story(view: OptionsView | None) -> Iterator[Flowable]:
    """The section of options; nothing without a recommendation."""
    if view is None:
        return
    yield from heading("Options for a tumour board to discuss")
    yield box([text(view.verification, bold=True), text(_RULES_SENTENCE)], line=WARN, wash=WARN_WASH)
    yield from alert_boxes(view)
    if view.nothing:
        yield text(view.nothing)
    for title, entries in (*view.groups, *((("Notes", view.notes),) if view.notes else ())):
        yield from heading(title, 9.5)
        for entry in entries:
            yield _entry(entry)
    yield from _tables(view)
    version = f"Rules of version {view.ruleset_version}. Each rule with its sources: spineseg rules show RULE."
    yield text(version, soft=True)


def _entry(entry: OptionView) -> Flowable:
    urgency = "" if entry.urgency == "no urgency" else entry.urgency
    said = [part for part in (entry.status, urgency, entry.about) if part]
    return KeepTogether([
        text(entry.text, bold=True),
        text(f"{', '.join(said)}; rule {entry.rule_id}, {entry.evidence}", 7.6, soft=True),
        *(labelled(label, words, 7.6) for label, words in _reasons(entry)),
    ])  # fmt: skip


def _reasons(entry: OptionView) -> Iterator[tuple[str, str]]:
    for label, parts in (
        ("Because", entry.because), ("Against it", entry.contra), ("Not known, ask", entry.waits_for),
        ("Pulls the other way", entry.conflicts),
    ):  # fmt: skip
        if parts:
            yield label, listed(parts)
    if entry.correction:
        yield "The text is corrected", entry.correction


def _tables(view: OptionsView) -> Iterator[Flowable]:
    if view.questions:
        yield from heading("To ask, what decides most first", 9.5)
        rows = tuple(
            (
                one.text if one.from_clinic else f"{one.text} (only images can tell)",
                ", ".join(value.replace("_", " ") for value in one.allowed) or "free text",
                one.why,
                f"{len(one.decides)} {'entry' if len(one.decides) == 1 else 'entries'}, {URGENCY_WORDS[one.urgency]}",
            )
            for one in view.questions
        )
        yield table(Table(header=("Question", "Answers", "Why", "Decides"), rows=rows))
    if view.facts:
        yield from heading("Facts that the rules were given", 9.5)
        yield table(Table(header=("Fact", "Value", "Lesion", "From"), rows=view.facts))
    if view.undecided:
        yield from heading("Rules that wait for a fact", 9.5)
        yield from listing([f"{rule_id}: {waits_for}" for rule_id, waits_for in view.undecided])


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}. " if words else ""
