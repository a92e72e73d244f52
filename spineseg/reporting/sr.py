"""Findings + SEG objects -> DICOM SR: Comprehensive 3D SR after TID 1500 that holds everything in the findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from highdicom.sr import (
    AlgorithmIdentification,
    Comprehensive3DSR,
    DeviceObserverIdentifyingAttributes,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    ObserverContext,
    ReferencedSegment,
    RelationshipTypeValues,
    SourceSeriesForSegmentation,
    TextContentItem,
    TrackingIdentifier,
    UIDRefContentItem,
    VolumetricROIMeasurementsAndQualitativeEvaluations,
)
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.uid import ExplicitVRLittleEndian

from spineseg.domain.findings import Findings, LesionFinding, LevelFinding
from spineseg.domain.labels import (
    PRIVATE_SCHEME,
    SACRUM,
    UNNAMED_OFFSET,
    VERTEBRA,
    VERTEBRA_VALUES,
)
from spineseg.domain.quality import QUALITY_TEXT, QualityNote
from spineseg.domain.segmentation import AlgorithmIdentity
from spineseg.domain.vocabulary import CODING_SCHEME_NAME, NEOPLASM, QUALITY, REPORT_SUMMARY
from spineseg.domain.volume import Modality
from spineseg.reporting import sr_rows as rows
from spineseg.reporting.context import (
    DEVICE_SERIAL_NUMBER,
    MANUFACTURER,
    MODEL_NAME,
    REPORT_SERIES,
    ResultContext,
    finish,
)
from spineseg.reporting.seg import SegObject, algorithm_parameters, anatomy_tracking_uid
from spineseg.reporting.source import Source
from spineseg.reporting.wording import RESEARCH_BANNER, lesion_sentence

# PS3.16 CID 100; it has no code for one body part, so the region is told by the finding sites.
_PROCEDURES = {
    Modality.MR.value: Code("25056-3", "LN", "MRI unspecified body region"),
    Modality.CT.value: Code("25045-6", "LN", "CT unspecified body region"),
}
_SEPARATOR = "="  # between name and value of an algorithm parameter
_Group = MeasurementsAndQualitativeEvaluations | VolumetricROIMeasurementsAndQualitativeEvaluations


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SourceObjects:
    """What was made from one series.

    Parameters
    ----------
    key_headers
        Headers of the images that the report refers to.
    """

    source: Source
    anatomy: SegObject | None
    lesions: SegObject | None
    key_headers: tuple[Dataset, ...]


def build_sr(findings: Findings, objects: Sequence[SourceObjects], context: ResultContext) -> Dataset:
    """The report, complete, preliminary and unverified."""
    builder = _GroupBuilder(findings=findings, context=context, by_series=_by_series(objects))
    groups = [
        builder.summary(),
        *(builder.lesion(lesion, number) for number, lesion in enumerate(findings.lesions, start=1)),
        *(builder.level(level) for level in findings.levels),
        *(builder.limitation(note, number) for number, note in enumerate(findings.quality, start=1)),
    ]
    images = [header for one in objects if not one.source.multi_frame for header in one.key_headers]
    modalities = dict.fromkeys(one.source.series.modality for one in objects)
    content = MeasurementReport(
        observation_context=_observer(context),
        procedure_reported=[_PROCEDURES[modality] for modality in modalities if modality in _PROCEDURES],
        imaging_measurements=groups,
        title=codes.DCM.ImagingMeasurementReport,
        referenced_images=images or None,
    )
    report = Comprehensive3DSR(
        evidence=_evidence(objects),
        content=content[0],
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


def parameter_texts(algorithm: AlgorithmIdentity) -> list[str]:
    """Algorithm parameters as the SR writes them, "name=value" each."""
    return [f"{name}{_SEPARATOR}{value}" for name, value in algorithm_parameters(algorithm).items()]


@dataclass(frozen=True, slots=True, kw_only=True)
class _GroupBuilder:
    findings: Findings
    context: ResultContext
    by_series: dict[str, SourceObjects]

    def summary(self) -> _Group:
        """First group: counts, whether a lesion was detected, who computed it, and the banner."""
        group = MeasurementsAndQualitativeEvaluations(
            tracking_identifier=TrackingIdentifier(uid=self.context.uid("summary"), identifier="Summary"),
            finding_type=REPORT_SUMMARY,
            algorithm_id=self._algorithm(),
            measurements=rows.summary_measurements(self.findings),
            qualitative_evaluations=rows.summary_evaluations(self.findings),
        )
        return _with(group, texts=[(codes.DCM.Comment, RESEARCH_BANNER)])

    def lesion(self, lesion: LesionFinding, number: int) -> _Group:
        """Group of one lesion, on its segment where it has one."""
        owner = self.by_series.get(lesion.series_instance_uid)
        group = self._region_or_group(
            _segment_reference(owner, owner and owner.lesions, lesion.number),
            tracking=TrackingIdentifier(uid=lesion.tracking_uid, identifier=f"Suspected lesion {number}"),
            finding_type=NEOPLASM,
            site_names=lesion.levels,
            measurements=rows.lesion_measurements(lesion),
            evaluations=rows.lesion_evaluations(lesion),
            with_algorithm=True,
        )
        sentence = (codes.DCM.Comment, lesion_sentence(lesion, self.findings))
        return _with(group, texts=[*rows.lesion_texts(lesion), sentence], series_uid=lesion.series_instance_uid)

    def level(self, level: LevelFinding) -> _Group:
        """Group of one level, on its vertebra's segment where it has one."""
        owner = self.by_series.get(level.series_instance_uid)
        uid = anatomy_tracking_uid(
            self.context, self.findings.study_instance_uid, level.series_instance_uid, _structure_name(level.name)
        )
        group = self._region_or_group(
            _segment_reference(owner, owner and owner.anatomy, _vertebra_value(level.name)),
            tracking=TrackingIdentifier(uid=uid, identifier=f"Level {level.name}"),
            finding_type=VERTEBRA,
            site_names=(level.name,),
            measurements=rows.level_measurements(level),
            evaluations=rows.level_evaluations(level),
        )
        return _with(group, texts=rows.level_texts(level), series_uid=level.series_instance_uid)

    def limitation(self, note: QualityNote, number: int) -> _Group:
        """Group of one limitation, with its sentence."""
        uid = self.context.uid("limitation", str(number), note.code.value)
        group = MeasurementsAndQualitativeEvaluations(
            tracking_identifier=TrackingIdentifier(uid=uid, identifier=f"Limitation {number}"),
            finding_type=QUALITY,
            qualitative_evaluations=rows.quality_evaluations(note),
        )
        return _with(group, texts=[(codes.DCM.Comment, QUALITY_TEXT[note.code])], series_uid=note.series_instance_uid)

    def _region_or_group(
        self,
        segment: ReferencedSegment | None,
        *,
        tracking: TrackingIdentifier,
        finding_type: Code,
        site_names: Sequence[str],
        measurements: list[rows.Measurement],
        evaluations: list[rows.QualitativeEvaluation],
        with_algorithm: bool = False,
    ) -> _Group:
        """TID 1411 on a segment, TID 1501 where there is none (a level cut off, findings without masks)."""
        common = {
            "tracking_identifier": tracking,
            "finding_type": finding_type,
            "finding_sites": rows.finding_sites(site_names) or None,
            "algorithm_id": self._algorithm() if with_algorithm else None,
            "measurements": measurements or None,
            "qualitative_evaluations": evaluations,
        }
        if segment is None:
            return MeasurementsAndQualitativeEvaluations(**common)
        return VolumetricROIMeasurementsAndQualitativeEvaluations(referenced_segment=segment, **common)

    def _algorithm(self) -> AlgorithmIdentification:
        algorithm = self.findings.algorithm
        return AlgorithmIdentification(
            name=algorithm.name, version=algorithm.version, parameters=parameter_texts(algorithm)
        )


