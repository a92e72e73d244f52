"""Codes, dates and names -> the small parts of FHIR R4 resources that the export is put together from."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import TypeAlias

from pydicom.sr.coding import Code

from spineseg.domain.codes import RADELEMENT_SCHEME
from spineseg.domain.findings import Findings
from spineseg.domain.labels import PRIVATE_SCHEME
from spineseg.domain.uids import derive_uid
from spineseg.reporting.sr_header import ReportHeader
from spineseg.reporting.wording import RESEARCH_BANNER

Resource: TypeAlias = dict[str, object]

# https://terminology.hl7.org names the systems of SNOMED CT, LOINC and UCUM; a private scheme is named by its OID.
_SYSTEMS = {
    "SCT": "http://snomed.info/sct",
    "LN": "http://loinc.org",
    "UCUM": "http://unitsofmeasure.org",
    "DCM": "http://dicom.nema.org/resources/ontology/DCM",
    RADELEMENT_SCHEME: "urn:oid:1.2.840.10008.2.16.15",
    PRIVATE_SCHEME: f"urn:oid:{derive_uid('coding scheme', PRIVATE_SCHEME)}",
}
DICOM_UID = "urn:dicom:uid"
_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


@dataclass(frozen=True, slots=True, kw_only=True)
class FhirContext:
    """What all resources of one bundle share.

    Parameters
    ----------
    now
        When the bundle is made; with a time zone, as FHIR's instants ask for.
    """

    header: ReportHeader
    findings: Findings
    now: datetime

    @property
    def status(self) -> str:
        """Status of reports and observations: preliminary until a physician has verified the SR."""
        return "final" if self.header.verified else "preliminary"

    @property
    def issued(self) -> str:
        """When the bundle is made, as an instant."""
        return self.now.isoformat(timespec="seconds")

    def full_url(self, kind: str) -> str:
        """Name of a resource inside the bundle; the same for the same report and kind."""
        return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, f'{self.header.sop_instance_uid}/{kind}')}"

    def reference(self, kind: str) -> Resource:
        """Reference to a resource of the same bundle."""
        return {"reference": self.full_url(kind)}

    def common(self) -> Resource:
        """Fields of every finding: its status, subject, time and the device that made it."""
        made: Resource = {"status": self.status, "subject": self.reference("patient")}
        study_date = iso_date(self.header.study_date)
        return made | ({"effectiveDateTime": study_date} if study_date else {})


def concept(code: Code, text: str = "") -> Resource:
    """CodeableConcept of a code of the vocabulary table."""
    coding = {"system": _SYSTEMS[str(code.scheme_designator)], "code": str(code.value), "display": str(code.meaning)}
    return {"coding": [coding], "text": text or str(code.meaning)}


def text_concept(text: str) -> Resource:
    """CodeableConcept without a code."""
    return {"text": text}


def absent(reason: str, text: str) -> Resource:
    """DataAbsentReason: "unknown", "not-applicable" or "not-performed", and why in words."""
    return {"coding": [{"system": _ABSENT, "code": reason}], "text": text}


def imaging_category() -> list[Resource]:
    """Category of observations on images."""
    return [{"coding": [{"system": _CATEGORY, "code": "imaging", "display": "Imaging"}]}]


def quantity(value: float, unit: Code, name: str = "") -> Resource:
    """Quantity with its UCUM unit."""
    return {"value": value, "unit": name or str(unit.value), "system": _SYSTEMS["UCUM"], "code": str(unit.value)}


def uid_identifier(uid: str) -> Resource:
    """Identifier of something in DICOM."""
    return {"system": DICOM_UID, "value": f"urn:oid:{uid}"}


def iso_date(value: str) -> str:
    """DA as FHIR date; empty where it is none."""
    try:
        return datetime.strptime(value, "%Y%m%d").date().isoformat()  # a date has no zone
    except ValueError:
        return ""


def narrative(sentences: list[str]) -> Mapping[str, str]:
    """Text of a resource for people, the banner first; every value is escaped."""
    paragraphs = "".join(f"<p>{escape(sentence)}</p>" for sentence in (RESEARCH_BANNER, *sentences))
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{paragraphs}</div>'}
