from __future__ import annotations

from pathlib import Path

import pytest
from highdicom.sr import (
    Comprehensive3DSR,
    FindingSite,
    Measurement,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    ObserverContext,
    PersonObserverIdentifyingAttributes,
    QualitativeEvaluation,
    TrackingIdentifier,
)
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from spineseg.errors import ReportError, UnknownReportError
from spineseg.reporting import read_findings
from spineseg.reporting.source import read_source
from spineseg.reporting.sr_foreign import read_foreign
from tests.reporting.samples import Sample


def foreign_sr(sample: Sample) -> Dataset:
    """A reader's report by another program: one group with two measurements at T7."""
    header = read_source(sample.input.series).headers[0]
    group = MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(uid="1.2.77", identifier="Lesion A"),
        finding_type=codes.SCT.Neoplasm,
        finding_sites=[FindingSite(anatomic_location=codes.SCT.T7Vertebra)],
        measurements=[
            Measurement(name=codes.SCT.Volume, value=812.5, unit=codes.UCUM.CubicMillimeter),
            Measurement(name=codes.SCT.Diameter, value=12, unit=codes.UCUM.Millimeter, derivation=codes.SCT.Maximum),
        ],
        qualitative_evaluations=[
            QualitativeEvaluation(name=codes.DCM.ImageQuality, value=codes.cid7036.LimitedQuality)
        ],
    )
    person = PersonObserverIdentifyingAttributes(name="Reader^One")
    report = MeasurementReport(
        observation_context=ObservationContext(
            observer_person_context=ObserverContext(
                observer_type=codes.DCM.Person, observer_identifying_attributes=person
            )
        ),
        procedure_reported=codes.LN.MRIUnspecifiedBodyRegion,
        imaging_measurements=[group],
    )
    return Comprehensive3DSR(
        evidence=[header], content=report[0], series_instance_uid="1.2.78", series_number=1, sop_instance_uid="1.2.79",
        instance_number=1, manufacturer="Other",
    )  # fmt: skip


def test_another_makers_measurements_are_read_as_they_are_coded(sample: Sample) -> None:
    """Numbers keep concept, unit and derivation; sites, finding, tracking and answers come with them."""
    report = read_foreign(foreign_sr(sample))

    (group,) = report.groups
    assert (report.manufacturer, report.study_instance_uid) == ("Other", str(foreign_sr(sample).StudyInstanceUID))
    assert (group.tracking_identifier, group.tracking_uid) == ("Lesion A", "1.2.77")
    assert (group.finding, group.finding_sites) == (codes.SCT.Neoplasm, (codes.SCT.T7Vertebra,))
    volume, diameter = group.measurements
    assert (volume.concept, volume.value, volume.unit, volume.derivation) == (
        codes.SCT.Volume, 812.5, codes.UCUM.CubicMillimeter, None,
    )  # fmt: skip
    assert (diameter.value, diameter.derivation) == (12.0, codes.SCT.Maximum)
    assert (codes.DCM.ImageQuality, codes.cid7036.LimitedQuality) in group.evaluations


def test_another_makers_report_never_becomes_findings(sample: Sample) -> None:
    """The refusal says what the report holds and what to give instead."""
    with pytest.raises(UnknownReportError, match=r"1 measurement groups with 2 numbers.*report\.sr\.dcm"):
        read_findings(foreign_sr(sample))


def test_our_own_report_reads_as_a_foreign_one_too(results: Path) -> None:
    """What another program finds in ours: a group for the lesion and one a level, with their sites."""
    report = read_foreign(dcmread(results / "report.sr.dcm"))

    assert [group.tracking_identifier for group in report.groups] == [
        "Suspected lesion 1", "Level T6", "Level T7", "Level T8",
    ]  # fmt: skip
    assert report.groups[0].finding == codes.SCT.Neoplasm
    assert report.groups[0].finding_sites == (codes.SCT.T7Vertebra,)


def test_what_cannot_be_read_is_refused_in_one_line(sample: Sample, results: Path) -> None:
    """Another object, a report without groups and a damaged one each get their sentence."""
    nothing, damaged = foreign_sr(sample), foreign_sr(sample)
    del nothing.ContentSequence[-1]
    del damaged.ContentSequence[-1].ContentSequence[0].ContentSequence[-1].ConceptCodeSequence

    with pytest.raises(UnknownReportError):
        read_foreign(dcmread(results / "anatomy.seg.dcm"))
    with pytest.raises(ReportError, match="measures nothing"):
        read_foreign(nothing)
    with pytest.raises(ReportError, match="damaged"):
        read_foreign(damaged)
