"""Tests of spineseg.reporting.seg_object."""

from __future__ import annotations

import io

import numpy as np
import pytest
from highdicom.seg import Segmentation as DicomSegmentation
from highdicom.seg import SegmentationTypeValues
from pydicom import dcmread
from pydicom.dataset import Dataset

from spineseg.domain.labels import ANATOMY
from spineseg.reporting.context import make_context
from spineseg.reporting.frames import labels_on_frames
from spineseg.reporting.report import encode
from spineseg.reporting.seg import build_anatomy_seg
from spineseg.reporting.seg_object import values_by_frame
from spineseg.reporting.seg_type import SegType
from spineseg.reporting.source import read_source
from tests.reporting.samples import NOW, Sample, make_findings, make_sample

# What the two ways must not share: highdicom draws it at random or takes it from the clock.
_OWN = ("DimensionOrganizationUID", "ContentDate", "ContentTime", "SeriesDate", "SeriesTime", "InstanceCreationDate",
        "InstanceCreationTime", "ContributingEquipmentSequence")  # fmt: skip


@pytest.mark.parametrize("shape", [(12, 72, 64), (12, 71, 63)], ids=["whole bytes", "odd pixels"])
@pytest.mark.parametrize("seg_type", SegType)
def test_the_object_is_what_highdicom_makes_of_the_whole_masks(
    seg_type: SegType, shape: tuple[int, int, int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Frames, references, dimensions and pixels equal those of highdicom given every pixel: only the way is shorter."""
    one = make_sample(tmp_path_factory.mktemp("in"), shape=shape).input
    findings = make_findings(one.series.series_instance_uid)
    source = read_source(one.series)
    context = make_context(
        source.sop_instance_uids, [one.segmentation], findings, source.patient_study, now=NOW, seg_type=seg_type
    )
    made = build_anatomy_seg(source, one.segmentation, findings, context, position=0)
    assert made is not None

    numbers = np.zeros(256, np.uint8)
    for value, number in made.segment_numbers.items():
        numbers[value] = number
    whole = DicomSegmentation(
        source_images=list(source.headers),
        pixel_array=numbers[labels_on_frames(one.segmentation.anatomy, source)],
        segmentation_type=SegmentationTypeValues.LABELMAP if seg_type.is_labelmap else SegmentationTypeValues.BINARY,
        segment_descriptions=[one for one in made.dataset.SegmentSequence if one.SegmentNumber],  # background is added
        series_instance_uid=made.dataset.SeriesInstanceUID, series_number=1,
        sop_instance_uid=made.dataset.SOPInstanceUID, instance_number=1, manufacturer="spineseg",
        manufacturer_model_name="spineseg", software_versions="1", device_serial_number="0",
        transfer_syntax_uid=seg_type.transfer_syntax_uid, omit_empty_frames=True,
    )  # fmt: skip

    ours, theirs = (without_own(dcmread(io.BytesIO(encode(one)))) for one in (made.dataset, whole))
    for keyword in ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence", "SourceImageSequence",
                    "ReferencedSeriesSequence", "DimensionIndexSequence", "SegmentSequence", "NumberOfFrames", "Rows",
                    "Columns", "BitsAllocated", "FrameOfReferenceUID", "PixelData"):  # fmt: skip
        assert ours[keyword] == theirs[keyword], keyword
    assert ours.file_meta.TransferSyntaxUID == theirs.file_meta.TransferSyntaxUID


def without_own(dataset: Dataset) -> Dataset:
    """A dataset without what differs between any two objects."""
    for item in dataset.DimensionIndexSequence:
        del item.DimensionOrganizationUID
    for keyword in _OWN:
        dataset.pop(keyword, None)
    return dataset


def test_every_frame_knows_its_values(sample: Sample) -> None:
    """Exactly the labels of its pixels, and none beyond them."""
    labels = sample.input.segmentation.anatomy.array

    found = values_by_frame(labels)

    assert [set(np.flatnonzero(row)) - {0} for row in found] == [set(np.unique(frame)) - {0} for frame in labels]
    assert set(np.flatnonzero(found.any(axis=0))) - {0} <= set(ANATOMY)
