from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO

from spineseg.domain.findings import Findings
from spineseg.errors import ReportError, UnknownReportError
from spineseg.reporting import Report, read_findings
from spineseg.reporting.report import encode
from tests.reporting.samples import (
    STUDY_UID,
    Sample,
    make_findings,
    sr_without_masks,
)
from tests.reporting.strategies import findings as any_findings


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
