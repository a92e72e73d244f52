from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from spineseg.errors import ReportError
from spineseg.reporting import Report
from spineseg.reporting.sr_header import read_header


@pytest.fixture
def sr(report: Report) -> Dataset:
    """A structured report to change."""
    return deepcopy(report.objects["report.sr.dcm"])


def _verify(sr: Dataset, *moments: str) -> None:
    sr.VerificationFlag = "VERIFIED"
    sr.VerifyingObserverSequence = [Dataset() for _ in moments]
    for item, moment in zip(sr.VerifyingObserverSequence, moments, strict=True):
        item.VerificationDateTime = moment
        item.VerifyingObserverName = f"Reader^{moment}"


def test_a_report_of_ours_is_unverified(sr: Dataset, results: Path) -> None:
    """What the program writes is verified by nobody, as dataset and as file."""
    header = read_header(sr)

    assert not header.verified
    assert header == read_header(results / "report.sr.dcm")
    assert header.sop_instance_uid == sr.SOPInstanceUID
    assert header.study_instance_uid == sr.StudyInstanceUID
    assert header.patient_id == sr.PatientID
    assert "^" not in header.patient_name


def test_a_physician_verifies_by_flag_and_name(sr: Dataset) -> None:
    """VERIFIED with an observer is verified; the latest observer is named."""
    _verify(sr, "20261121080000", "20261122090000", "20261120100000")

    header = read_header(sr)

    assert header.verified
    assert (header.verified_by, header.verified_at) == ("Reader 20261122090000", "20261122090000")


def test_a_flag_without_an_observer_verifies_nothing(sr: Dataset) -> None:
    """The flag alone, which any program may set, is not a physician (PS3.3 C.17.2 asks for the observer)."""
    sr.VerificationFlag = "VERIFIED"

    assert not read_header(sr).verified


def test_an_observer_without_the_flag_verifies_nothing(sr: Dataset) -> None:
    """A report that was set back to unverified is unverified."""
    _verify(sr, "20261121080000")
    sr.VerificationFlag = "UNVERIFIED"

    assert not read_header(sr).verified


def test_what_the_report_does_not_say_is_empty() -> None:
    """No patient data, no flag: empty words and unverified."""
    header = read_header(Dataset())

    assert not header.verified
    assert (header.patient_name, header.birth_date, header.verified_by) == ("", "", "")


@pytest.mark.parametrize("content", [None, b"no DICOM"], ids=["no file", "no DICOM"])
def test_an_unreadable_file_is_one_line(tmp_path: Path, content: bytes | None) -> None:
    """A wrong path and a wrong file name the file and nothing else."""
    path = tmp_path / "some.dcm"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ReportError, match=r"some\.dcm"):
        read_header(path)
