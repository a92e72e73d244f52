"""Words -> DICOM codes: what the vocabulary tables are made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from pydicom.sr.coding import Code

from spineseg.domain.labels import PRIVATE_SCHEME

_Key = TypeVar("_Key", bound=StrEnum)

# Scheme of the ACR's and RSNA's common data elements, UID 1.2.840.10008.2.16.15 (PS3.16 section 8).
RADELEMENT_SCHEME = "RADELEMENT"

# SNOMED CT as in PS3.16 CID 240 and 244.
PRESENT = Code("52101004", "SCT", "Present")
ABSENT = Code("272519000", "SCT", "Absent")
LATERALITY = Code("272741003", "SCT", "Laterality")
LEFT = Code("7771000", "SCT", "Left")
RIGHT = Code("24028007", "SCT", "Right")
UNILATERAL = Code("66459002", "SCT", "Unilateral")
BILATERAL = Code("51440002", "SCT", "Bilateral")
# Family of an algorithm, PS3.16 CID 7162.
ARTIFICIAL_INTELLIGENCE = Code("123110", "DCM", "Artificial Intelligence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One measurement: its key in `findings.json` (unit in the name), concept and unit."""

    key: str
    concept: Code
    unit: Code


def private(value: str, meaning: str) -> Code:
    """Code of the private scheme."""
    return Code(value, PRIVATE_SCHEME, meaning)


def radelement(value: str, meaning: str) -> Code:
    """Code of RadElement, with our own words: they say that a grade is approximate."""
    return Code(value, RADELEMENT_SCHEME, meaning)


def quantities(*rows: tuple[str, Code, Code]) -> dict[str, Quantity]:
    """Table of measurements by their key; a row is key, concept, unit."""
    return {key: Quantity(key=key, concept=concept, unit=unit) for key, concept, unit in rows}


def answers(prefix: str, first: int, meanings: dict[_Key, str]) -> dict[_Key, Code]:
    """Private codes of all answers to a question, numbered from `first`."""
    return {
        key: private(f"{prefix}{first + number:03d}", meaning) for number, (key, meaning) in enumerate(meanings.items())
    }
