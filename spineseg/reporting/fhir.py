"""Findings + Recommendation -> a FHIR R4 bundle: report, observations, alerts as risks, options as a draft plan."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pydicom.sr.coding import Code

from spineseg.domain.findings import Findings
from spineseg.domain.quality import QUALITY_TEXT
from spineseg.domain.recommendation import OptionStatus, Recommendation
from spineseg.reporting.fhir_observations import lesion_observations
from spineseg.reporting.fhir_parts import FhirContext, Resource, concept, iso_date, narrative, uid_identifier
from spineseg.reporting.fhir_plan import PLAN, care_plan, risk_assessments
from spineseg.reporting.option_words import of_status
from spineseg.reporting.sr_header import ReportHeader
from spineseg.reporting.wording import RESEARCH_BANNER, lesion_sentence

_REPORT_CODE = Code("18748-4", "LN", "Diagnostic imaging study")  # clinical.md section 5.5
_GENDERS = {"M": "male", "F": "female", "O": "other"}  # DICOM PS3.3 C.7.1.1 to FHIR administrative-gender


def fhir_bundle(findings: Findings, recommendation: Recommendation, header: ReportHeader, *, now: datetime) -> Resource:
    """Bundle of a report and of what the rules make of it, as JSON-ready mapping.

    Status stays preliminary until the SR is verified; the plan is a draft always. Resources are named after the
    report: a bundle that is made again replaces the first one and never multiplies.

    Parameters
    ----------
    now
        With a time zone.
    """
    context = FhirContext(header=header, findings=findings, now=now)
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "identifier": uid_identifier(header.sop_instance_uid),
        "timestamp": context.issued,
        "entry": [
            {"fullUrl": context.full_url(kind), "resource": resource}
            for kind, resource in _resources(recommendation, context)
        ],
    }


def _resources(recommendation: Recommendation, context: FhirContext) -> Iterator[tuple[str, Resource]]:
    observations = list(lesion_observations(context))
    results = [context.reference(kind) for kind, _ in observations]
    yield "report", _report(recommendation, context, results)
    yield "patient", _patient(context.header)
    yield "device", _device(context.findings)
    yield from observations
    yield from risk_assessments(recommendation, context)
    yield PLAN, care_plan(recommendation, context)


def _report(recommendation: Recommendation, context: FhirContext, results: list[Resource]) -> Resource:
    findings = context.findings
    alerts = [f"ALERT: {alert.text}" for alert in of_status(recommendation, OptionStatus.ALERT)]
    lesions = [lesion_sentence(lesion, findings) for lesion in findings.lesions]
    doubts = list(dict.fromkeys(QUALITY_TEXT[note.code] for note in findings.quality))
    said = [*alerts, *lesions, *doubts]
    report: Resource = {
        "resourceType": "DiagnosticReport",
        **context.common(),
        "identifier": [uid_identifier(context.header.sop_instance_uid)],
        "code": concept(_REPORT_CODE),
        "issued": context.issued,
        "imagingStudy": [{"identifier": uid_identifier(findings.study_instance_uid)}],
        "conclusion": " ".join((RESEARCH_BANNER, *said)),
        "text": narrative(said),
    }
    return report | ({"result": results} if results else {})


def _patient(header: ReportHeader) -> Resource:
    """What the report says of the patient and nothing else."""
    birth_date = iso_date(header.birth_date)
    said = {
        "identifier": [{"value": header.patient_id}] if header.patient_id else None,
        "name": [{"text": header.patient_name}] if header.patient_name else None,
        "birthDate": birth_date or None,
        "gender": _GENDERS.get(header.sex),
    }
    return {"resourceType": "Patient", **{name: value for name, value in said.items() if value}}


def _device(findings: Findings) -> Resource:
    algorithm = findings.algorithm
    return {
        "resourceType": "Device",
        "deviceName": [{"name": algorithm.name, "type": "model-name"}],
        "version": [{"value": algorithm.version}],
        "note": [{"text": RESEARCH_BANNER}],
    }
