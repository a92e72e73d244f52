"""Words -> DICOM codes: what the vocabulary tables are made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from pydicom.sr.coding import Code

from spineseg.domain.labels import PRIVATE_SCHEME

_Key = TypeVar("_Key", bound=StrEnum)

# SNOMED CT as in PS3.16 CID 240 and 244.
PRESENT = Code("52101004", "SCT", "Present")
ABSENT = Code("272519000", "SCT", "Absent")
LATERALITY = Code("272741003", "SCT", "Laterality")
LEFT = Code("7771000", "SCT", "Left")
RIGHT = Code("24028007", "SCT", "Right")
UNILATERAL = Code("66459002", "SCT", "Unilateral")
BILATERAL = Code("51440002", "SCT", "Bilateral")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One measurement: its key in `findings.json` (unit in the name), concept and unit."""

    key: str
    concept: Code
    unit: Code


def private(value: str, meaning: str) -> Code:
    """Code of the private scheme."""
    return Code(value, PRIVATE_SCHEME, meaning)


def quantities(*rows: tuple[str, Code, Code]) -> dict[str, Quantity]:
    """Table of measurements by their key; a row is key, concept, unit."""
    return {key: Quantity(key=key, concept=concept, unit=unit) for key, concept, unit in rows}


def answers(prefix: str, first: int, meanings: dict[_Key, str]) -> dict[_Key, Code]:
    """Private codes of all answers to a question, numbered from `first`."""
    return {
        key: private(f"{prefix}{first + number:03d}", meaning) for number, (key, meaning) in enumerate(meanings.items())
    }
