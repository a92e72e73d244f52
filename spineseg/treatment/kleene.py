"""True, false, unknown -> the three-valued logic of Kleene: what is not known never counts as false."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Kleene(StrEnum):
    """A truth value of the strong logic of Kleene (1952)."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


def of(truth: bool) -> Kleene:
    """The value of something that is known."""
    return Kleene.TRUE if truth else Kleene.FALSE


def negation(value: Kleene) -> Kleene:
    """Not; unknown stays unknown."""
    if value is Kleene.UNKNOWN:
        return value
    return of(value is Kleene.FALSE)


def conjunction(values: Iterable[Kleene]) -> Kleene:
    """All: one false settles it, else one unknown leaves it open; true for none."""
    found = set(values)
    if Kleene.FALSE in found:
        return Kleene.FALSE
    return Kleene.UNKNOWN if Kleene.UNKNOWN in found else Kleene.TRUE


def disjunction(values: Iterable[Kleene]) -> Kleene:
    """Any: one true settles it, else one unknown leaves it open; false for none."""
    found = set(values)
    if Kleene.TRUE in found:
        return Kleene.TRUE
    return Kleene.UNKNOWN if Kleene.UNKNOWN in found else Kleene.FALSE
