"""Encoded dataset -> its Study and SOP Instance UIDs, read no further than they stand."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

from pydicom.filereader import read_dataset
from pydicom.tag import BaseTag
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian

_SOP_INSTANCE_UID = 0x00080018
_STUDY_INSTANCE_UID = 0x0020000D
# The tags that are read lie well before this; a deflated dataset is inflated no further.
_HEAD_BYTES = 1 << 20
_UNDEFINED_LENGTH = 0xFFFFFFFF
_MOST_ELEMENTS = 1000  # that stand before a Study Instance UID where a walk pays [P]
# What a dataset that is none makes of its readers.
UNREADABLE = (
    KeyError, ValueError, TypeError, EOFError, OSError, AttributeError, NotImplementedError, struct.error, zlib.error,
)  # fmt: skip
# Value representations with four bytes of length (PS3.5 table 7.1-1).
_LONG = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))


def read_identifiers(dataset: BytesIO, transfer_syntax: UID) -> tuple[str, str]:
    """SOP Instance UID and Study Instance UID, whatever they are.

    Raises
    ------
    One of UNREADABLE
        They are not there, or the dataset cannot be read as far as they stand.
    """
    if transfer_syntax.is_little_endian and transfer_syntax != DeflatedExplicitVRLittleEndian:
        found = _walk(dataset.getbuffer()[:_HEAD_BYTES], is_implicit=transfer_syntax.is_implicit_VR)
        if found is not None:
            return found
    return _read(dataset, transfer_syntax)


def _walk(content: memoryview, *, is_implicit: bool) -> tuple[str, str] | None:
    """From element to element by their lengths; None where the library has to look more closely.

    It takes a tenth of the library's time, which counts for every instance (scripts/bench node).
    """
    said, at = "", 0
    for _ in range(_MOST_ELEMENTS):
        if at + 8 > len(content):
            return None
        group, element, kind, short = struct.unpack_from("<HH2sH", content, at)
        length, value_at = short, at + 8
        if is_implicit:
            (length,) = struct.unpack_from("<L", content, at + 4)
        elif kind in _LONG:
            if at + 12 > len(content):
                return None
            (length,), value_at = struct.unpack_from("<L", content, at + 8), at + 12
        tag, end = group << 16 | element, value_at + length
        if length == _UNDEFINED_LENGTH or tag > _STUDY_INSTANCE_UID or not (is_implicit or kind.isalpha()):
            return None
        if end > len(content):
            if len(content) < _HEAD_BYTES:
                raise EOFError
            return None
        if tag in (_SOP_INSTANCE_UID, _STUDY_INSTANCE_UID):
            value = _uid(content[value_at:end])
            if tag == _STUDY_INSTANCE_UID:
                return (said, value) if said else None
            said = value
        at = end
    return None


def _uid(value: memoryview) -> str:
    return bytes(value).decode("ascii", "replace").rstrip("\0 ")


def _read(dataset: BytesIO, transfer_syntax: UID) -> tuple[str, str]:
    stream = _inflated(dataset) if transfer_syntax == DeflatedExplicitVRLittleEndian else dataset
    stream.seek(0)
    head = read_dataset(
        stream,
        transfer_syntax.is_implicit_VR,
        transfer_syntax.is_little_endian,
        stop_when=_beyond_study,
        specific_tags=[BaseTag(_SOP_INSTANCE_UID), BaseTag(_STUDY_INSTANCE_UID)],
    )
    return str(head[_SOP_INSTANCE_UID].value), str(head[_STUDY_INSTANCE_UID].value)


def _beyond_study(tag: BaseTag, _vr: str | None, _length: int) -> bool:
    return bool(tag > _STUDY_INSTANCE_UID)


def _inflated(stream: BytesIO) -> BytesIO:
    # Raw deflate without a zlib header (PS3.5 section A.5).
    return BytesIO(zlib.decompressobj(-zlib.MAX_WBITS).decompress(stream.getbuffer(), _HEAD_BYTES))
