"""Multi-frame object -> the same with its per-frame groups as bytes: what many frames share is encoded once.

A SEG of 275 slices and 30 segments has over 1100 frames that name each source slice four times; pydicom encodes each
anew, which takes longer than all other writing.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydicom.charset import convert_encodings
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import correct_ambiguous_vr, write_data_element
from pydicom.tag import Tag

_PER_FRAME = Tag(0x5200, 0x9230)
_ITEM = bytes.fromhex("feff00e0")  # little endian (PS3.5 7.5)


def with_encoded_groups(dataset: Dataset) -> Dataset:
    """A copy whose Per-Frame Functional Groups are encoded; any other object is handed back as it is."""
    syntax = dataset.file_meta.TransferSyntaxUID
    if _PER_FRAME not in dataset or syntax.is_implicit_VR or not syntax.is_little_endian:
        return dataset
    whole = Dataset()
    whole.update({element.tag: element for element in dataset if element.tag != _PER_FRAME})
    whole.file_meta = dataset.file_meta
    correct_ambiguous_vr(whole, True)
    encodings = convert_encodings(dataset.get("SpecificCharacterSet"))
    content = _encoded(dataset[_PER_FRAME].value, encodings)
    whole[_PER_FRAME] = RawDataElement(_PER_FRAME, "SQ", len(content), content, 0, False, True)
    whole.set_original_encoding(False, True, encodings)  # tells pydicom that raw elements can be written as they are
    return whole


def _encoded(groups: Iterable[Dataset], encodings: list[str]) -> bytes:
    known: dict[int, bytes] = {}  # by the element's identity: `groups` keeps every element alive
    items = []
    for group in groups:
        content = b"".join(_once(element, known, encodings) for element in group)
        items.append(_ITEM + len(content).to_bytes(4, "little") + content)
    return b"".join(items)


def _once(element: DataElement, known: dict[int, bytes], encodings: list[str]) -> bytes:
    if id(element) not in known:
        buffer = DicomBytesIO()
        buffer.is_little_endian, buffer.is_implicit_VR = True, False
        write_data_element(buffer, element, encodings)
        known[id(element)] = buffer.getvalue()
    return known[id(element)]
