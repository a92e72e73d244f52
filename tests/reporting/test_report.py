from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from spineseg.domain.findings_json import findings_to_json
from spineseg.domain.volume import like
from spineseg.errors import ReportError, SettingsError
from spineseg.reporting import RESEARCH_BANNER, Report, build_report, write_report
from spineseg.reporting.report import encode
from tests.reporting.conftest import NOW
from tests.reporting.samples import SAGITTAL, Sample, make_findings, make_sample

SMALL = (8, 72, 64)


def test_a_run_writes_the_files_of_the_contract(results: Path) -> None:
    """Names and places of the results are fixed; DICOM lies at top level."""
    assert {path.name for path in results.iterdir()} == {
        "anatomy.seg.dcm", "lesions.seg.dcm", "report.sr.dcm", "key-01.sc.dcm", "key-02.sc.dcm",
        "key-objects.ko.dcm", "outlines.gsps.dcm", "report.pdf.dcm", "report.html", "report.pdf", "findings.json",
    }  # fmt: skip


def test_the_same_input_gives_the_same_bytes_at_any_time(report: Report, sample: Sample, results: Path) -> None:
    """A re-run, at another time, replaces each DICOM object by itself."""
    findings = make_findings(sample.input.series.series_instance_uid)
    again = build_report([sample.input], findings, now=NOW + timedelta(days=9))

    assert {name: encode(dataset) for name, dataset in again.objects.items()} == {
        path.name: path.read_bytes() for path in results.glob("*.dcm")
    }
    assert again.texts["findings.json"] == report.texts["findings.json"]
    assert again.documents == report.documents


def test_another_algorithm_or_input_gives_other_uids(report: Report, sample: Sample, tmp_path: Path) -> None:
    """Results of another version never pass for the old ones."""
    findings = make_findings(sample.input.series.series_instance_uid)
    other = replace(findings, algorithm=replace(findings.algorithm, version="0.2.0"))
    fewer = make_sample(tmp_path, shape=SMALL)

    by_version = build_report([sample.input], other, now=NOW)
    by_input = build_report([fewer.input], findings, now=NOW)

    for name, dataset in report.objects.items():
        uids = {one.objects[name].SOPInstanceUID for one in (by_version, by_input)}
        assert dataset.SOPInstanceUID not in uids
        assert len(uids) == 2


def test_every_object_has_its_own_uid_and_the_study_of_the_source(report: Report, sample: Sample) -> None:
    """Results file beside their source: one study, different instances, one series a kind."""
    source = dcmread(sample.files[0])
    objects = report.objects.values()

    assert {dataset.StudyInstanceUID for dataset in objects} == {source.StudyInstanceUID}
    assert {dataset.PatientID for dataset in objects} == {source.PatientID}
    assert len({dataset.SOPInstanceUID for dataset in objects}) == len(report.objects)
    assert len({dataset.SeriesInstanceUID for dataset in objects}) == 7
    assert {dataset.ManufacturerModelName for dataset in objects} == {"spineseg"}


def test_masks_given_by_a_person_are_part_of_the_input(sample: Sample) -> None:
    """Other masks under the same images give other objects, not other content under one UID."""
    findings = make_findings(sample.input.series.series_instance_uid)
    given = replace(findings, algorithm=replace(findings.algorithm, segmenter="masks"))
    algorithm = given.algorithm
    first = replace(sample.input, segmentation=replace(sample.input.segmentation, algorithm=algorithm))
    lesions = first.segmentation.lesions
    turned = like(lesions, np.roll(lesions.array, 2, axis=0))
    moved = replace(first, segmentation=replace(first.segmentation, lesions=turned))

    one, other = (build_report([given_input], given, now=NOW) for given_input in (first, moved))

    assert one.objects["report.sr.dcm"].SOPInstanceUID != other.objects["report.sr.dcm"].SOPInstanceUID


def test_a_rerun_removes_what_is_stale_and_nothing_else(report: Report, tmp_path: Path) -> None:
    """Files of an earlier run that this one does not write go; files of others stay."""
    stale = ("anatomy-5.seg.dcm", "anatomy-5-2.seg.dcm", "lesions-7.seg.dcm", "key-09.sc.dcm", "recommendation.json",
             "outlines-5.gsps.dcm", "outlines-5-2.gsps.dcm")  # fmt: skip
    others = ("notes.txt", "run.json", "other.seg.dcm", "key-a.sc.dcm", "anatomy.nii.gz")
    for name in (*stale, *others):
        (tmp_path / name).write_text("old")
    (tmp_path / "anatomy-x").mkdir()

    written = write_report(report, tmp_path)

    left = {path.name for path in tmp_path.iterdir()}
    assert left == {*others, "anatomy-x", *report.file_names}
    assert [path.name for path in written] == list(report.file_names)


