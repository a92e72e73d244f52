from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.sr.codedict import codes

from spineseg.domain import extent_vocabulary as extent
from spineseg.domain import followup_vocabulary as followup
from spineseg.domain import vocabulary as words
from spineseg.domain.findings import Findings
from spineseg.domain.followup_vocabulary import VANISHED_COUNT, VANISHED_LESION
from spineseg.domain.report_vocabulary import FORMER_CODES, LAYOUT, LAYOUT_VERSION
from spineseg.domain.sins import SinsScore
from spineseg.errors import ReportError, UnknownReportError
from spineseg.reporting import Report, read_findings
from spineseg.reporting.report import encode
from spineseg.reporting.sr_sins_rows import ESTIMATED
from tests.reporting.full_findings import full_findings
from tests.reporting.samples import (
    STUDY_UID,
    Sample,
    make_findings,
    sr_without_masks,
)
from tests.reporting.strategies import findings as any_findings

# Alignment and posterolateral involvement as layout 1 called them.
FORMER_QUESTIONS = [code for code in FORMER_CODES if code.value in ("SSQ008", "SSQ009")]
# What a component of SINS held before evidence, doubt and series were added.
UNKNOWN_POINTS = {"estimate": None, "evidence": {}, "doubt": None, "series_instance_uid": None}
# Written by commit 7596c64 of `full_findings`, before there were layouts.
LAYOUT_1 = Path(__file__).parent / "past" / "layout-1.sr.dcm"
# Concepts that version 0.1 did not write.
ADDED = {
    code.value
    for code in (
        words.SINS_DOUBT, words.SINS_SERIES, words.SINS_DECIDING, *FORMER_QUESTIONS,
        words.FRACTURE, words.ESCC_AT_LEVEL, words.BONE_SERIES, extent.WBB_SECTOR, extent.WBB_SECTORS_ASSESSED,
        extent.WBB_CONVENTION, extent.WBB_LAYER, extent.WBB_LAYERS_ASSESSED, extent.TOMITA_TYPE, followup.CHANGE,
        followup.PRIOR_ESCC_POINT, followup.PRIOR_STUDY, VANISHED_COUNT,
        *(quantity.concept for table in (words.SINS_EVIDENCE, followup.FOLLOWUP_MEASUREMENTS)
          for quantity in table.values()),
    )
}  # fmt: skip


def concept_of(item: Dataset) -> str:
    """Code of an item's concept."""
    return str(item.ConceptNameCodeSequence[0].CodeValue)


def kind_of(group: Dataset) -> str:
    """Code of the finding that a group is about."""
    (finding,) = (item for item in group.ContentSequence if concept_of(item) == codes.DCM.Finding.value)
    return str(finding.ConceptCodeSequence[0].CodeValue)


def is_estimate(item: Dataset) -> bool:
    """Whether a number is the estimated points of a component."""
    under = item.get("ContentSequence") or ()
    return any(child.get("ConceptCodeSequence", [Dataset()])[0].get("CodeValue") == ESTIMATED.value for child in under)


def as_version_0_1(sr: Dataset) -> Dataset:
    """A report of layout 1 without every row and group that came after 0.1, the parts of the vertebra as texts."""
    groups = sr.ContentSequence[-1].ContentSequence
    groups[:] = [group for group in groups if kind_of(group) != VANISHED_LESION.value]
    for group in groups:
        rows = [row for row in group.ContentSequence if concept_of(row) not in ADDED and not is_estimate(row)]
        parts = [row for row in rows if concept_of(row) == words.SUBREGION.value]
        for row, name in zip(parts, ("vertebral_body", "pedicle_left"), strict=bool(parts)):
            row.ValueType, row.TextValue = "TEXT", name
            del row.ConceptCodeSequence
        group.ContentSequence[:] = rows
    return sr


def study_rows_of(sr: Dataset) -> list[Dataset]:
    """What a report says of the study, to change."""
    return sr.ContentSequence[-1].ContentSequence


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


