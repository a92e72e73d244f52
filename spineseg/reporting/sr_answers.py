"""Rows of an SR group -> values of the vocabulary's tables; what must be there and is not is an error."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

from pydicom.sr.coding import Code

from spineseg.domain.codes import Quantity
from spineseg.errors import ReportError
from spineseg.reporting.sr_tree import CodeKey, Group, code_key

_Answer = TypeVar("_Answer", bound=Hashable)
_Present = TypeVar("_Present")


def read_answer(group: Group, question: Code, answers: Mapping[_Answer, Code]) -> _Answer | None:
    """First answer to a question, None where it is not answered.

    Raises
    ------
    ReportError
        The answer is not in the table.
    """
    given = group.code(question)
    return None if given is None else known_answer(given, answers)


def read_answers(group: Group, question: Code, answers: Mapping[_Answer, Code]) -> tuple[_Answer, ...]:
    """Every answer to a question, in order."""
    return tuple(known_answer(given, answers) for given, _ in group.under(question))


def known_answer(given: CodeKey, answers: Mapping[_Answer, Code]) -> _Answer:
    """What a code stands for in a table.

    Raises
    ------
    ReportError
        The code is not in the table.
    """
    for answer, code in answers.items():
        if given == code_key(code):
            return answer
    raise ReportError(f"the answer {given[0]} is not known", remedy="the report may come from a later version")


def read_quantities(group: Group, table: Mapping[str, Quantity]) -> dict[str, float]:
    """Numbers of a table that the group has, by their keys."""
    values = {key: group.number(quantity.concept) for key, quantity in table.items()}
    return {key: value for key, value in values.items() if value is not None}


def whole(value: float | None) -> int | None:
    """A number that is a count."""
    return None if value is None else int(value)


def needed(value: _Present | None) -> _Present:
    """The value.

    Raises
    ------
    ReportError
        There is none.
    """
    if value is None:
        raise ReportError("the structured report lacks a row that must be there", remedy="fetch it again")
    return value
