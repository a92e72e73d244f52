"""Condition over named facts, CaseView -> Judgement: a closed set of operators in Kleene logic, with every reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from spineseg.domain.clinical import Provenance
from spineseg.treatment.facts import CaseView
from spineseg.treatment.facttable import FactSpec
from spineseg.treatment.kleene import Kleene, conjunction, disjunction, negation, of
from spineseg.treatment.values import Known


class Operator(StrEnum):
    """Everything that a condition can say."""

    ALL = "all"
    ANY = "any"
    NOT = "not"
    IS = "is"
    IN = "in"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    CROSSES = "crosses"
    KNOWN = "known"
    NAMED = "named"  # a named condition of facts.yaml, written as `is` with true or false


class Ends(StrEnum):
    """Which end of an interval counts: the worst for safety, both for options."""

    WORST = "worst"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One node.

    Parameters
    ----------
    parts
        Inner conditions of `all`, `any`, `not`; of `known` and `named` that ask for a named condition, that one.
    values
        What the fact is compared with: allowed values, or thresholds of facts with an order (grades by rank).
    expected
        The same in words.
    """

    operator: Operator
    parts: tuple[Condition, ...] = ()
    spec: FactSpec | None = None
    values: tuple[bool | str | float, ...] = ()
    expected: str = ""

    def facts(self) -> Iterator[str]:
        """Names of the facts that it rests on, those of named conditions included."""
        if self.spec is not None:
            yield self.spec.name
        for part in self.parts:
            yield from part.facts()

    def specs(self) -> Iterator[FactSpec]:
        """Rows of those facts."""
        if self.spec is not None:
            yield self.spec
        for part in self.parts:
            yield from part.specs()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A condition judged for one view.

    Parameters
    ----------
    missing
        Facts that would decide it; empty where it is decided.
    """

    condition: Condition
    result: Kleene
    parts: tuple[Judgement, ...] = ()
    fact: Known | None = None
    missing: tuple[str, ...] = ()

    def reasons(self) -> Iterator[str]:
        """What makes it true (or, inside a `not`, false), in words with value and origin."""
        operator = self.condition.operator
        if self.result is Kleene.UNKNOWN:
            return
        if operator in (Operator.ALL, Operator.ANY, Operator.NOT):
            wanted = negation(self.result) if operator is Operator.NOT else self.result
            for part in self.parts:
                if part.result is wanted:
                    yield from part.reasons()
        elif operator is Operator.NAMED and self.parts:
            yield from self.parts[0].reasons()
        else:
            yield _reason(self)

    def asked(self, view: CaseView) -> Iterator[str]:
        """Facts whose lack, or whose range, makes it true: what a rule that asks is asking for."""
        spec = self.condition.spec
        lacking = self.condition.operator is Operator.KNOWN and self.result is Kleene.FALSE
        crossing = self.condition.operator is Operator.CROSSES and self.result is Kleene.TRUE
        if spec is not None and (lacking or crossing):
            yield from _narrowing(spec, view)
        for part in self.parts:
            yield from part.asked(view)


def judge(condition: Condition, view: CaseView, ends: Ends) -> Judgement:
    """A condition for one patient and lesion; never guesses."""
    operator = condition.operator
    if operator in (Operator.ALL, Operator.ANY, Operator.NOT):
        return _judge_parts(condition, tuple(judge(part, view, ends) for part in condition.parts))
    if condition.parts:
        return _judge_named(condition, judge(condition.parts[0], view, ends))
    assert condition.spec is not None
    fact = view.get(condition.spec.name)
    if operator is Operator.KNOWN:
        return Judgement(condition=condition, result=of(fact is not None), fact=fact)
    result = Kleene.UNKNOWN if fact is None else _compare(condition, fact, ends)
    missing = _narrowing(condition.spec, view) if result is Kleene.UNKNOWN else ()
    return Judgement(condition=condition, result=result, fact=fact, missing=missing)


def _judge_parts(condition: Condition, parts: tuple[Judgement, ...]) -> Judgement:
    results = [part.result for part in parts]
    if condition.operator is Operator.NOT:
        result = negation(results[0])
    else:
        result = conjunction(results) if condition.operator is Operator.ALL else disjunction(results)
    missing: tuple[str, ...] = ()
    if result is Kleene.UNKNOWN:
        missing = tuple(dict.fromkeys(name for part in parts for name in part.missing))
    return Judgement(condition=condition, result=result, parts=parts, missing=missing)


def _judge_named(condition: Condition, inner: Judgement) -> Judgement:
    if condition.operator is Operator.KNOWN:
        return Judgement(condition=condition, result=of(inner.result is not Kleene.UNKNOWN), parts=(inner,))
    result = inner.result if condition.values[0] is True else negation(inner.result)
    return Judgement(condition=condition, result=result, parts=(inner,), missing=inner.missing)


def _compare(condition: Condition, fact: Known, ends: Ends) -> Kleene:
    assert condition.spec is not None
    if condition.operator is Operator.CROSSES:
        return of(any(_crosses(fact, float(value)) for value in condition.values))
    if not condition.spec.type.ordered or fact.low is None or fact.high is None:
        return _compare_answer(condition, fact)
    low, high = fact.low, fact.high
    if ends is Ends.WORST:
        low = high = low if condition.spec.worst_is_low else high
    if condition.operator is Operator.AT_LEAST:
        return _both(low >= _threshold(condition), high >= _threshold(condition))
    if condition.operator is Operator.AT_MOST:
        return _both(low <= _threshold(condition), high <= _threshold(condition))
    # `is` and `in` of an interval: certain where it is one value, or holds none of them.
    if low == high:
        return of(low in condition.values)
    inside = any(not isinstance(value, str) and low <= value <= high for value in condition.values)
    return Kleene.UNKNOWN if inside else Kleene.FALSE


def _compare_answer(condition: Condition, fact: Known) -> Kleene:
    """A grade outside its scale ("not applicable") reaches no threshold, in either direction."""
    if condition.operator in (Operator.AT_LEAST, Operator.AT_MOST):
        return Kleene.FALSE
    if isinstance(fact.answer, frozenset):
        return of(any(value in fact.answer for value in condition.values))
    return of(any(value == fact.answer and type(value) is type(fact.answer) for value in condition.values))


def _threshold(condition: Condition) -> float:
    return float(condition.values[0])


def _both(low: bool, high: bool) -> Kleene:
    return of(low) if low == high else Kleene.UNKNOWN


def _crosses(fact: Known, threshold: float) -> bool:
    return fact.low is not None and fact.high is not None and fact.low < threshold <= fact.high


def _narrowing(spec: FactSpec, view: CaseView) -> tuple[str, ...]:
    """What to ask for: what would narrow a range, what a derived fact follows from, or the fact itself."""
    fact = view.get(spec.name)
    if fact is not None:
        return fact.narrows or (spec.name,)
    return tuple(name for name in spec.base if view.get(name) is None) or (spec.name,)


_ORIGINS = {Provenance.SR: "report", Provenance.CLINICIAN: "clinician", Provenance.DERIVED: "derived"}


def origin_text(provenance: Provenance) -> str:
    """Where a fact comes from, in a word."""
    return _ORIGINS[provenance]


def _reason(judged: Judgement) -> str:
    spec = judged.condition.spec
    assert spec is not None
    if judged.fact is None:
        return f"{spec.label}: not known"
    return f"{spec.label}: {judged.fact.text} ({origin_text(judged.fact.provenance)})"
