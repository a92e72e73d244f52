"""Tests of spineseg.ingest.patient."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from spineseg.errors import UnreadableStudyError
from spineseg.ingest.patient import same_patient


def header(path: Path, patient_id: str, issuer: str | None = None) -> Path:
    """A file with nothing but a patient."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID, dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3", "1.2.4"
    dataset.PatientID = patient_id
    if issuer is not None:
        dataset.IssuerOfPatientID = issuer
    dataset.save_as(path, enforce_file_format=True)
    return path


def test_ids_decide_and_padding_does_not(tmp_path: Path) -> None:
    """Equal IDs are one patient, different ones two, whatever blanks stand around them."""
    first, padded, other = (header(tmp_path / f"{n}", value) for n, value in enumerate(("A1", "A1 ", "A2")))

    assert same_patient(first, padded)
    assert not same_patient(first, other)


def test_one_id_of_two_issuers_is_two_patients(tmp_path: Path) -> None:
    """Two hospitals give the same number to different people; an unnamed issuer decides nothing."""
    first, second, unnamed = (
        header(tmp_path / f"{n}", "A1", issuer) for n, issuer in enumerate(("north", "south", None))
    )

    assert not same_patient(first, second)
    assert same_patient(first, unnamed)


def test_the_message_of_a_wrong_file_names_no_patient(tmp_path: Path) -> None:
    """A file that is no DICOM file is refused by its name."""
    (tmp_path / "text").write_text("x")

    with pytest.raises(UnreadableStudyError, match="text"):
        same_patient(tmp_path / "text", header(tmp_path / "a", "SECRET"))