def test_a_stale_lesion_file_goes_when_no_lesion_is_found(tmp_path: Path) -> None:
    """A second run without lesion leaves no lesion object of the first."""
    one = make_sample(tmp_path / "in", shape=SMALL, with_lesion=False)
    out = tmp_path / "out"
    out.mkdir()
    (out / "lesions.seg.dcm").write_text("old")

    findings = make_findings(one.input.series.series_instance_uid, with_lesion=False)
    write_report(build_report([one.input], findings, now=NOW), out)

    assert sorted(path.name for path in out.glob("*.dcm")) == [
        "anatomy.seg.dcm", "key-01.sc.dcm", "key-objects.ko.dcm", "outlines.gsps.dcm", "report.pdf.dcm",
        "report.sr.dcm",
    ]  # fmt: skip


def test_further_series_carry_their_number(tmp_path: Path) -> None:
    """The first series that has a kind gets the plain name, the others their series number; doubles stay apart."""
    first = make_sample(tmp_path / "a", shape=SMALL, series_number=4, with_lesion=False)
    second = make_sample(tmp_path / "b", shape=(12, 80, 70), steps=SAGITTAL, series_number=5)
    third = make_sample(tmp_path / "c", shape=SMALL, series_number=6)
    third = replace(third, input=replace(third.input, series=replace(third.input.series, series_number=5)))
    fourth = make_sample(tmp_path / "d", shape=SMALL, series_number=7)
    fourth = replace(fourth, input=replace(fourth.input, series=replace(fourth.input.series, series_number=None)))
    inputs = [one.input for one in (first, second, third, fourth)]

    report = build_report(inputs, make_findings(second.input.series.series_instance_uid), now=NOW)

    segs = {
        name: dataset.ReferencedSeriesSequence[0].SeriesInstanceUID
        for name, dataset in report.objects.items()
        if ".seg." in name
    }
    uids = [one.series.series_instance_uid for one in inputs]
    assert segs == {
        "anatomy.seg.dcm": uids[0], "anatomy-5.seg.dcm": uids[1], "anatomy-5-3.seg.dcm": uids[2],
        "anatomy-0-4.seg.dcm": uids[3], "lesions.seg.dcm": uids[1], "lesions-5.seg.dcm": uids[2],
        "lesions-0-4.seg.dcm": uids[3],
    }  # fmt: skip
    assert len({dataset.SeriesNumber for dataset in report.objects.values() if dataset.Modality == "SEG"}) == 7


def test_findings_json_is_the_contract_and_says_research_use(results: Path, sample: Sample) -> None:
    """findings.json has the shape of the domain's JSON and carries the banner."""
    content = json.loads((results / "findings.json").read_text())

    assert content.pop("notice") == RESEARCH_BANNER
    assert content == json.loads(json.dumps(findings_to_json(make_findings(sample.input.series.series_instance_uid))))


def test_findings_of_another_study_are_refused(sample: Sample) -> None:
    """Findings never get into another patient's study."""
    findings = replace(make_findings(sample.input.series.series_instance_uid), study_instance_uid="1.2.3")

    with pytest.raises(ReportError, match="one study"):
        build_report([sample.input], findings, now=NOW)


def test_nothing_to_report_on_is_refused(sample: Sample) -> None:
    """A report needs a series."""
    with pytest.raises(ReportError):
        build_report([], make_findings(sample.input.series.series_instance_uid), now=NOW)


def test_an_output_folder_that_is_a_file_is_a_settings_error(report: Report, tmp_path: Path) -> None:
    """What cannot be written is told in one line with a remedy."""
    blocked = tmp_path / "file"
    blocked.write_text("")

    with pytest.raises(SettingsError, match="name another folder"):
        write_report(report, blocked)


def test_a_failed_write_leaves_no_temporary_file(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the disk is full nothing half-written stays."""

    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(SettingsError, match="no space left"):
        write_report(report, tmp_path)

    assert list(tmp_path.iterdir()) == []