def test_every_new_field_travels(sample: Sample) -> None:
    """Evidence, doubt, levels, extent, comparison and vanished lesions come back, from the bytes of a file."""
    findings = full_findings(sample.input.series.series_instance_uid)

    assert read_findings(dcmread(DicomBytesIO(encode(sr_without_masks(sample, findings))))) == findings


def test_a_report_of_layout_1_still_reads() -> None:
    """A file of an older commit, summary and limitations in groups and codes private, gives what it was of."""
    series_uid = read_findings(LAYOUT_1).lesions[0].series_instance_uid

    assert read_findings(LAYOUT_1) == full_findings(series_uid)


def test_a_report_of_version_0_1_still_reads() -> None:
    """Without the rows that later versions added, what they say is unknown and everything else is as it was."""
    findings = read_findings(LAYOUT_1)
    (lesion,) = findings.lesions
    sr = as_version_0_1(dcmread(LAYOUT_1))

    bare = {name: replace(points, **UNKNOWN_POINTS) for name, points in lesion.sins.components.items()}
    assert read_findings(sr) == replace(
        findings,
        lesions=(
            replace(
                lesion, escc=replace(lesion.escc, levels=()), sins=SinsScore(components=bare), wbb_sectors=None,
                wbb_layers=None, tomita_type=None, bone_series_instance_uid=None, prior=None,
            ),
        ),
        prior_study_instance_uid=None,
        vanished=(),
    )  # fmt: skip


def test_a_vanished_lesion_or_limitation_that_is_lost_is_noticed(sample: Sample) -> None:
    """A report that counts a vanished lesion or a limitation and has no row of it is broken."""
    content = encode(sr_without_masks(sample, full_findings("1.2.3")))
    for lost in (codes.DCM.Finding, words.QUALITY):
        sr = dcmread(DicomBytesIO(content))
        rows = study_rows_of(sr)
        rows[:] = [row for row in rows if concept_of(row) != lost.value]

        with pytest.raises(ReportError, match="missing"):
            read_findings(sr)


def test_a_report_of_a_later_layout_is_refused(sample: Sample) -> None:
    """What a later version may have moved is not guessed at."""
    sr = dcmread(DicomBytesIO(encode(sr_without_masks(sample, make_findings("1.2.3")))))
    (layout,) = (row for row in study_rows_of(sr)[0].ContentSequence if concept_of(row) == LAYOUT.value)
    layout.MeasuredValueSequence[0].NumericValue = str(LAYOUT_VERSION + 1)

    with pytest.raises(UnknownReportError, match="later version"):
        read_findings(sr)


def test_unknown_rows_and_groups_are_ignored(report: Report, sample: Sample) -> None:
    """A row or group that another version adds does not disturb the reader."""
    sr = dcmread(DicomBytesIO(encode(report.objects["report.sr.dcm"])))
    measurements = sr.ContentSequence[-2]
    extra = Dataset()
    extra.update(measurements.ContentSequence[0].ContentSequence[-2])
    name = Dataset()
    name.CodeValue, name.CodingSchemeDesignator, name.CodeMeaning = "SSQ999", "99SPINESEG", "Unheard of"
    extra["ConceptNameCodeSequence"] = extra["ConceptNameCodeSequence"].__class__(
        "ConceptNameCodeSequence", "SQ", [name]
    )
    measurements.ContentSequence[0].ContentSequence.append(extra)
    measurements.ContentSequence.append(extra)
    study_rows_of(sr).append(extra)

    assert read_findings(sr) == make_findings(sample.input.series.series_instance_uid)


def test_a_lost_group_is_noticed(report: Report) -> None:
    """A report from which a group has gone is not read as one with fewer findings."""
    sr = dcmread(DicomBytesIO(encode(report.objects["report.sr.dcm"])))
    del sr.ContentSequence[-2].ContentSequence[1]

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
