from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pydicom.sr.coding import Code

from spineseg.domain import vocabulary as words
from spineseg.reporting.fhir_parts import FhirContext, concept, iso_date, narrative, quantity, uid_identifier
from tests.reporting.bundles import FINDINGS
from tests.reporting.recommendations import HEADER

CONTEXT = FhirContext(header=HEADER, findings=FINDINGS, now=datetime(2026, 11, 22, 17, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("code", "system"),
    [
        (words.NEOPLASM, "http://snomed.info/sct"),
        (Code("18748-4", "LN", "Diagnostic imaging study"), "http://loinc.org"),
        (words.COMPARTMENT, "urn:oid:"),
    ],
)
def test_a_code_keeps_its_system(code: Code, system: str) -> None:
    """Public codes name their public system, ours a UID of our own."""
    coding = concept(code)["coding"][0]  # type: ignore[index] # a list of codings

    assert coding["system"].startswith(system)
    assert (coding["code"], coding["display"]) == (code.value, code.meaning)


@pytest.mark.parametrize(("value", "date"), [("20261120", "2026-11-20"), ("1960", ""), ("", ""), ("20261399", "")])
def test_a_date_that_is_none_is_left_out(value: str, date: str) -> None:
    """Only a whole date of the calendar becomes a FHIR date."""
    assert iso_date(value) == date


def test_names_depend_on_report_and_kind() -> None:
    """Two reports never share the name of a resource."""
    other = replace(CONTEXT, header=replace(HEADER, sop_instance_uid="1.2.3.5"))

    assert CONTEXT.full_url("report") == CONTEXT.full_url("report")
    assert len({CONTEXT.full_url("report"), CONTEXT.full_url("patient"), other.full_url("report")}) == 3


def test_units_and_identifiers_are_those_of_the_standard() -> None:
    """Quantities carry UCUM, UIDs of DICOM carry its namespace."""
    assert quantity(3.5, words.MM)["code"] == "mm"
    assert quantity(3.5, words.MM)["system"] == "http://unitsofmeasure.org"
    assert uid_identifier("1.2.3") == {"system": "urn:dicom:uid", "value": "urn:oid:1.2.3"}


def test_a_narrative_is_well_formed_whatever_it_says() -> None:
    """Text for people is XHTML in which nothing is markup but our own tags."""
    div = narrative(['a < b & "c" </div><script>'])["div"]

    assert div.count("<") == 6  # div, two paragraphs, each opened and closed
    assert "&lt;script&gt;" in div
