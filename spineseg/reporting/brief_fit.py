"""Words of a brief + room on the page -> what fits on one A4 page, and how much was left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from spineseg.domain.recommendation import Option, OptionStatus, Recommendation, Urgency
from spineseg.reporting.lmnop import SheetFact, SheetRow
from spineseg.reporting.option_view import OptionView, option_view
from spineseg.reporting.option_words import STATUS_WORDS, listed, of_status

# Measured in Chromium with the sheet's style and Liberation Sans, which has the widths of Arial and Helvetica.
# Height of A4 less margins, heading, banner, titles, decision and footer, and less 4 mm for longer ones of these [P].
ROOM_MM = 200.0
_LINE_MM = 3.62  # a line of 8 pt
_WHY_LINE_MM = 3.35  # a line of 7.4 pt
_ENTRY_EDGE_MM = 1.2
_ALERT_EDGE_MM = 3.2
_ENTRY_WIDTHS = (97, 126)  # characters of a bold line beside the status of an entry, and of a line under it
_ALERT_WIDTHS = (108, 158)  # the same over the whole page
_STATUS_WIDTHS = (20, 25)  # characters of a line of the status, and of what stands under it
_ROW_WIDTH = 106  # characters of a line beside a letter
_FULL_WIDTH = 116  # characters of a line over the whole page
_MOST_QUESTIONS = 6  # [P]; the others are counted
_MOST_REASONS = 2  # [P]; contra-indications, missing facts and conflicts are never shortened
_ROW_LINES = 3  # [P]
# What is left out last comes first: the options by urgency, then what speaks against them.
_IMPORTANCE = (
    (OptionStatus.OPTION, OptionStatus.BLOCKED_PENDING),
    (OptionStatus.AVOID,),
    (OptionStatus.ASK,),
    (OptionStatus.INFO,),
)
_URGENCIES = tuple(Urgency)


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefEntry:
    """One entry of the brief: what it says, and the line under it."""

    view: OptionView
    details: tuple[tuple[str, str], ...]

    @property
    def height_mm(self) -> float:
        """Height that it takes on the page."""
        view = self.view
        under = " ".join(f"{label}: {text}." for label, text in self.details)
        if view.status == STATUS_WORDS[OptionStatus.ALERT]:
            return (
                _height_mm(f"ALERT, {view.urgency} ({view.about}): {view.text}", under, _ALERT_WIDTHS) + _ALERT_EDGE_MM
            )
        beside = _height_mm(view.status, f"{view.urgency}; {view.rule_id}; {view.about}", _STATUS_WIDTHS)
        return max(beside, _height_mm(view.text, under, _ENTRY_WIDTHS)) + _ENTRY_EDGE_MM


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedBrief:
    """What the page shows; alerts are complete always."""

    alerts: tuple[BriefEntry, ...]
    rows: tuple[SheetRow, ...]
    entries: tuple[BriefEntry, ...]
    entries_left_out: int
    questions: tuple[str, ...]
    questions_left_out: int


def fit(recommendation: Recommendation, rows: Sequence[SheetRow]) -> FittedBrief:
    """Choose what fits: every alert, the key facts, then entries by importance; the count of the rest is kept."""
    alerts = tuple(_entry(option, recommendation) for option in of_status(recommendation, OptionStatus.ALERT))
    short_rows = tuple(shorten_row(row) for row in rows)
    asked = [question.text for question in recommendation.questions if question.from_clinic]
    questions = tuple(asked[:_MOST_QUESTIONS])
    used = sum(alert.height_mm for alert in alerts) + sum(_row_height_mm(row) for row in short_rows)
    used += text_lines("     ".join(questions), _FULL_WIDTH) * _LINE_MM
    chosen = _choose(recommendation, room_mm=ROOM_MM - used)
    others = [option for option in recommendation.options if option.status is not OptionStatus.ALERT]
    return FittedBrief(
        alerts=alerts,
        rows=short_rows,
        entries=chosen,
        entries_left_out=len(others) - len(chosen),
        questions=questions,
        questions_left_out=len(asked) - len(questions),
    )


def text_lines(text: str, characters: int) -> int:
    """Lines that a text takes where `characters` fit on one; at least one."""
    return max(1, ceil(len(text) / characters))


def _height_mm(text: str, under: str, widths: tuple[int, int]) -> float:
    """Height of a text and of the smaller one under it."""
    smaller = text_lines(under, widths[1]) * _WHY_LINE_MM if under else 0.0
    return text_lines(text, widths[0]) * _LINE_MM + smaller


def shorten_row(row: SheetRow) -> SheetRow:
    """The row without its last facts where it would take too many lines; what is not known is never dropped."""
    facts = list(row.facts)
    while _row_lines(facts) > _ROW_LINES and facts[-1].known:
        facts.pop()
    return SheetRow(letter=row.letter, title=row.title, facts=tuple(facts))


def _row_lines(facts: Sequence[SheetFact]) -> int:
    """Lines of a letter under its title."""
    return text_lines("".join(f"{fact.label}: {fact.text} {fact.origin}   " for fact in facts), _ROW_WIDTH)


def _row_height_mm(row: SheetRow) -> float:
    return (1 + _row_lines(row.facts)) * _LINE_MM + _ENTRY_EDGE_MM


def _choose(recommendation: Recommendation, *, room_mm: float) -> tuple[BriefEntry, ...]:
    places = {id(option): place for place, option in enumerate(recommendation.options)}
    chosen: list[tuple[int, BriefEntry]] = []
    for option in _of_importance(recommendation):
        entry = _entry(option, recommendation)
        room_mm -= entry.height_mm
        if room_mm < 0:
            break
        chosen.append((places[id(option)], entry))
    return tuple(entry for _, entry in sorted(chosen, key=lambda one: one[0]))


def _of_importance(recommendation: Recommendation) -> list[Option]:
    """Entries other than alerts, the most important first."""
    groups = [
        sorted(of_status(recommendation, *statuses), key=lambda one: _URGENCIES.index(one.urgency))
        for statuses in _IMPORTANCE
    ]
    return [option for group in groups for option in group]


def _entry(option: Option, recommendation: Recommendation) -> BriefEntry:
    view = option_view(option, recommendation)
    told = (
        ("Because", _shortened(view.because)),
        ("Against", view.contra),
        ("Ask", view.waits_for),
        ("Pulls the other way", view.conflicts),
        ("Corrected", (view.correction,) if view.correction else ()),
    )
    return BriefEntry(view=view, details=tuple((label, listed(parts)) for label, parts in told if parts))


def _shortened(parts: tuple[str, ...]) -> tuple[str, ...]:
    rest = len(parts) - _MOST_REASONS
    return parts if rest <= 0 else (*parts[:_MOST_REASONS], f"and {rest} more")
