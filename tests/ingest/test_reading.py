from __future__ import annotations

import logging
import os
import warnings
import zlib
from pathlib import Path

import pydicom
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from spineseg.ingest import reading
from spineseg.ingest.reading import (
    MalformedFileError,
    NotDicomError,
    quiet_pydicom,
    read_header,
    read_with_pixels,
)
from spineseg.phantom.dicom import write_series
from tests.ingest.series import grid_of, header_of

KEYWORDS = ("SOPInstanceUID", "Rows")


def _file(folder: Path, transfer_syntax: str | None = None) -> Path:
    extra = {} if transfer_syntax is None else {"transfer_syntax_uid": transfer_syntax}
    return write_series(folder, grid_of(), header_of(), **extra)[0]


def test_header_without_pixels(tmp_path: Path) -> None:
    """A header holds what was asked for and no pixels."""
    dataset = read_header(_file(tmp_path), KEYWORDS)

    assert dataset.Rows == 20
    assert "PixelData" not in dataset
    assert "PatientName" not in dataset


@pytest.mark.parametrize("transfer_syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, None])
def test_no_preamble_and_no_meta(tmp_path: Path, transfer_syntax: str | None) -> None:
    """A bare data set, as old archives leave it, is read in each of the three encodings."""
    path = _file(tmp_path, transfer_syntax)
    meta_length = int(pydicom.dcmread(path).file_meta.FileMetaInformationGroupLength)
    bare = tmp_path / "bare"
    bare.write_bytes(path.read_bytes()[128 + 4 + 12 + meta_length :])

    assert read_header(bare, KEYWORDS).Rows == 20


@pytest.mark.parametrize("content", [b"PK\x03\x04" + b"0" * 300, b"hello", b"%PDF-1.7", bytes(1000)])
def test_other_kinds_are_told_apart(tmp_path: Path, content: bytes) -> None:
    """Zip, text, PDF and zeros are not DICOM, and not an error unless their name promises it."""
    other, promise = tmp_path / "file.bin", tmp_path / "file.dcm"
    other.write_bytes(content)
    promise.write_bytes(content)

    with pytest.raises(NotDicomError):
        read_header(other, KEYWORDS)
    with pytest.raises(MalformedFileError, match="no DICOM content"):
        read_header(promise, KEYWORDS)


def test_empty_file(tmp_path: Path) -> None:
    """A transfer that broke off before the first byte is named as such."""
    path = tmp_path / "image.dcm"
    path.touch()

    with pytest.raises(MalformedFileError, match="file is empty"):
        read_header(path, KEYWORDS)


def _read_or_reason(path: Path) -> pydicom.Dataset | str:
    try:
        return read_header(path, KEYWORDS)
    except MalformedFileError as error:
        return str(error)


@pytest.mark.parametrize("kept", [133, 200, 400, 700])
def test_truncated_header_never_escapes(tmp_path: Path, kept: int) -> None:
    """Cut anywhere in its header, a file is read as far as it goes or refused with a reason."""
    path = _file(tmp_path)
    path.write_bytes(path.read_bytes()[:kept])

    with quiet_pydicom():
        result = _read_or_reason(path)

    assert "cannot be read" in result if isinstance(result, str) else "Rows" not in result


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_forbidden_file(tmp_path: Path) -> None:
    """A file without permission is named as such."""
    path = _file(tmp_path)
    path.chmod(0)

    with pytest.raises(MalformedFileError, match="cannot be opened"):
        read_header(path, KEYWORDS)


def test_deflated_file_is_read(tmp_path: Path) -> None:
    """An honest deflated file is read like any other."""
    assert read_with_pixels(_file(tmp_path, DeflatedExplicitVRLittleEndian)).Rows == 20


def test_deflate_bomb_is_not_inflated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file that would inflate beyond the limit is refused before pydicom inflates it."""
    path = _file(tmp_path, DeflatedExplicitVRLittleEndian)
    start = 128 + 4 + 12 + int(pydicom.dcmread(path).file_meta.FileMetaInformationGroupLength)
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    bomb = compressor.compress(bytes(8 * 2**20)) + compressor.flush()
    path.write_bytes(path.read_bytes()[:start] + bomb)
    monkeypatch.setattr(reading, "MAX_INFLATED_BYTES", 2**20)
    monkeypatch.setattr(reading, "dcmread", lambda *_, **__: pytest.fail("pydicom was let at the bomb"))

    for read in (lambda: read_header(path, KEYWORDS), lambda: read_with_pixels(path)):
        with pytest.raises(MalformedFileError, match="larger than 1 MiB"):
            read()


def test_pydicom_is_quiet(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Warnings and logs of pydicom, which quote values of a file, reach nobody; they are back afterwards."""
    path = _file(tmp_path)
    caplog.set_level(logging.DEBUG, logger=pydicom.config.logger.name)  # a program run before may have silenced it
    with warnings.catch_warnings(record=True) as caught, quiet_pydicom():
        warnings.warn("Invalid value 'SECRET'", stacklevel=1)
        pydicom.config.logger.error("SECRET")
        read_with_pixels(path)

    assert caught == []
    assert caplog.text == ""
    pydicom.config.logger.error("audible")
    assert "audible" in caplog.text
