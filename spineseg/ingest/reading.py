"""File -> pydicom Dataset, or the reason why not: the only place that meets whatever a file may contain."""

from __future__ import annotations

import logging
import struct
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.filereader import read_file_meta_info
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

# What pydicom was seen to raise on malformed files: ../shared/dicom/dicom.md section 5 and pydicom's own test files.
MALFORMED = (
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, MemoryError, NotImplementedError, OSError,
    RecursionError, TypeError, ValueError, struct.error, zlib.error,
)  # fmt: skip

# A deflated data set is inflated by pydicom before anything can be asked of it: 0.78 MB took 1.6 GB there
# (dicom.md section 5). Enough for 1000 slices of 512 x 512 in one file [P].
MAX_INFLATED_BYTES = 512 * 2**20
_INFLATE_STEP_BYTES = 2**20
_PREAMBLE_BYTES = 128  # then "DICM" (PS3.10 section 7.1)
_SNIFF_BYTES = 4096
_META_LENGTH_ELEMENT_BYTES = 12  # (0002,0000) UL: tag, VR, length, value
# A file without meta information does not name its syntax: it is what it could be read as (implicit, little endian).
_NATIVE_SYNTAXES: dict[tuple[bool, bool] | tuple[None, None], UID] = {
    (True, True): ImplicitVRLittleEndian,
    (False, True): ExplicitVRLittleEndian,
    (False, False): ExplicitVRBigEndian,
}
_DECODER_LOGGERS = ("pydicom", "pylibjpeg", "openjpeg", "libjpeg", "rle", "jpeg_ls")
_DICOM_SUFFIXES = frozenset({".dcm", ".dicom", ".ima", ".dic"})


class NotDicomError(ValueError):
    """The file is of another kind, and its name does not promise DICOM."""


class MalformedFileError(ValueError):
    """A DICOM file that cannot be used; the message is the reason, without a value of the file."""


@contextmanager
def quiet_pydicom() -> Iterator[None]:
    """No warnings and no log of pydicom and its decoders: they quote values of the file, patient names among them."""
    loggers = [logging.getLogger(name) for name in _DECODER_LOGGERS]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for logger in loggers:
                logger.setLevel(logging.CRITICAL + 1)
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


def read_header(path: Path, keywords: Sequence[str]) -> FileDataset:
    """The named attributes of a file, without its pixels.

    Raises
    ------
    NotDicomError
        The file is of another kind.
    MalformedFileError
        The file is, or claims to be, DICOM and cannot be read.
    """
    has_preamble = _check_kind(path)
    try:
        dataset: FileDataset = dcmread(
            path, stop_before_pixels=True, specific_tags=list(keywords), force=not has_preamble
        )
    except MALFORMED as error:
        raise MalformedFileError(f"header cannot be read ({type(error).__name__})") from error
    return dataset


def read_with_pixels(path: Path) -> FileDataset:
    """A whole file.

    Raises
    ------
    MalformedFileError
        The file cannot be read.
    """
    try:
        has_preamble = _check_kind(path)
        dataset: FileDataset = dcmread(path, force=not has_preamble)
    except MalformedFileError:
        raise
    except MALFORMED as error:
        raise MalformedFileError(f"file cannot be read ({type(error).__name__})") from error
    if "TransferSyntaxUID" not in dataset.file_meta:
        dataset.file_meta.TransferSyntaxUID = _NATIVE_SYNTAXES[dataset.original_encoding]
    return dataset


def _check_kind(path: Path) -> bool:
    """Whether the DICOM file begins with a preamble; refuses other kinds and deflate bombs."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_SNIFF_BYTES)
    except OSError as error:
        raise MalformedFileError(f"file cannot be opened ({error.strerror or type(error).__name__})") from error
    if head[_PREAMBLE_BYTES : _PREAMBLE_BYTES + 4] == b"DICM":
        if DeflatedExplicitVRLittleEndian.encode() in head:
            _check_inflated_size(path)
        return True
    if _looks_like_data_set(head):
        return False
    if path.suffix.lower() in _DICOM_SUFFIXES:
        raise MalformedFileError("no DICOM content" if head else "file is empty")
    raise NotDicomError(path.suffix)


def _looks_like_data_set(head: bytes) -> bool:
    """Whether a file without preamble begins with an element of group 0002 or 0008, in any of three encodings."""
    if len(head) < 8 or head[:2] not in (b"\x02\x00", b"\x08\x00", b"\x00\x02", b"\x00\x08"):
        return False
    explicit = head[4:6].isalpha() and head[4:6].isupper()
    little_endian = head[1] == 0
    # Implicit VR is always little endian; the first values are short identifiers (64 characters, PS3.5 9).
    return explicit or (little_endian and struct.unpack("<L", head[4:8])[0] <= 1024)


def _check_inflated_size(path: Path) -> None:
    """Refuse a deflated file that would inflate beyond `MAX_INFLATED_BYTES`, in little memory."""
    try:
        meta_length = int(read_file_meta_info(path).FileMetaInformationGroupLength)
        start = _PREAMBLE_BYTES + 4 + _META_LENGTH_ELEMENT_BYTES + meta_length
        pending = path.read_bytes()[start:]
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        inflated = 0
        while pending and not inflater.eof:
            inflated += len(inflater.decompress(pending, _INFLATE_STEP_BYTES))
            if inflated > MAX_INFLATED_BYTES:
                break
            pending = inflater.unconsumed_tail
    except MALFORMED as error:
        raise MalformedFileError(f"deflated content cannot be read ({type(error).__name__})") from error
    if inflated > MAX_INFLATED_BYTES:
        raise MalformedFileError(f"deflated content is larger than {MAX_INFLATED_BYTES // 2**20} MiB")
