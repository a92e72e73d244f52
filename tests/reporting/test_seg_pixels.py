"""Tests of spineseg.reporting.seg_pixels."""

from __future__ import annotations

import numpy as np
import pytest
from highdicom.frame import encode_frame
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.pixels.utils import unpack_bits
from pydicom.uid import UID, ExplicitVRLittleEndian, RLELossless

from spineseg.reporting.seg_pixels import pixel_data

SHAPE = (4, 24, 16)


def masks(shape: tuple[int, int, int]) -> np.ndarray:
    """Labels 3, 9 and 200 in a part of each frame."""
    labels = np.zeros(shape, dtype=np.uint8)
    labels[:, 5:15, 2:9] = np.random.default_rng(1).choice([0, 3, 9, 200], (shape[0], 10, 7))
    return labels


def numbers_of(*values: int) -> np.ndarray:
    """Segment Number of each value."""
    numbers = np.zeros(256, dtype=np.uint8)
    numbers[list(values)] = range(1, len(values) + 1)
    return numbers


def seg_of(shape: tuple[int, ...], segments: list[int], *, bits: int, syntax: UID = ExplicitVRLittleEndian) -> Dataset:
    """What the pixels need of a SEG: its matrix and the segment of each frame."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.Rows, dataset.Columns = shape[1:]
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.PixelRepresentation, dataset.PhotometricInterpretation = 0, "MONOCHROME2"
    groups = []
    for number in segments:
        item, group = Dataset(), Dataset()
        item.ReferencedSegmentNumber = number
        group.SegmentIdentificationSequence = [item]
        groups.append(group)
    dataset.PerFrameFunctionalGroupsSequence = groups
    dataset.SharedFunctionalGroupsSequence = [Dataset()]
    return dataset


@pytest.mark.parametrize("shape", [SHAPE, (4, 23, 16), (9, 23, 15)], ids=["whole bytes", "odd rows", "odd pixels"])
def test_bits_are_those_of_the_masks_frame_after_frame(shape: tuple[int, int, int]) -> None:
    """Unpacked, each frame is its segment's mask, also where frames begin in the middle of a byte."""
    labels = masks(shape)
    pairs = [(segment, plane) for segment in (1, 2, 3) for plane in range(shape[0])]

    content = pixel_data(
        seg_of(shape, [segment for segment, _ in pairs], bits=1), labels, numbers_of(9, 3, 200),
        [plane for _, plane in pairs],
    )  # fmt: skip

    bits = unpack_bits(content)[: len(pairs) * shape[1] * shape[2]].reshape(-1, *shape[1:])
    values = (9, 3, 200)
    np.testing.assert_array_equal(bits, [labels[plane] == values[segment - 1] for segment, plane in pairs])
    assert len(content) % 2 == 0


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless])
def test_a_label_map_holds_segment_numbers(syntax: UID) -> None:
    """Values are segment numbers, labels without a segment are background."""
    labels = masks(SHAPE)
    dataset = seg_of(SHAPE, [1, 1], bits=8, syntax=syntax)

    content = pixel_data(dataset, labels, numbers_of(3, 200), [2, 0])

    expected = np.select([labels == 3, labels == 200], [1, 2], 0).astype(np.uint8)
    if syntax == RLELossless:
        from pydicom.pixels.decoders import RLELosslessDecoder

        dataset.SamplesPerPixel, dataset.NumberOfFrames, dataset.PixelData = 1, 2, content
        dataset["PixelData"].VR = "OB"
        assert len(list(generate_frames(content, number_of_frames=2))) == 2
        found = RLELosslessDecoder.as_array(dataset)[0]
    else:
        found = np.frombuffer(content, np.uint8).reshape(2, *SHAPE[1:])
    np.testing.assert_array_equal(found, expected[[2, 0]])


@pytest.mark.parametrize("columns", [2, 16, 128, 129, 130, 256, 300])
def test_run_lengths_are_those_of_whole_frames(columns: int) -> None:
    """Encoding the empty rows once changes no byte, whatever the width and wherever runs end."""
    rng = np.random.default_rng(columns)
    shape = (9, 21, columns)
    labels = np.zeros(shape, dtype=np.uint8)
    wide = np.repeat(rng.integers(0, 3, (9, 12, -(-columns // 3))), 3, axis=2)[..., :columns]
    labels[:, 4:16] = np.where(rng.random((9, 12, 1)) < 0.5, wide, 0)
    labels[3] = 0
    dataset = seg_of(shape, [1] * 9, bits=8, syntax=RLELossless)

    content = pixel_data(dataset, labels, numbers_of(1, 2), list(range(9)))

    whole = [
        encode_frame(
            frame, transfer_syntax_uid=RLELossless, bits_allocated=8, bits_stored=8,
            photometric_interpretation="MONOCHROME2", pixel_representation=0,
        )
        for frame in labels
    ]  # fmt: skip
    assert content == encapsulate(whole)
