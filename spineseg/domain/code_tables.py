"""Vocabulary modules -> Markdown tables of every code that a SEG or an SR may hold (docs/dicom_conformance.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType

from pydicom.sr.coding import Code

from spineseg.domain import (
    codes,
    extent_vocabulary,
    followup_vocabulary,
    report_vocabulary,
    revision_vocabulary,
    vocabulary,
)
from spineseg.domain.codes import Quantity
from spineseg.domain.labels import ANATOMY
from spineseg.domain.quality import QUALITY_TEXT
from spineseg.domain.vocabulary import Subregion

_MODULES: tuple[ModuleType, ...] = (
    vocabulary, extent_vocabulary, followup_vocabulary, report_vocabulary, revision_vocabulary, codes,
)  # fmt: skip


def code_tables() -> str:
    """Every constant and table of the vocabulary, and every label of a mask, in the order of the sources."""
    constants = dict(_constants())
    single = {name: value for name, value in constants.items() if isinstance(value, Code)}
    parts = [_section("Concepts, units and single answers", ("name", *_CODE_HEAD), _single_rows(single))]
    parts += [_table_section(name, value) for name, value in constants.items() if not isinstance(value, Code)]
    parts.append(_section("Segments of the anatomy", ("labels", *_CODE_HEAD), _label_rows()))
    parts.append(_section("Limitations in words", ("code", "sentence"), _limitation_rows()))
    return "\n".join(part for part in parts if part)


_CODE_HEAD = ("code", "scheme", "meaning")


def _constants() -> Iterator[tuple[str, object]]:
    """Codes, quantities and their tables, each under its name where it is first met."""
    for module in _MODULES:
        for name, value in vars(module).items():
            if name.isupper() and isinstance(value, Code | Mapping | tuple):
                yield name, value


def _table_section(name: str, table: object) -> str:
    """One table of the vocabulary; empty where it holds no codes."""
    if isinstance(table, tuple):
        table = {one.key: one for one in table if isinstance(one, Quantity)}
    rows = [_row_of(key, value) for key, value in table.items()] if isinstance(table, Mapping) else []
    if not rows or None in rows:
        return ""
    return _section(
        name.replace("_", " ").capitalize(), ("key", *_CODE_HEAD, "unit, side or code in its place"), filter(None, rows)
    )


def _row_of(key: object, value: object) -> tuple[str, ...] | None:
    match value:
        case Quantity():
            return (_key_text(key), *_code(value.concept), str(value.unit.value))
        case Subregion():
            return (_key_text(key), *_code(value.code), "" if value.laterality is None else value.laterality.meaning)
        case Code() if isinstance(key, Code):
            return ("former", *_code(key), f"{value.value} {value.scheme_designator}")
        case Code():
            return (_key_text(key), *_code(value), "")
    return None


def _single_rows(single: Mapping[str, Code]) -> Iterator[tuple[str, ...]]:
    for name, code in single.items():
        yield (name.lower().replace("_", " "), *_code(code))


def _label_rows() -> Iterator[tuple[str, ...]]:
    by_code: dict[Code, list[int]] = {}
    for value, label in ANATOMY.items():
        by_code.setdefault(label.code, []).append(value)
    for code, values in by_code.items():
        yield (", ".join(f"{value} {ANATOMY[value].name}" for value in values), *_code(code))


def _limitation_rows() -> Iterator[tuple[str, ...]]:
    for code, sentence in QUALITY_TEXT.items():
        yield (str(vocabulary.QUALITY_CODES[code].value), sentence)


def _code(code: Code) -> tuple[str, str, str]:
    return (str(code.value), str(code.scheme_designator), str(code.meaning))


def _key_text(key: object) -> str:
    return str(getattr(key, "value", key))


def _section(title: str, head: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    names = tuple(head)
    lines = [f"### {title}", "", _line(names), _line(("---",) * len(names)), *map(_line, rows)]
    return "\n".join(lines) + "\n"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
