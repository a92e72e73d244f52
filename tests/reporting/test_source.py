from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from spineseg.errors import ReportError
from spineseg.reporting import build_report, write_report
from spineseg.reporting.source import read_source
from tests.reporting.conftest import NOW
from tests.reporting.samples import Sample, make_findings, make_sample

TYPE_2 = ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyID", "AccessionNumber", "StudyDate",
          "StudyTime", "ReferringPhysicianName")  # fmt: skip
ODD_NAME = "Zyxwvut"


def changed(sample: Sample, change: Callable[[Dataset], None]) -> Sample:
    """The sample's files with something changed in each."""
    for path in sample.files:
        dataset = dcmread(path)
        change(dataset)
        dataset.save_as(path)
    return sample


def remove_type_2(dataset: Dataset) -> None:
    """No patient, study or thickness attribute at all."""
    for keyword in (*TYPE_2, "SliceThickness", "SpacingBetweenSlices", "PositionReferenceIndicator"):
        if keyword in dataset:
            del dataset[keyword]


def empty_type_2(dataset: Dataset) -> None:
    """All of them empty."""
    for keyword in TYPE_2:
        setattr(dataset, keyword, "")


def break_values(dataset: Dataset) -> None:
    """Values that the standard forbids."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset.PatientBirthDate = "1950"
        dataset.PatientSex = "X"
        dataset.StudyTime = "noon"
        dataset.PatientName = ODD_NAME
        dataset.PatientID = ["12", "34"]
        dataset.PatientAge = "old"


@pytest.mark.parametrize("change", [remove_type_2, empty_type_2, break_values])
def test_poor_headers_give_conformant_objects(
    change: Callable[[Dataset], None], tmp_path: Path, conformance_errors: Callable[[Path], list[str]]
) -> None:
    """Missing, empty or wrong patient and study attributes never stop a report or spoil its objects."""
    one = changed(make_sample(tmp_path / "in", shape=(10, 72, 64)), change)

    report = build_report([one.input], make_findings(one.input.series.series_instance_uid), now=NOW)
    write_report(report, tmp_path / "out")

    errors = {path.name: conformance_errors(path) for path in (tmp_path / "out").glob("*.dcm")}
    assert len(errors) == 8
    assert not any(errors.values())


def test_no_patient_data_reach_logs_or_warnings(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, recwarn: pytest.WarningsRecorder
) -> None:
    """A name that libraries find odd is not quoted anywhere."""
    one = changed(make_sample(tmp_path / "in", shape=(10, 72, 64)), break_values)
    caplog.set_level(logging.DEBUG)
    caplog.clear()  # of what writing the wrong values said
    recwarn.clear()

    report = build_report([one.input], make_findings(one.input.series.series_instance_uid), now=NOW)
    write_report(report, tmp_path / "out")

    said = caplog.text + "".join(str(warning.message) for warning in recwarn)
    assert ODD_NAME not in said
    assert "1950" not in said
    assert str(dcmread(tmp_path / "out" / "report.sr.dcm").PatientName) == ODD_NAME


def test_headers_carry_no_patient_data(sample: Sample) -> None:
    """What is handed to highdicom has empty patient attributes."""
    header = read_source(sample.input.series).headers[0]

    assert all(str(header.get(keyword)) == "" for keyword in TYPE_2)


def test_orientation_that_differs_in_the_last_digit_is_one_orientation(tmp_path: Path) -> None:
    """Rounding in one slice's orientation does not stop the SEG."""
    one = make_sample(tmp_path / "in", shape=(10, 72, 64))
    dataset = dcmread(one.files[4])
    dataset.ImageOrientationPatient = ["1", "0.0000001", "0", "0", "1", "0"]
    dataset.save_as(one.files[4])

    report = build_report([one.input], make_findings(one.input.series.series_instance_uid), now=NOW)

    assert "anatomy.seg.dcm" in report.objects


def test_a_frame_of_reference_for_every_slice_is_one(tmp_path: Path) -> None:
    """Some anonymisers give each slice its own frame of reference; results refer to one."""
    one = make_sample(tmp_path / "in", shape=(10, 72, 64))
    for number, path in enumerate(one.files):
        dataset = dcmread(path)
        dataset.FrameOfReferenceUID = f"1.2.3.{number + 1}"
        dataset.save_as(path)

    source = read_source(one.input.series)

    assert {header.FrameOfReferenceUID for header in source.headers} == {one.input.series.frame_of_reference_uid}


def test_positions_are_those_of_the_files(sample: Sample) -> None:
    """Every frame knows its own place and instance."""
    source = read_source(sample.input.series)

    for path, position, uid, header in zip(
        sample.files, source.positions_mm, source.sop_instance_uids, source.headers, strict=True
    ):
        dataset = dcmread(path)
        np.testing.assert_allclose(position, [float(value) for value in dataset.ImagePositionPatient])
        assert uid == dataset.SOPInstanceUID == header.SOPInstanceUID


def test_lost_geometry_is_an_error_of_ours(tmp_path: Path) -> None:
    """A file without position is refused by name, not by traceback."""
    one = make_sample(tmp_path / "in", shape=(3, 16, 16))
    dataset = dcmread(one.files[1])
    del dataset.ImagePositionPatient
    dataset.save_as(one.files[1])

    with pytest.raises(ReportError, match="geometry"):
        read_source(one.input.series)
