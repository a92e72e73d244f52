from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

import pytest

from spineseg.treatment.records import LEAST, PATTERN, RecordRefusedError, read_record


class _Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, kw_only=True)
class _Inner:
    name: str


@dataclass(frozen=True, kw_only=True)
class _Outer:
    id: str = field(metadata={PATTERN: "[A-Z]+"})
    day: dt.date | None = None
    flag: bool = False
    colour: _Colour = _Colour.RED
    word: Literal["a", "b"] = "a"
    inner: tuple[_Inner, ...] = ()
    texts: tuple[str, ...] = field(default=("x",), metadata={LEAST: 1})
    table: dict[str, Literal[1, 2]] = field(default_factory=dict)
    raw: Any = None


def test_every_kind_of_field_is_read() -> None:
    """Plain values become what the annotations say; absent fields take their defaults."""
    raw = {"id": "A", "day": dt.date(2026, 11, 22), "colour": "red", "inner": [{"name": "n"}], "table": {"k": 2}}

    read = read_record(_Outer, raw)

    assert (read.day, read.colour, read.inner, read.table) == (
        dt.date(2026, 11, 22), _Colour.RED, (_Inner(name="n"),), {"k": 2},
    )  # fmt: skip
    assert (read.flag, read.word, read.texts, read.raw) == (False, "a", ("x",), None)


@pytest.mark.parametrize(
    ("change", "place", "what"),
    [
        ({"id": "a"}, ("id",), "pattern"),
        ({"id": None}, ("id",), "a text"),
        ({"day": "tomorrow"}, ("day",), "a date"),
        ({"flag": "yes"}, ("flag",), "true or false"),
        ({"flag": 1}, ("flag",), "true or false"),
        ({"colour": "rot"}, ("colour",), "one of red"),
        ({"word": "c"}, ("word",), "one of a, b"),
        ({"inner": {"name": "n"}}, ("inner",), "a list"),
        ({"inner": [{"nam": "n"}]}, ("inner", 0, "nam"), "extra"),
        ({"inner": [{}]}, ("inner", 0, "name"), "required"),
        ({"inner": ["n"]}, ("inner", 0), "name: value"),
        ({"texts": []}, ("texts",), "at least 1"),
        ({"texts": [1]}, ("texts", 0), "a text"),
        ({"table": {"k": 3}}, ("table", "k"), "one of 1, 2"),
        ({"table": [1]}, ("table",), "name: value"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(
    change: dict[str, Any], place: tuple[str | int, ...], what: str
) -> None:
    """Nothing is converted or guessed: a value of another kind, an unknown or a missing field is refused."""
    with pytest.raises(RecordRefusedError, match=what) as refusal:
        read_record(_Outer, {"id": "A", **change})

    assert refusal.value.place == place
