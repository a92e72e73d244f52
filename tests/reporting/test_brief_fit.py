from __future__ import annotations

from dataclasses import replace

from spineseg.domain.recommendation import OptionStatus, Urgency
from spineseg.reporting.brief_fit import ROOM_MM, fit, shorten_row, text_lines
from spineseg.reporting.lmnop import SheetFact, SheetRow, sheet_rows
from tests.reporting.recommendations import ALERT, AVOID, INFO, QUESTIONS, RECOMMENDATION, SURGERY, entry


def fitted(**change: object) -> tuple[int, list[str], int]:
    """Number of alerts, rules of the other entries and the count of those left out."""
    recommendation = replace(RECOMMENDATION, **change)  # type: ignore[arg-type] # fields by name
    brief = fit(recommendation, sheet_rows(recommendation))
    return len(brief.alerts), [one.view.rule_id for one in brief.entries], brief.entries_left_out


def test_a_short_list_is_shown_whole_and_in_its_order() -> None:
    """Where there is room nothing is left out and nothing is moved."""
    alerts, rules, left_out = fitted()

    assert (alerts, left_out) == (1, 0)
    assert rules == [option.rule_id for option in RECOMMENDATION.options if option is not ALERT]


def test_alerts_are_never_left_out() -> None:
    """However many alerts there are, each is there; the others make room."""
    alerts, rules, left_out = fitted(options=(ALERT,) * 30 + (SURGERY,))

    assert (alerts, rules, left_out) == (30, [], 1)


def test_notes_make_room_first_and_are_counted() -> None:
    """What does not fit is counted; options go before what speaks against them, and those before notes."""
    options = (*[replace(INFO, rule_id=f"I{n}") for n in range(30)], AVOID, SURGERY)

    _, rules, left_out = fitted(options=options)

    assert rules[-2:] == [AVOID.rule_id, SURGERY.rule_id]
    assert rules[0] == "I0"
    assert 0 < left_out == len(options) - len(rules)


def test_the_urgent_option_is_kept() -> None:
    """Of many options the urgent one stays, wherever it stands."""
    many = [entry(f"R{n}", OptionStatus.OPTION, "words " * 40) for n in range(20)]
    urgent = entry("R99", OptionStatus.BLOCKED_PENDING, "words", urgency=Urgency.E0, missing=("clin.pain",))

    _, rules, left_out = fitted(options=(*many, urgent))

    assert "R99" in rules
    assert left_out > 0


def test_contra_indications_are_never_shortened() -> None:
    """Reasons are cut to two and counted; what speaks against an option and what it waits for stays whole."""
    parts = tuple(f"part {n}" for n in range(6))
    option = replace(SURGERY, because=parts, contra=parts, missing=parts, conflicts_with=parts)
    recommendation = replace(RECOMMENDATION, options=(option,))

    (shown,) = fit(recommendation, sheet_rows(recommendation)).entries

    details = dict(shown.details)
    assert details["Because"] == "part 0; part 1; and 4 more"
    assert details["Against"] == details["Ask"] == details["Pulls the other way"] == "; ".join(parts)


def test_what_is_not_known_is_never_dropped() -> None:
    """A long row loses its last known facts, not those that are still to ask."""
    asked = tuple(SheetFact(label=f"asked {n}", text="not known") for n in range(5))
    told = tuple(SheetFact(label=f"told {n}", text="words " * 10, origin="images") for n in range(40))

    row = shorten_row(SheetRow(letter="N", title="Neurology", facts=(*asked, *told)))

    assert row.facts[:5] == asked
    assert 5 < len(row.facts) < 45


def test_questions_are_counted_beyond_six() -> None:
    """A brief asks the six that decide most and says how many more there are."""
    recommendation = replace(RECOMMENDATION, questions=QUESTIONS * 5)

    brief = fit(recommendation, sheet_rows(recommendation))

    assert (len(brief.questions), brief.questions_left_out) == (6, 4)


def test_heights_grow_with_the_words() -> None:
    """A longer entry takes more of the page."""
    recommendation = replace(RECOMMENDATION, options=(SURGERY, replace(SURGERY, text=SURGERY.text * 5)))

    short, long = fit(recommendation, sheet_rows(recommendation)).entries

    assert short.height_mm < long.height_mm < ROOM_MM
    assert (text_lines("", 10), text_lines("x" * 11, 10)) == (1, 2)
