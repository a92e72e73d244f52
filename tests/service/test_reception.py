"""Tests of spineseg.service.reception: bytes to files."""

from __future__ import annotations

import errno
import os
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian
from pynetdicom.dsutils import create_file_meta, encode_file_meta

from spineseg.service.layout import Layout
from spineseg.service.reception import (
    Incoming,
    MismatchError,
    NoRoomError,
    NotUnderstoodError,
    read_sent_by,
    receive,
)
from tests.service.peers_and_files import STUDY, encoded, instance, segmentation


def _incoming(
    dataset: object = None, *, content: BytesIO | None = None, syntax: str = ExplicitVRLittleEndian
) -> Incoming:
    made = instance() if dataset is None else dataset
    meta = create_file_meta(
        sop_class_uid=made.SOPClassUID,
        sop_instance_uid=made.SOPInstanceUID,
        transfer_syntax=UID(syntax),  # type: ignore[attr-defined]
    )
    return Incoming(
        sop_class_uid=made.SOPClassUID,  # type: ignore[attr-defined]
        sop_instance_uid=made.SOPInstanceUID,  # type: ignore[attr-defined]
        transfer_syntax_uid=UID(syntax),
        head=b"\0" * 128 + b"DICM" + encode_file_meta(meta),
        dataset=encoded(made) if content is None else content,  # type: ignore[arg-type]
        sent_by="CT1",
    )


def test_the_bytes_on_disk_are_those_received(layout: Layout) -> None:
    """The dataset is written byte for byte, readable, under its UID, with its sender beside it."""
    incoming = _incoming()

    received = receive(incoming, layout, free_disk_mb=1)

    path = layout.images(STUDY) / f"{STUDY}.1.dcm"
    assert (received.is_new, received.is_image) == (True, True)
    assert path.read_bytes() == incoming.head + incoming.dataset.getvalue()
    assert dcmread(path).PixelData == instance().PixelData
    assert read_sent_by(layout, STUDY) == "CT1"
    assert not list(layout.incoming.iterdir())


def test_the_same_instance_again_does_nothing(layout: Layout) -> None:
    """An instance that is there is neither written again nor counted as new, whatever it holds now."""
    receive(_incoming(), layout, free_disk_mb=1)
    path = layout.images(STUDY) / f"{STUDY}.1.dcm"
    before = path.stat()
    changed = instance()
    changed.PatientID = "P2"

    assert not receive(_incoming(changed), layout, free_disk_mb=1).is_new
    assert path.stat() == before


def test_what_is_no_image_lies_beside(layout: Layout) -> None:
    """A segmentation is kept, and is no image of the study."""
    received = receive(_incoming(segmentation()), layout, free_disk_mb=1)

    assert (received.is_new, received.is_image) == (True, False)
    assert (layout.others(STUDY) / f"{STUDY}.50.dcm").is_file()


@pytest.mark.parametrize("study", ["../../../tmp/x", "1.2/../3", "", "1" * 65])
def test_a_path_in_a_uid_leads_nowhere(layout: Layout, study: str) -> None:
    """A Study Instance UID that is none is not understood, and no file is made."""
    dataset = instance()
    dataset.StudyInstanceUID = study

    with pytest.raises(NotUnderstoodError):
        receive(_incoming(dataset), layout, free_disk_mb=1)
    assert not [path for path in layout.root.rglob("*") if path.is_file()]


@pytest.mark.parametrize("content", [b"", b"no DICOM at all, only words", b"\x08\x00\x18\x00UI\xff\xff1.2"])
def test_noise_is_not_understood(layout: Layout, content: bytes) -> None:
    """A dataset that cannot be read is refused as such."""
    with pytest.raises(NotUnderstoodError):
        receive(_incoming(content=BytesIO(content)), layout, free_disk_mb=1)


def test_another_instance_than_announced_is_a_mismatch(layout: Layout) -> None:
    """The request's SOP Instance UID and the dataset's must agree."""
    with pytest.raises(MismatchError):
        receive(_incoming(content=encoded(instance(2))), layout, free_disk_mb=1)


def test_a_deflated_bomb_is_not_inflated(layout: Layout) -> None:
    """Of a deflated dataset no more is inflated than the identifiers need."""
    packer = zlib.compressobj(9, wbits=-15)
    content = packer.compress(encoded(instance()).getvalue()) + packer.compress(bytes(10**8)) + packer.flush()

    received = receive(
        _incoming(content=BytesIO(content), syntax=DeflatedExplicitVRLittleEndian), layout, free_disk_mb=1
    )

    assert received.is_new
    assert (layout.images(STUDY) / f"{STUDY}.1.dcm").stat().st_size < 10**6


def test_less_space_than_the_floor_is_no_room(layout: Layout) -> None:
    """Below the floor nothing is written."""
    with pytest.raises(NoRoomError):
        receive(_incoming(), layout, free_disk_mb=1e12)
    assert not layout.study(STUDY).exists()


def test_a_disk_that_fills_up_leaves_nothing_half(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    """ENOSPC in the middle of a file is no room, and the unfinished file is gone."""

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    monkeypatch.setattr("spineseg.service.reception.sync", lambda _folder: None)

    with pytest.raises(NoRoomError):
        receive(_incoming(), layout, free_disk_mb=1)
    assert not list(layout.incoming.iterdir())
    assert not list(layout.images(STUDY).iterdir())


def test_a_study_of_which_nothing_came_has_no_sender(tmp_path: Path) -> None:
    """An unknown sender is empty, not an error."""
    assert read_sent_by(Layout(tmp_path), "1.2") == ""
