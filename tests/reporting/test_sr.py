from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from highdicom.sr import srread
from hypothesis import given, settings
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO

from spineseg.domain.findings import Findings
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.errors import ReportError, UnknownReportError
from spineseg.reporting import Report, read_findings
from spineseg.reporting.context import make_context
from spineseg.reporting.report import encode
from spineseg.reporting.source import read_source
from spineseg.reporting.sr import build_sr
from spineseg.reporting.sr_groups import SourceObjects
from tests.reporting.conftest import NOW
from tests.reporting.samples import STUDY_UID, TRACKING_UID, Sample, make_findings
from tests.reporting.strategies import findings as any_findings


def sr_without_masks(sample: Sample, findings: Findings) -> Dataset:
    """SR of findings that have no segment at all."""
    source = read_source(sample.input.series)
    context = make_context(source.sop_instance_uids, [], findings, source.patient_study, now=NOW)
    objects = [SourceObjects(source=source, anatomy=None, lesions=None, key_headers=source.headers[:1])]
    return build_sr(findings, objects, context)


@settings(max_examples=8, deadline=None)
@given(findings=any_findings(STUDY_UID))
def test_any_findings_come_back_equal(sample: Sample, findings: Findings) -> None:
    """read_findings(write_sr(findings)) == findings, floats to the last bit, through the bytes of a file."""
    content = encode(sr_without_masks(sample, findings))

    assert read_findings(dcmread(DicomBytesIO(content))) == findings


def test_findings_on_segments_come_back_equal(sample: Sample, results: Path) -> None:
    """Groups on segments are read like groups without, from a path."""
    findings = make_findings(sample.input.series.series_instance_uid)

    assert read_findings(results / "report.sr.dcm") == findings


def test_the_report_is_preliminary_and_unverified(report: Report) -> None:
    """No automatic report passes for a verified one, and its private codes have an owner."""
    sr = report.objects["report.sr.dcm"]

    assert (sr.VerificationFlag, sr.PreliminaryFlag, sr.CompletionFlag) == ("UNVERIFIED", "PRELIMINARY", "COMPLETE")
    assert [item.CodingSchemeDesignator for item in sr.CodingSchemeIdentificationSequence] == ["99SPINESEG"]


def test_lesions_and_levels_are_on_their_segments(results: Path) -> None:
    """Each lesion and level is a TID 1411 group on its segment, tracked as there."""
    content = srread(results / "report.sr.dcm").content
    anatomy = dcmread(results / "anatomy.seg.dcm")
    lesions = dcmread(results / "lesions.seg.dcm")

    groups = content.get_volumetric_roi_measurement_groups()
    tracked = {group.tracking_uid for group in groups if group.referenced_segment is not None}

    anatomy_uids = {item.SegmentLabel: item.TrackingUID for item in anatomy.SegmentSequence}
    assert len(groups) == 4
    assert tracked == {TRACKING_UID, anatomy_uids["T6"], anatomy_uids["T7"], anatomy_uids["T8 (assumed)"]}
    assert lesions.SegmentSequence[0].TrackingUID == TRACKING_UID


def test_the_image_library_holds_only_the_shown_images(results: Path) -> None:
    """A long series does not make a long report: only the images of the pictures are listed."""
    library = dcmread(results / "report.sr.dcm").ContentSequence
    (images,) = (item for item in library if item.ConceptNameCodeSequence[0].CodeMeaning == "Image Library")

    assert 1 <= len(images.ContentSequence[0].ContentSequence) <= 2


@pytest.mark.parametrize(
    ("notes", "answer"),
    [
        ((QualityCode.NO_LESION_DETECTED,), "No"),
        ((QualityCode.LESIONS_NOT_ASSESSED,), "Not Evaluated"),
        ((), "No"),
    ],
)
def test_a_report_without_lesion_says_so(sample: Sample, notes: tuple[QualityCode, ...], answer: str) -> None:
    """No lesion is an explicit answer, and it differs from not having looked."""
    findings = replace(
        make_findings(sample.input.series.series_instance_uid, with_lesion=False),
        quality=tuple(QualityNote(code=code) for code in notes),
    )

    text = str(sr_without_masks(sample, findings))

    after = text.split("Suspected lesion detected")[1]
    assert after.split("(0008,0104) Code Meaning                        LO: ")[1].startswith(f"'{answer}'")


def test_dcmtk_prints_the_report(results: Path) -> None:
    """Another program parses the SR."""
    done = subprocess.run(["dsrdump", str(results / "report.sr.dcm")], capture_output=True, text=True, check=False)

    assert done.returncode == 0
    assert "Approximate ESCC grade" in done.stdout


def test_unknown_rows_and_groups_are_ignored(report: Report, sample: Sample) -> None:
    """A row or group that another version adds does not disturb the reader."""
    sr = dcmread(DicomBytesIO(encode(report.objects["report.sr.dcm"])))
    measurements = sr.ContentSequence[-1]
    extra = Dataset()
    extra.update(measurements.ContentSequence[1].ContentSequence[-2])
    name = Dataset()
    name.CodeValue, name.CodingSchemeDesignator, name.CodeMeaning = "SSQ999", "99SPINESEG", "Unheard of"
    extra["ConceptNameCodeSequence"] = extra["ConceptNameCodeSequence"].__class__(
        "ConceptNameCodeSequence", "SQ", [name]
    )
    measurements.ContentSequence[1].ContentSequence.append(extra)
    measurements.ContentSequence.append(extra)

    assert read_findings(sr) == make_findings(sample.input.series.series_instance_uid)


def test_a_lost_group_is_noticed(report: Report) -> None:
    """A report from which a group has gone is not read as one with fewer findings."""
    sr = dcmread(DicomBytesIO(encode(report.objects["report.sr.dcm"])))
    del sr.ContentSequence[-1].ContentSequence[1]

    with pytest.raises(ReportError, match="missing"):
        read_findings(sr)


def test_a_truncated_report_is_an_error_and_never_fewer_findings(results: Path, tmp_path: Path) -> None:
    """Cut anywhere, the file is refused or gives everything."""
    content = (results / "report.sr.dcm").read_bytes()
    whole = read_findings(results / "report.sr.dcm")
    path = tmp_path / "cut.dcm"
    for length in range(0, len(content), len(content) // 40):
        path.write_bytes(content[:length])
        try:
            found = read_findings(path)
        except ReportError:
            continue
        assert found == whole


@pytest.mark.parametrize("name", ["anatomy.seg.dcm", "key-01.sc.dcm"])
def test_other_objects_are_not_reports(results: Path, name: str) -> None:
    """A SEG or a picture is refused as a report."""
    with pytest.raises(UnknownReportError):
        read_findings(results / name)


def test_strange_files_are_not_reports(tmp_path: Path, results: Path) -> None:
    """A text file, an absent file, another template and another maker's report each get their error."""
    text = tmp_path / "a.txt"
    text.write_text("no DICOM" * 100)
    other_template = dcmread(results / "report.sr.dcm")
    other_template.ContentTemplateSequence[0].TemplateIdentifier = "2000"
    other_maker = dcmread(results / "report.sr.dcm")
    del other_maker.ContentSequence[-1].ContentSequence[0]

    for given_report in (text, other_template, other_maker):
        with pytest.raises(UnknownReportError):
            read_findings(given_report)
    with pytest.raises(ReportError):
        read_findings(tmp_path / "absent.dcm")
