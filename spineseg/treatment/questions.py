"""Options that wait and rules that are open -> Question: missing facts, those first that would decide most."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from spineseg.domain.recommendation import Option, Question, Undecided, Urgency
from spineseg.treatment.facttable import FactSpec, fact_table
from spineseg.treatment.rules import URGENCIES


def rank_questions(options: Sequence[Option], undecided: Sequence[Undecided]) -> tuple[Question, ...]:
    """Missing facts by the number of outputs that wait for them; at a tie the more urgent, then the table's order."""
    waiting: dict[str, dict[str, Urgency]] = {}
    for name, rule_id, urgency in _waits(options, undecided):
        waiting.setdefault(name, {})[rule_id] = urgency
    questions = [_question(spec, waiting[spec.name]) for spec in fact_table().values() if spec.name in waiting]
    return tuple(sorted(questions, key=lambda one: (-len(one.decides), URGENCIES.index(one.urgency))))


def _waits(options: Iterable[Option], undecided: Iterable[Undecided]) -> Iterable[tuple[str, str, Urgency]]:
    for option in options:
        yield from ((name, option.rule_id, option.urgency) for name in option.missing)
    for rule in undecided:
        yield from ((name, rule.rule_id, rule.urgency) for name in rule.missing)


def _question(spec: FactSpec, waiting: dict[str, Urgency]) -> Question:
    return Question(
        fact=spec.name,
        text=spec.question or f"{spec.label}: only the images can tell",
        allowed=spec.choices(),
        why=spec.why,
        decides=tuple(sorted(waiting)),
        urgency=min(waiting.values(), key=URGENCIES.index),
        from_clinic=spec.from_clinic,
    )
