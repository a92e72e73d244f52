"""Condition as plain values from YAML -> Condition; refuses what is not an operator, a fact or an allowed value."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from spineseg.treatment.conditions import Condition, Operator
from spineseg.treatment.facttable import FactSpec, fact_table
from spineseg.treatment.values import NOT_APPLICABLE, ValueRefusedError, check_value, ends
from spineseg.treatment.yamlfile import Location, nearest

_OPERATORS = tuple(operator.value for operator in Operator if operator is not Operator.NAMED)
_OF_PARTS = (Operator.ALL, Operator.ANY)


class ConditionRefusedError(ValueError):
    """A condition is wrong, at a place inside it."""

    def __init__(self, what: str, place: Location) -> None:
        super().__init__(what)
        self.what = what
        self.place = place


def parse_condition(raw: Any, place: Location = ()) -> Condition:
    """A condition.

    Parameters
    ----------
    raw
        A mapping of one operator: {"at_least": {"img.escc": "1c"}}.

    Raises
    ------
    ConditionRefusedError
        It names an operator, a fact or a value that does not exist.
    """
    if not isinstance(raw, Mapping) or len(raw) != 1:
        raise ConditionRefusedError("a condition is one operator with its facts", place)
    word, inner = next(iter(raw.items()))
    if word not in _OPERATORS:
        raise ConditionRefusedError(f"{word} is not an operator; {nearest(word, _OPERATORS)}", (*place, str(word)))
    operator, here = Operator(word), (*place, str(word))
    if operator in _OF_PARTS:
        if not isinstance(inner, list):
            raise ConditionRefusedError(f"{word} takes a list of conditions", here)
        parts = tuple(parse_condition(part, (*here, number)) for number, part in enumerate(inner))
        return Condition(operator=operator, parts=parts)
    if operator is Operator.NOT:
        return Condition(operator=operator, parts=(parse_condition(inner, here),))
    return _of_fact(operator, inner, here)


@cache
def named_condition(name: str) -> Condition | None:
    """The condition behind a derived yes/no fact; None for every other fact."""
    when = fact_table()[name].when
    return None if when is None else parse_condition(when, (name,))


def _of_fact(operator: Operator, inner: Any, place: Location) -> Condition:
    if operator is Operator.KNOWN:
        spec = _spec(inner, place)
        return Condition(operator=operator, spec=spec, parts=_named_parts(spec), expected="known")
    if not isinstance(inner, Mapping) or len(inner) != 1:
        raise ConditionRefusedError(f"{operator} takes one fact and what it is compared with", place)
    name, raw = next(iter(inner.items()))
    spec = _spec(name, place)
    here = (*place, str(name))
    values = raw if isinstance(raw, list) else [raw]
    if operator not in (Operator.IN, Operator.CROSSES) and len(values) != 1:
        raise ConditionRefusedError(f"{operator} takes one value", here)
    if operator in (Operator.AT_LEAST, Operator.AT_MOST, Operator.CROSSES) and not spec.type.ordered:
        raise ConditionRefusedError(f"{name} has no order, so that {operator} means nothing", here)
    if spec.when is not None:
        operator = Operator.NAMED
    parsed = tuple(_value(spec, value, here) for value in values)
    expected = ", ".join("yes" if v is True else "no" if v is False else str(v) for v in values)
    return Condition(operator=operator, spec=spec, parts=_named_parts(spec), values=parsed, expected=expected)


def _named_parts(spec: FactSpec) -> tuple[Condition, ...]:
    inner = named_condition(spec.name)
    return () if inner is None else (inner,)


def _spec(name: Any, place: Location) -> FactSpec:
    table = fact_table()
    if name not in table:
        raise ConditionRefusedError(f"{name} is not a fact; {nearest(name, tuple(table))}", place)
    return table[name]


def _value(spec: FactSpec, raw: Any, place: Location) -> bool | str | float:
    """The value that a fact is compared with; of facts with an order a number, of grades the rank."""
    try:
        checked = check_value(spec, raw) if _closed(spec) else raw
    except ValueRefusedError as error:
        raise ConditionRefusedError(f"{raw} is not a value of {spec.name}; {error}", place) from error
    if spec.type.ordered and checked != NOT_APPLICABLE:
        return ends(spec, checked)[0]
    return checked[0] if isinstance(checked, tuple) else checked


def _closed(spec: FactSpec) -> bool:
    """Whether its values are a closed set; names of parts and tags of options are not."""
    return spec.type.value not in ("names", "text")
