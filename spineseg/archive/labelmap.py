"""Label map segmentation -> binary segmentation of the same pixels, for receivers that know only the latter."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import ExplicitVRLittleEndian

# What only a label map has (PS3.3 A.51.4 and C.8.20.2): padding, palette, and a 3D order that segments break.
_LABELMAP_ONLY = (
    "PixelPaddingValue",
    "RedPaletteColorLookupTableDescriptor",
    "GreenPaletteColorLookupTableDescriptor",
    "BluePaletteColorLookupTableDescriptor",
    "RedPaletteColorLookupTableData",
    "GreenPaletteColorLookupTableData",
    "BluePaletteColorLookupTableData",
    "PaletteColorLookupTableUID",
    "ICCProfile",
    "ColorSpace",
    "DimensionOrganizationType",
)
_BACKGROUND = 0


def as_binary(labelmap: Dataset) -> Dataset:
    """Binary segmentation with the segments, numbers, references and geometry of a label map.

    Its class and UID are still those of the label map: who names the copy says which.

    Parameters
    ----------
    labelmap
        Changed in place.
    """
    frames = labelmap.pixel_array.reshape(-1, labelmap.Rows, labelmap.Columns)
    groups = list(labelmap.PerFrameFunctionalGroupsSequence)
    segments = [item for item in labelmap.SegmentSequence if item.SegmentNumber != _BACKGROUND]
    numbers = [int(item.SegmentNumber) for item in segments]
    present = [np.unique(frame) for frame in frames]
    order = [
        (number, position)
        for number in numbers
        for position, values in enumerate(present)
        if number in values
    ]  # fmt: skip
    for keyword in _LABELMAP_ONLY:
        if keyword in labelmap:
            delattr(labelmap, keyword)
    labelmap.SegmentationType = "BINARY"
    labelmap.SegmentSequence = segments
    labelmap.PhotometricInterpretation = "MONOCHROME2"
    labelmap.BitsAllocated = labelmap.BitsStored = 1
    labelmap.HighBit = 0
    labelmap.NumberOfFrames = len(order)
    _add_segment_dimension(labelmap)
    labelmap.PerFrameFunctionalGroupsSequence = [
        _group(groups[position], number, numbers.index(number) + 1) for number, position in order
    ]
    labelmap.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    labelmap["PixelData"].is_undefined_length = False
    labelmap["PixelData"].VR = "OB"
    labelmap.PixelData = _packed(frames, order)
    return labelmap


def _packed(frames: NDArray[np.integer], order: Sequence[tuple[int, int]]) -> bytes:
    """Bits of all frames without a gap, the first pixel lowest (PS3.5 8.1.1), to an even number of bytes."""
    masks = np.zeros((len(order), *frames.shape[1:]), dtype=bool)
    for mask, (number, position) in zip(masks, order, strict=True):
        np.equal(frames[position], number, out=mask)
    content = np.packbits(masks, bitorder="little").tobytes()
    return content + b"\0" * (len(content) % 2)


def _add_segment_dimension(dataset: Dataset) -> None:
    """The segment becomes the first dimension (PS3.3 C.8.20.2.4)."""
    others = list(dataset.DimensionIndexSequence)
    segment = Dataset()
    segment.DimensionOrganizationUID = others[0].DimensionOrganizationUID
    segment.DimensionIndexPointer = Tag("ReferencedSegmentNumber")
    segment.FunctionalGroupPointer = Tag("SegmentIdentificationSequence")
    segment.DimensionDescriptionLabel = "Referenced Segment Number"
    dataset.DimensionIndexSequence = [segment, *others]


def _group(frame: Dataset, number: int, index: int) -> Dataset:
    """Functional groups of one segment's frame; everything but the dimension indices is shared with the label map's."""
    group = _without(frame, "FrameContentSequence")
    values = frame.FrameContentSequence[0].DimensionIndexValues
    content = _without(frame.FrameContentSequence[0], "DimensionIndexValues")
    content.DimensionIndexValues = [index, *(values if isinstance(values, Sequence) else [values])]
    segment = Dataset()
    segment.ReferencedSegmentNumber = number
    group.FrameContentSequence = [content]
    group.SegmentIdentificationSequence = [segment]
    return group


def _without(dataset: Dataset, keyword: str) -> Dataset:
    """The other elements, shared: to set a shared one would change the label map's frame for every segment."""
    others = Dataset()
    for element in dataset:
        if element.keyword != keyword:
            others.add(element)
    return others
