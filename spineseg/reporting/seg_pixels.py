"""SEG + labels on frames -> the value of its Pixel Data: packed bits, or one encoded label map a frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from highdicom.frame import encode_frame
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import RLELossless

from spineseg.reporting.filled import filled_box

_BYTE = 8  # bits
_RLE_HEADER = 64  # bytes (PS3.5 G.5)
_RUN = 128  # bytes of the longest run; a row with one byte more ends in a literal, which is not told from padding


def pixel_data(dataset: Dataset, labels: NDArray[np.uint8], numbers: NDArray[np.uint8], planes: Sequence[int]) -> bytes:
    """Value of Pixel Data in the order of the SEG's frames, of even length.

    Parameters
    ----------
    dataset
        The SEG with its true rows and columns, transfer syntax and functional groups.
    labels : (frame of the source, row, column)
    numbers : (256,)
        Segment Number of each label value, 0 where it has none.
    planes
        Frame of the source that each frame of the SEG lies on.
    """
    if dataset.BitsAllocated == 1:
        values = np.argsort(numbers)[-np.count_nonzero(numbers) :]  # by segment number
        pairs = [(plane, int(values[number - 1])) for plane, number in zip(planes, _segments(dataset), strict=True)]
        content = b"".join(_packed(labels, pairs))
    elif dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        content = encapsulate(list(_encoded_frames(dataset, labels, numbers, planes)))
    else:
        content = b"".join(numbers[labels[plane]].tobytes() for plane in planes)
    return content + b"\0" * (len(content) % 2)


def _segments(dataset: Dataset) -> Iterator[int]:
    """Segment Number of each frame; a lone segment is named in the shared groups."""
    shared = dataset.SharedFunctionalGroupsSequence[0]
    for group in dataset.PerFrameFunctionalGroupsSequence:
        owner = group if "SegmentIdentificationSequence" in group else shared
        yield int(owner.SegmentIdentificationSequence[0].ReferencedSegmentNumber)


def _packed(labels: NDArray[np.uint8], pairs: Sequence[tuple[int, int]]) -> Iterator[bytes]:
    """Bits of each frame, one value each, first pixel lowest; frames follow each other without a gap (PS3.5 8.1.1)."""
    rows, columns = labels.shape[1:]
    at_once = 1 if rows * columns % _BYTE == 0 else _BYTE  # frames that end on a byte together
    box = filled_box(labels)
    first, last = (0, rows) if at_once > 1 or box is None else (box[1].start, box[1].stop)
    first, last = first // _BYTE * _BYTE, min(-(-last // _BYTE) * _BYTE, rows)  # rows between whole bytes
    before, after = (bytes(count * columns // _BYTE) for count in (first, rows - last))
    for start in range(0, len(pairs), at_once):
        bits = [labels[plane, first:last] == value for plane, value in pairs[start : start + at_once]]
        yield before + np.packbits(np.concatenate(bits), axis=None, bitorder="little").tobytes() + after


def _encoded_frames(
    dataset: Dataset, labels: NDArray[np.uint8], numbers: NDArray[np.uint8], planes: Sequence[int]
) -> Iterator[bytes]:
    """Encoded label map of each frame.

    Run lengths never cross a row (PS3.5 G.3.1): rows that are empty on every frame are encoded once.
    """
    rows, columns = labels.shape[1:]
    box = filled_box(labels)
    if dataset.file_meta.TransferSyntaxUID != RLELossless or box is None or columns % _RUN == 1:
        yield from (_encoded(dataset, numbers[labels[plane]]) for plane in planes)
        return
    first, last = box[1].start, box[1].stop
    header, empty = _divided(_encoded(dataset, np.zeros((1, columns), dtype=np.uint8)))
    for plane in planes:
        # An empty row is added below: its last run and value show whether a byte was appended to make the length even.
        part = np.concatenate([numbers[labels[plane, first:last]], np.zeros((1, columns), dtype=np.uint8)])
        body = _divided(_encoded(dataset, part))[1]
        added = len(empty) + body.endswith(empty + b"\0")
        content = header + empty * first + body[:-added] + empty * (rows - last)
        yield content + b"\0" * (len(content) % 2)


def _divided(frame: bytes) -> tuple[bytes, bytes]:
    """Header and the one segment of a run-length encoded frame of bytes (PS3.5 G.5)."""
    return frame[:_RLE_HEADER], frame[_RLE_HEADER:]


def _encoded(dataset: Dataset, frame: NDArray[np.uint8]) -> bytes:
    return encode_frame(
        frame,
        transfer_syntax_uid=dataset.file_meta.TransferSyntaxUID,
        bits_allocated=dataset.BitsAllocated,
        bits_stored=dataset.BitsStored,
        photometric_interpretation=dataset.PhotometricInterpretation,
        pixel_representation=dataset.PixelRepresentation,
    )
