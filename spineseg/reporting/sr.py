"""Findings + SEG objects -> DICOM SR: Comprehensive 3D SR after TID 1500 that holds everything in the findings.

Regions (lesions, levels) are measurement groups; what is said of the whole study stands in the document's Qualitative
Evaluations: a group without a region would make readers that expect a region in every group stumble.
"""

from __future__ import annotations

from collections.abc import Sequence

from highdicom.sr import (
    Comprehensive3DSR,
    DeviceObserverIdentifyingAttributes,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    ObserverContext,
    TrackingIdentifier,
)
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.uid import ExplicitVRLittleEndian

from spineseg.domain.findings import Findings
from spineseg.domain.labels import PRIVATE_SCHEME
from spineseg.domain.vocabulary import CODING_SCHEME_NAME
from spineseg.domain.volume import Modality
from spineseg.reporting.context import (
    DEVICE_SERIAL_NUMBER,
    MANUFACTURER,
    MODEL_NAME,
    REPORT_SERIES,
    ResultContext,
    finish,
)
from spineseg.reporting.sr_evaluations import study_evaluations
from spineseg.reporting.sr_groups import Group, GroupBuilder, SourceObjects

# PS3.16 CID 100; it has no code for one body part, so the region is told by the finding sites.
_PROCEDURES = {
    Modality.MR.value: Code("25056-3", "LN", "MRI unspecified body region"),
    Modality.CT.value: Code("25045-6", "LN", "CT unspecified body region"),
}


def build_sr(findings: Findings, objects: Sequence[SourceObjects], context: ResultContext) -> Dataset:
    """The report, complete, preliminary and unverified."""
    builder = GroupBuilder(findings=findings, context=context, by_series=_by_series(objects))
    groups = [
        *(builder.lesion(lesion, number) for number, lesion in enumerate(findings.lesions, start=1)),
        *(builder.level(level) for level in findings.levels),
    ]
    content = _measurement_report(groups, objects, context)
    content.ContentSequence.append(
        study_evaluations(findings, [one.source.series.series_instance_uid for one in objects])
    )
    report = Comprehensive3DSR(
        evidence=_evidence(objects),
        content=content,
        series_instance_uid=context.uid("report", "series"),
        series_number=REPORT_SERIES,
        sop_instance_uid=context.uid("report", "instance"),
        instance_number=1,
        manufacturer=MANUFACTURER,
        is_complete=True,
        is_final=False,
        is_verified=False,
        transfer_syntax_uid=ExplicitVRLittleEndian,
        series_description="spineseg report (research use only)",
    )
    report.CodingSchemeIdentificationSequence = [_coding_scheme()]
    finish(report, context, objects[0].source.patient_study)
    return report


def _measurement_report(groups: Sequence[Group], objects: Sequence[SourceObjects], context: ResultContext) -> Dataset:
    """Root of the report, without the container of measurements where there are none."""
    images = [header for one in objects if not one.source.multi_frame for header in one.key_headers]
    modalities = dict.fromkeys(one.source.series.modality for one in objects)
    placeholder = MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(uid=context.uid("placeholder"), identifier="none")
    )
    root: Dataset = MeasurementReport(
        observation_context=_observer(context),
        procedure_reported=[_PROCEDURES[modality] for modality in modalities if modality in _PROCEDURES],
        imaging_measurements=groups or [placeholder],  # highdicom asks for one; TID 1500 row 6 does not
        title=codes.DCM.ImagingMeasurementReport,
        referenced_images=images or None,
    )[0]
    if not groups:
        del root.ContentSequence[-1]
    return root


def _by_series(objects: Sequence[SourceObjects]) -> dict[str, SourceObjects]:
    return {one.source.series.series_instance_uid: one for one in reversed(objects)}


def _evidence(objects: Sequence[SourceObjects]) -> list[Dataset]:
    """Headers first: highdicom takes the study from the first, and they carry no patient data."""
    headers = {str(header.SOPInstanceUID): header for one in objects for header in one.key_headers}.values()
    segments = [seg.dataset for one in objects for seg in (one.anatomy, one.lesions) if seg is not None]
    return [*headers, *segments]


def _observer(context: ResultContext) -> ObservationContext:
    device = DeviceObserverIdentifyingAttributes(
        uid=context.uid("device"),
        name=MODEL_NAME,
        manufacturer_name=MANUFACTURER,
        model_name=MODEL_NAME,
        serial_number=DEVICE_SERIAL_NUMBER,
    )
    return ObservationContext(
        observer_device_context=ObserverContext(observer_type=codes.DCM.Device, observer_identifying_attributes=device)
    )


def _coding_scheme() -> Dataset:
    """Who is responsible for the private codes (PS3.3 C.12.1.1.10)."""
    scheme = Dataset()
    scheme.CodingSchemeDesignator = PRIVATE_SCHEME
    scheme.CodingSchemeName = CODING_SCHEME_NAME
    scheme.CodingSchemeResponsibleOrganization = MANUFACTURER
    return scheme
