"""Plain values of YAML -> frozen dataclass; unknown, missing and wrong fields are refused with their place."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Mapping
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from spineseg.treatment.yamlfile import Location, nearest

PATTERN = "pattern"  # key of a field's metadata: what its text must match
LEAST = "least"  # key of a field's metadata: how many items or characters it has at least
_Record = TypeVar("_Record")
_PLAIN = {str: "a text", bool: "true or false", dt.date: "a date as 2026-11-22"}


class RecordRefusedError(ValueError):
    """A value is not what a field takes, at a place inside the record."""

    def __init__(self, what: str, place: Location, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.place = place
        self.remedy = remedy


def read_record(kind: type[_Record], raw: Any, place: Location = ()) -> _Record:
    """A dataclass from a mapping; its annotations say what each field takes.

    Own code, because importing a library for it took a fifth of a cold start. Known are: dataclasses, enumerations,
    `Literal`, `str`, `bool`, `date`, `tuple[X, ...]`, `dict[str, X]`, `Any`, and `X | None`.

    Raises
    ------
    RecordRefusedError
        A field is unknown, missing or wrong.
    """
    if not isinstance(raw, Mapping):
        raise RecordRefusedError("the input should be lines of the form name: value", place)
    known: Any = kind  # a dataclass by contract, which annotations cannot say
    hints = _hints(known)
    for name in raw:
        if name not in hints:
            raise RecordRefusedError("extra fields are not permitted", (*place, str(name)), nearest(name, tuple(hints)))
    values = {}
    for one in dataclasses.fields(known):
        if one.name in raw:
            values[one.name] = _value(hints[one.name], raw[one.name], (*place, one.name))
            _check(one.metadata, values[one.name], (*place, one.name))
        elif one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING:
            raise RecordRefusedError("the field is required", (*place, one.name))
    return kind(**values)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _value(hint: Any, raw: Any, place: Location) -> Any:
    if hint is Any:
        return raw
    if get_origin(hint) is not None:
        return _composed(hint, raw, place)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return read_record(hint, raw, place)
    if issubclass(hint, Enum):
        return hint(_one_of(tuple(one.value for one in hint), raw, place))
    if not isinstance(raw, hint) or isinstance(raw, dt.datetime):
        raise RecordRefusedError(f"the input should be {_PLAIN[hint]}", place)
    return raw


def _composed(hint: Any, raw: Any, place: Location) -> Any:
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        return _one_of(inner, raw, place)
    if origin is UnionType:
        (stated,) = (one for one in inner if one is not NoneType)
        return None if raw is None else _value(stated, raw, place)
    if origin is tuple:
        if not isinstance(raw, list | tuple):
            raise RecordRefusedError("the input should be a list", place)
        return tuple(_value(inner[0], item, (*place, number)) for number, item in enumerate(raw))
    if not isinstance(raw, Mapping):
        raise RecordRefusedError("the input should be lines of the form name: value", place)
    return {str(name): _value(inner[1], item, (*place, str(name))) for name, item in raw.items()}


def _one_of(allowed: tuple[Any, ...], raw: Any, place: Location) -> Any:
    if raw not in allowed:
        shown = ", ".join(map(str, allowed))
        raise RecordRefusedError(f"the input should be one of {shown}", place, nearest(raw, tuple(map(str, allowed))))
    return raw


def _check(rules: Mapping[str, Any], value: Any, place: Location) -> None:
    if PATTERN in rules and not re.fullmatch(rules[PATTERN], value):
        raise RecordRefusedError(f"the text should match the pattern {rules[PATTERN]}", place)
    if LEAST in rules and len(value) < rules[LEAST]:
        raise RecordRefusedError(f"the field should have at least {rules[LEAST]} entry or character", place)
