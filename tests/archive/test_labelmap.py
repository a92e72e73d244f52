from __future__ import annotations

from pathlib import Path

import pytest
from pydicom import dcmread

from spineseg.archive.labelmap import as_binary

SAME = ("SegmentationType", "BitsAllocated", "HighBit", "NumberOfFrames", "SegmentsOverlap")
GROUPS = ("SegmentIdentificationSequence", "PlanePositionSequence")


@pytest.mark.parametrize("name", ["anatomy.seg.dcm", "lesions.seg.dcm"])
def test_same_as_written_as_binary(results: list[Path], labelmaps: list[Path], name: str) -> None:
    """A label map turned binary is, pixel by pixel and frame by frame, the binary segmentation of the same masks."""
    binary = dcmread(next(path for path in results if path.name == name))
    turned = as_binary(dcmread(next(path for path in labelmaps if path.name == name)))

    assert turned.PixelData == binary.PixelData
    # Type 3; highdicom says "3D" where a binary segmentation has one segment only.
    keywords = {element.keyword for element in binary} - {"DimensionOrganizationType"}
    assert keywords == {element.keyword for element in turned}
    assert all(turned[keyword].value == binary[keyword].value for keyword in SAME)
    numbers = [[item.SegmentNumber for item in one.SegmentSequence] for one in (turned, binary)]
    assert numbers[0] == numbers[1]
    pairs = list(zip(turned.PerFrameFunctionalGroupsSequence, binary.PerFrameFunctionalGroupsSequence, strict=True))
    # highdicom says what all frames share in one place.
    shared = binary.SharedFunctionalGroupsSequence[0]
    assert all(
        str(one[keyword].value[0]) == str((other if keyword in other else shared)[keyword].value[0])
        for one, other in pairs for keyword in GROUPS
    )  # fmt: skip
    indices = [
        [[int(part) for part in frame.FrameContentSequence[0].DimensionIndexValues] for frame in frames]
        for frames in zip(*pairs, strict=True)
    ]
    assert indices[0] == indices[1]
