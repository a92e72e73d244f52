from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from enum import StrEnum
from itertools import chain

import pytest
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from spineseg.domain import vocabulary
from spineseg.domain.findings import CompartmentFractions, LesionFinding
from spineseg.domain.labels import ANATOMY, PRIVATE_SCHEME
from spineseg.domain.sins import SinsComponent

MEASUREMENTS = [
    *vocabulary.LEVEL_MEASUREMENTS.values(),
    *vocabulary.LESION_MEASUREMENTS.values(),
    *vocabulary.ESCC_METRICS.values(),
    *vocabulary.DECISIVE_POINT,
]
# The unit that the end of a key promises.
UNIT_OF_SUFFIX = {
    "_mm": vocabulary.MM,
    "_mm2": vocabulary.MM2,
    "_mm3": vocabulary.MM3,
    "_pct": vocabulary.PERCENT,
    "_fraction": vocabulary.NO_UNITS,
}


def _answer_tables() -> list[Mapping[StrEnum, Code]]:
    tables = [table for table in vars(vocabulary).values() if isinstance(table, dict)]
    return [table for table in tables if all(isinstance(row, Code) for row in table.values())]


def _all_codes() -> Iterator[Code]:
    values = [value for name, value in vars(vocabulary).items() if isinstance(value, Code) and name.isupper()]
    answers = chain.from_iterable(table.values() for table in _answer_tables())
    return chain(values, answers, (quantity.concept for quantity in MEASUREMENTS))


@pytest.mark.parametrize("quantity", MEASUREMENTS, ids=lambda quantity: quantity.key)
def test_unit_in_the_name(quantity: vocabulary.Quantity) -> None:
    """The unit that a key ends with is the unit that the SR states."""
    assert quantity.unit == UNIT_OF_SUFFIX["_" + quantity.key.rsplit("_", 1)[1]]


@pytest.mark.parametrize("table", ["LEVEL_MEASUREMENTS", "LESION_MEASUREMENTS", "ESCC_METRICS"])
def test_tables_are_keyed_by_key(table: str) -> None:
    """A measurement is found under the key that it has in findings.json."""
    assert all(key == quantity.key for key, quantity in getattr(vocabulary, table).items())


def test_one_code_one_meaning() -> None:
    """No code stands for two things: reading an SR back is unambiguous, labels included."""
    meanings: dict[tuple[str, str], set[str]] = {}
    for code in chain(_all_codes(), (label.code for label in ANATOMY.values())):
        meanings.setdefault((code.scheme_designator, code.value), set()).add(code.meaning)

    # Discs of unknown level share their words, not their codes.
    assert {key: found for key, found in meanings.items() if len(found) > 1} == {}


def test_measurements_have_codes_of_their_own() -> None:
    """No two measurements of the SR share a concept."""
    assert len({quantity.concept for quantity in MEASUREMENTS}) == len(MEASUREMENTS)


def test_codes_fit_dicom() -> None:
    """Code values fit SH (16) and meanings fit LO (64 characters, PS3.5 section 6.2)."""
    assert max(len(code.value) for code in _all_codes()) <= 16
    assert max(len(code.meaning) for code in _all_codes()) <= 64


@pytest.mark.parametrize("table", _answer_tables(), ids=lambda table: type(next(iter(table))).__name__)
def test_every_answer_has_a_code(table: Mapping[StrEnum, Code]) -> None:
    """Every answer that findings can hold can be written, each with a code of its own."""
    assert set(table) == set(type(next(iter(table))))
    assert len(set(table.values())) == len(table)


def test_answer_tables_are_found() -> None:
    """The check above sees the tables: grades, bands, reasons, compartments, bone, SINS, names, origins, quality."""
    assert len(_answer_tables()) >= 10


@pytest.mark.parametrize(
    ("code", "keyword"),
    [
        (vocabulary.YES, "Yes"),
        (vocabulary.NO, "No"),
        (vocabulary.UNDETERMINED, "Undetermined"),
        (vocabulary.NEOPLASM, "Neoplasm"),
        (vocabulary.LESION_MEASUREMENTS["volume_mm3"].concept, "Volume"),
    ],
)
def test_public_codes(code: Code, keyword: str) -> None:
    """SNOMED CT codes are those that pydicom's copy of PS3.16 gives for the same words."""
    assert (code.value, code.scheme_designator) == (getattr(codes.SCT, keyword).value, "SCT")


@pytest.mark.parametrize(
    ("unit", "keyword"),
    [(vocabulary.MM, "Millimeter"), (vocabulary.MM2, "SquareMillimeter"), (vocabulary.MM3, "CubicMillimeter")],
)
def test_units(unit: Code, keyword: str) -> None:
    """Units are UCUM, as PS3.16 CID 7181 writes them."""
    assert unit == getattr(codes.UCUM, keyword)


def test_lesion_measurements_exist() -> None:
    """Every measurement of a lesion has its field: what the SR would write, findings can hold."""
    fields = {field.name for field in dataclasses.fields(LesionFinding)}
    shares = {f"{field.name}_fraction" for field in dataclasses.fields(CompartmentFractions)}

    assert set(vocabulary.LESION_MEASUREMENTS) <= fields | shares


def test_sins_components() -> None:
    """Each of the six components of SINS can be written."""
    assert set(vocabulary.SINS_COMPONENTS) == set(SinsComponent)


def test_private_codes_say_so() -> None:
    """A private code carries the private scheme, never that of a standard."""
    private = [code for code in _all_codes() if code.value.startswith("SS")]

    assert private
    assert {code.scheme_designator for code in private} == {PRIVATE_SCHEME}
