from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from highdicom.seg import segread
from pydicom import dcmread

from spineseg.domain.labels import ANATOMY
from spineseg.reporting.context import make_context
from spineseg.reporting.report import encode
from spineseg.reporting.seg import build_anatomy_seg
from spineseg.reporting.seg_type import SegType
from spineseg.reporting.source import read_source
from tests.reporting.samples import NOW, Sample, make_findings

SYNTAXES = {
    SegType.BINARY: "1.2.840.10008.1.2.1",
    SegType.LABELMAP: "1.2.840.10008.1.2.5",
    SegType.LABELMAP_JPEGLS: "1.2.840.10008.1.2.4.80",
}


def encoded(sample: Sample, seg_type: SegType) -> bytes:
    """Anatomy of the sample as a file."""
    one = sample.input
    findings = make_findings(one.series.series_instance_uid)
    source = read_source(one.series)
    context = make_context(
        source.sop_instance_uids, [one.segmentation], findings, source.patient_study, now=NOW, seg_type=seg_type
    )
    seg = build_anatomy_seg(source, one.segmentation, findings, context, position=0)
    assert seg is not None
    return encode(seg.dataset)


@pytest.mark.parametrize("seg_type", SegType)
def test_the_mask_comes_back_whole_and_the_same_bytes_twice(seg_type: SegType, sample: Sample, tmp_path: Path) -> None:
    """By SOP Instance UID every source slice gets back its own mask, whatever the encoding."""
    path = tmp_path / "anatomy.seg.dcm"
    path.write_bytes(encoded(sample, seg_type))
    seg = segread(path)
    uids = [instance.sop_instance_uid for instance in sample.input.series.instances]

    pixels = seg.get_pixels_by_source_instance(uids, combine_segments=True)

    by_name = {label.name: label.value for label in ANATOMY.values()}
    lut = np.zeros(256, dtype=np.uint8)
    for number in seg.segment_numbers:
        lut[number] = by_name[seg.get_segment_description(number).segment_label.removesuffix(" (assumed)")]
    np.testing.assert_array_equal(lut[pixels], sample.input.segmentation.anatomy.array)
    assert dcmread(path).file_meta.TransferSyntaxUID == SYNTAXES[seg_type]
    assert dcmread(path).SegmentationType == ("LABELMAP" if seg_type.is_labelmap else "BINARY")
    assert encoded(sample, seg_type) == path.read_bytes()


def test_a_label_map_is_small_and_never_shares_a_uid_with_the_binary_object(sample: Sample, tmp_path: Path) -> None:
    """A receiver that holds one encoding does not take the other for it."""
    files = {seg_type: encoded(sample, seg_type) for seg_type in SegType}
    uids = set()
    for seg_type, content in files.items():
        path = tmp_path / f"{seg_type}.dcm"
        path.write_bytes(content)
        uids.add(dcmread(path).SOPInstanceUID)

    assert len(uids) == len(files)
    assert len(files[SegType.LABELMAP]) < len(files[SegType.BINARY]) / 2
