from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from enum import StrEnum
from itertools import chain

import pytest
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from spineseg.domain import codes as building_blocks
from spineseg.domain import extent_vocabulary, followup_vocabulary, vocabulary
from spineseg.domain.codes import Quantity
from spineseg.domain.findings import Change, CompartmentFractions, LesionFinding
from spineseg.domain.labels import ANATOMY, PRIVATE_SCHEME
from spineseg.domain.sins import SinsComponent

MEASUREMENTS = [
    *vocabulary.LEVEL_MEASUREMENTS.values(),
    *vocabulary.LESION_MEASUREMENTS.values(),
    *vocabulary.ESCC_METRICS.values(),
    *vocabulary.DECISIVE_POINT,
    *vocabulary.SINS_EVIDENCE.values(),
    *followup_vocabulary.FOLLOWUP_MEASUREMENTS.values(),
]
# The unit that the end of a key promises.
UNIT_OF_SUFFIX = {
    "_mm": vocabulary.MM,
    "_mm2": vocabulary.MM2,
    "_mm3": vocabulary.MM3,
    "_pct": vocabulary.PERCENT,
    "_fraction": vocabulary.NO_UNITS,
    "_change": vocabulary.NO_UNITS,
    "_deg": vocabulary.DEGREE,
    "_hu": vocabulary.HOUNSFIELD,
}
NAMES = [
    (name, value)
    for module in (building_blocks, vocabulary, extent_vocabulary, followup_vocabulary)
    for name, value in vars(module).items()
    if name.isupper()
]


def _code_tables() -> list[Mapping[object, Code]]:
    tables = [table for _, table in NAMES if isinstance(table, dict)]
    return [table for table in tables if all(isinstance(row, Code) for row in table.values())]


def _answer_tables() -> list[Mapping[StrEnum, Code]]:
    """Those whose answers are an enumeration."""
    return [table for table in _code_tables() if all(isinstance(answer, StrEnum) for answer in table)]  # type: ignore[misc]


def _all_codes() -> Iterator[Code]:
    values = [value for _, value in NAMES if isinstance(value, Code)]
    answers = chain.from_iterable(table.values() for table in _code_tables())
    parts = (part.code for part in vocabulary.SUBREGIONS.values())
    return chain(values, answers, parts, (quantity.concept for quantity in MEASUREMENTS))


@pytest.mark.parametrize("quantity", MEASUREMENTS, ids=lambda quantity: quantity.key)
def test_unit_in_the_name(quantity: Quantity) -> None:
    """The unit that a key ends with is the unit that the SR states."""
    assert quantity.unit == UNIT_OF_SUFFIX["_" + quantity.key.rsplit("_", 1)[1]]


@pytest.mark.parametrize("table", ["LEVEL_MEASUREMENTS", "LESION_MEASUREMENTS", "ESCC_METRICS", "SINS_EVIDENCE"])
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
    """The check above sees the tables, from grades and their reasons to doubts and changes."""
    assert len(_answer_tables()) >= 12


@pytest.mark.parametrize(
    ("code", "keyword"),
    [
        (vocabulary.YES, "Yes"),
        (vocabulary.NO, "No"),
        (vocabulary.UNDETERMINED, "Undetermined"),
        (vocabulary.NEOPLASM, "Neoplasm"),
        (building_blocks.PRESENT, "Present"),
        (building_blocks.ABSENT, "Absent"),
        (building_blocks.UNILATERAL, "Unilateral"),
        (building_blocks.BILATERAL, "Bilateral"),
        (building_blocks.LATERALITY, "Laterality"),
        (vocabulary.SUBREGIONS["pedicle_left"].code, "PedicleOfVertebra"),
        (vocabulary.SUBREGIONS["lamina_right"].code, "LaminaOfVertebra"),
        (vocabulary.SUBREGIONS["transverse_process_left"].code, "TransverseProcessOrVertebra"),
        (vocabulary.SUBREGIONS["spinous_process"].code, "SpinousProcessOfVertebra"),
        (vocabulary.SUBREGIONS["rib_head_left"].code, "HeadOfRib"),
        (followup_vocabulary.CHANGES[Change.GROWN], "IncreasedSize"),
        (followup_vocabulary.CHANGES[Change.SHRUNK], "DecreasedSize"),
        (followup_vocabulary.CHANGES[Change.STABLE], "NoChange"),
        (vocabulary.LESION_MEASUREMENTS["volume_mm3"].concept, "Volume"),
    ],
)
def test_public_codes(code: Code, keyword: str) -> None:
    """SNOMED CT codes are those that pydicom's copy of PS3.16 gives for the same words."""
    assert code == getattr(codes.SCT, keyword)


@pytest.mark.parametrize(
    ("unit", "keyword"),
    [
        (vocabulary.MM, "Millimeter"),
        (vocabulary.MM2, "SquareMillimeter"),
        (vocabulary.MM3, "CubicMillimeter"),
        (vocabulary.DEGREE, "Degree"),
        (vocabulary.HOUNSFIELD, "HounsfieldUnit"),
    ],
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


def test_the_parts_of_a_vertebra_are_a_closed_set() -> None:
    """Paired parts have both sides, each part is told by its code and side, and the mean of HU is the public code."""
    parts = vocabulary.SUBREGIONS
    paired = {name.rsplit("_", 1)[0] for name in parts if name.endswith(("_left", "_right"))}

    assert paired == {
        "pedicle", "lamina", "articular_process", "transverse_process", "rib_head", "foramen", "paraspinal",
    }  # fmt: skip
    assert parts.keys() - {f"{name}_{side}" for name in paired for side in ("left", "right")} == {
        "vertebral_body", "posterior_wall", "spinous_process", "prevertebral", "epidural_space",
        "posterior_wall_breach",
    }  # fmt: skip
    assert len(set(parts.values())) == len(parts)
    for name in paired:
        assert parts[f"{name}_left"].laterality == codes.SCT.Left
        assert parts[f"{name}_right"].laterality == codes.SCT.Right
    assert vocabulary.SINS_EVIDENCE["lesion_mean_hu"].concept == codes.DCM.MeanAttenuationCoefficient