def _with(group: _Group, *, texts: Sequence[tuple[Code, str]], series_uid: str | None = None) -> _Group:
    """Add what highdicom's templates have no argument for: TEXT evaluations, and the series (TID 1501 and 1411 are
    extensible; a UIDREF is remapped by de-identification, a text would not be).
    """
    content = group[0].ContentSequence
    for concept, text in texts:
        content.append(TextContentItem(name=concept, value=text, relationship_type=RelationshipTypeValues.CONTAINS))
    if series_uid is not None:
        content.append(
            UIDRefContentItem(
                name=codes.DCM.SeriesInstanceUID, value=series_uid, relationship_type=RelationshipTypeValues.CONTAINS
            )
        )
    return group


def _segment_reference(
    owner: SourceObjects | None, segments: SegObject | None, value: int | None
) -> ReferencedSegment | None:
    if owner is None or segments is None or value not in segments.segment_numbers:
        return None
    return ReferencedSegment(
        sop_class_uid=segments.dataset.SOPClassUID,
        sop_instance_uid=segments.dataset.SOPInstanceUID,
        segment_number=segments.segment_numbers[value],
        source_series=SourceSeriesForSegmentation(owner.source.series.series_instance_uid),
    )


def _vertebra_value(name: str) -> int | None:
    if name == "S1":
        return SACRUM
    if name.startswith("V"):
        return UNNAMED_OFFSET + int(name[1:])
    return VERTEBRA_VALUES.get(name)


def _structure_name(name: str) -> str:
    """Name of the level's segment: the sacrum is one segment."""
    return "sacrum" if name == "S1" else name


def _by_series(objects: Sequence[SourceObjects]) -> dict[str, SourceObjects]:
    return {one.source.series.series_instance_uid: one for one in reversed(objects)}


def _evidence(objects: Sequence[SourceObjects]) -> list[Dataset]:
    """Headers first: highdicom takes the study from the first, and they carry no patient data."""
    headers = [header for one in objects for header in one.key_headers]
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
