"""Tests of spineseg.reporting.frame_bytes."""

from __future__ import annotations

import io

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import ImplicitVRLittleEndian

from spineseg.reporting import Report
from spineseg.reporting.frame_bytes import with_encoded_groups


def written(dataset: Dataset) -> bytes:
    """A file as pydicom writes it."""
    buffer = io.BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()


def test_the_file_is_the_one_that_pydicom_writes(report: Report) -> None:
    """Byte for byte, for every object with frames; and the object itself stays as it is."""
    for name in ("anatomy.seg.dcm", "lesions.seg.dcm"):
        dataset = report.objects[name]
        groups = len(dataset.PerFrameFunctionalGroupsSequence)

        encoded = with_encoded_groups(dataset)

        assert encoded is not dataset
        assert encoded.get_item("PerFrameFunctionalGroupsSequence").is_raw
        assert written(encoded) == written(dataset)
        assert len(dataset.PerFrameFunctionalGroupsSequence) == groups


def test_objects_without_frames_and_in_other_encodings_are_left_alone(report: Report) -> None:
    """Raw bytes are right in one encoding only."""
    buffer = io.BytesIO(written(report.objects["lesions.seg.dcm"]))
    implicit = dcmread(buffer)
    implicit.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian

    assert with_encoded_groups(implicit) is implicit
    assert with_encoded_groups(report.objects["report.sr.dcm"]) is report.objects["report.sr.dcm"]
