from __future__ import annotations

import pytest
from pydicom.datadict import tag_for_keyword

from spineseg.ingest.keywords import ENHANCED_NUMBERS, KEYWORDS, NUMBERS


@pytest.mark.parametrize("keyword", [*KEYWORDS, *(word for row in ENHANCED_NUMBERS for word in row)])
def test_keywords_are_those_of_the_standard(keyword: str) -> None:
    """Every keyword is in the data dictionary: a misspelt one would be absent from every file."""
    assert tag_for_keyword(keyword) is not None


def test_nobody_is_read() -> None:
    """No attribute that names or describes the patient is ever read by discovery."""
    about_a_person = {"PatientName", "PatientID", "PatientBirthDate", "PatientSex", "ReferringPhysicianName"}

    assert not about_a_person & set(KEYWORDS)


def test_enhanced_numbers_have_a_classic_name() -> None:
    """What functional groups hold is known by the keyword of single-frame files."""
    assert {classic for _, _, classic in ENHANCED_NUMBERS} <= set(NUMBERS)
