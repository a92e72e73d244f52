from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import highdicom
import numpy as np
import pytest
from highdicom.seg import segread
from numpy.typing import NDArray

from spineseg.domain.findings import Findings
from spineseg.domain.labels import ANATOMY, UNNAMED_OFFSET, VERTEBRA_VALUES, Label
from spineseg.domain.volume import like
from spineseg.errors import ReportError
from spineseg.phantom.dicom import MrProtocol, SeriesHeader
from spineseg.phantom.enhanced import write_enhanced
from spineseg.reporting import Report, ReportInput, build_report, write_report
from spineseg.reporting.context import make_context
from spineseg.reporting.report import encode
from spineseg.reporting.seg import build_anatomy_seg, build_lesion_seg
from spineseg.reporting.source import read_source
from tests.reporting.conftest import NOW
from tests.reporting.samples import (
    AXIAL,
    CORONAL,
    FRAME_UID,
    SAGITTAL,
    STUDY_UID,
    TRACKING_UID,
    Sample,
    make_findings,
    make_sample,
    masks_at,
    rotated,
    without_names,
)

ACQUISITIONS: dict[str, dict[str, object]] = {
    "axial": {"steps": AXIAL},
    "axial, instances reversed": {"steps": AXIAL, "reverse": True},
    "axial, feet first": {"steps": AXIAL * np.array([-1, 1, 1]), "patient_position": "FFS"},
    "sagittal": {"steps": SAGITTAL, "shape": (20, 80, 70)},
    "coronal": {"steps": CORONAL, "shape": (22, 80, 60)},
    "oblique": {"steps": rotated(AXIAL, 20.0)},
    "mirrored": {"steps": AXIAL * np.array([1, 1, -1])},
}


def write_segs(one: ReportInput, findings: Findings, out: Path) -> None:
    """The two objects of a series, without the rest of the report."""
    source = read_source(one.series)
    context = make_context(source.sop_instance_uids, [], findings, source.patient_study, now=NOW)
    out.mkdir()
    for name, build in (("anatomy", build_anatomy_seg), ("lesions", build_lesion_seg)):
        seg = build(source, one.segmentation, findings, context, position=0)
        if seg is not None:
            (out / f"{name}.seg.dcm").write_bytes(encode(seg.dataset))


def written_masks(out: Path, name: str) -> tuple[highdicom.seg.Segmentation, list[tuple[int, NDArray[np.float64]]]]:
    """SEG of a file, and (segment number, points of its pixels [mm, LPS]) of every frame, by its own geometry."""
    seg = segread(out / name)
    shared = seg.SharedFunctionalGroupsSequence[0]
    cosines = np.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, dtype=float)
    rows_mm, columns_mm = (float(value) for value in shared.PixelMeasuresSequence[0].PixelSpacing)
    frames = []
    stack = seg.pixel_array.reshape(-1, seg.Rows, seg.Columns)
    for group, pixels in zip(seg.PerFrameFunctionalGroupsSequence, stack, strict=True):
        row, column = np.nonzero(pixels)
        origin = np.array(group.PlanePositionSequence[0].ImagePositionPatient, dtype=float)
        points = origin + row[:, None] * cosines[3:] * rows_mm + column[:, None] * cosines[:3] * columns_mm
        identified = group if "SegmentIdentificationSequence" in group else shared
        frames.append((int(identified.SegmentIdentificationSequence[0].ReferencedSegmentNumber), points))
    return seg, frames


@pytest.mark.parametrize("name", ACQUISITIONS)
def test_every_pixel_lies_where_its_structure_is(name: str, tmp_path: Path) -> None:
    """Read back by position, a segment covers exactly its structure, however the series was acquired."""
    one = make_sample(tmp_path / "in", **ACQUISITIONS[name])
    write_segs(one.input, make_findings(one.input.series.series_instance_uid), tmp_path / "out")

    seg, frames = written_masks(tmp_path / "out", "anatomy.seg.dcm")
    _, lesion_frames = written_masks(tmp_path / "out", "lesions.seg.dcm")

    values = {label.value for label in _labels_of(seg).values()}
    assert values == set(np.unique(one.input.segmentation.anatomy.array)) - {0}
    for number, points in frames:
        assert np.all(masks_at(np.round(points, 6))[0] == _labels_of(seg)[number].value)
    assert sum(len(points) for _, points in frames) == np.count_nonzero(one.input.segmentation.anatomy.array)
    assert sum(len(points) for _, points in lesion_frames) == np.count_nonzero(one.input.segmentation.lesions.array)
    assert all(np.all(masks_at(np.round(points, 6))[2] == 1) for _, points in lesion_frames)


def _labels_of(seg: highdicom.seg.Segmentation) -> dict[int, Label]:
    by_name = {label.name: label for label in ANATOMY.values()}
    return {
        int(item.SegmentNumber): by_name[item.SegmentLabel.removesuffix(" (assumed)")] for item in seg.SegmentSequence
    }


def test_frames_name_the_instance_that_they_lie_on(sample: Sample, results: Path) -> None:
    """By SOP Instance UID each source slice gets back its own mask."""
    seg = segread(results / "anatomy.seg.dcm")
    uids = [instance.sop_instance_uid for instance in sample.input.series.instances]

    pixels = seg.get_pixels_by_source_instance(uids, combine_segments=True, ignore_spatial_locations=False)

    by_number = {number: label.value for number, label in _labels_of(seg).items()}
    lut = np.array([by_number.get(number, 0) for number in range(256)])
    np.testing.assert_array_equal(lut[pixels], sample.input.segmentation.anatomy.array)


def test_a_cropped_mask_leaves_the_other_slices_empty(tmp_path: Path) -> None:
    """Slices beyond the masks' grid carry nothing, and the rest is not shifted."""
    one = make_sample(tmp_path / "in")
    segmentation = one.input.segmentation
    crop = {name: getattr(segmentation, name)[6:18] for name in ("anatomy", "subregions", "lesions")}
    cropped = replace(one.input, segmentation=replace(segmentation, **crop))
    write_segs(cropped, make_findings(one.input.series.series_instance_uid), tmp_path / "out")

    seg, frames = written_masks(tmp_path / "out", "anatomy.seg.dcm")

    assert sum(len(points) for _, points in frames) == np.count_nonzero(segmentation.anatomy.array[6:18])
    for number, points in frames:
        assert np.all(masks_at(np.round(points, 6))[0] == _labels_of(seg)[number].value)


def test_an_enhanced_source_is_referred_to_frame_by_frame(
    tmp_path: Path, conformance_errors: Callable[[Path], list[str]]
) -> None:
    """A multi-frame source gives a conformant SEG whose frames lie where their structures are."""
    one = make_sample(tmp_path / "single")
    header = SeriesHeader(
        protocol=MrProtocol(repetition_time_ms=3000.0, echo_time_ms=100.0), study_instance_uid=STUDY_UID,
        series_instance_uid=one.input.series.series_instance_uid, frame_of_reference_uid=FRAME_UID, series_number=5,
    )  # fmt: skip
    path = write_enhanced(tmp_path / "enhanced", one.input.volume.image, header, reverse=True)
    instance = replace(one.input.series.instances[0], path=path, number_of_frames=26)
    enhanced = replace(one.input, series=replace(one.input.series, instances=(instance,)))

    report = build_report([enhanced], make_findings(one.input.series.series_instance_uid), now=NOW)
    write_report(report, tmp_path / "out")

    seg, frames = written_masks(tmp_path / "out", "anatomy.seg.dcm")
    for number, points in frames:
        assert np.all(masks_at(np.round(points, 6))[0] == _labels_of(seg)[number].value)
    assert sum(len(points) for _, points in frames) == np.count_nonzero(one.input.segmentation.anatomy.array)
    assert [conformance_errors(path) for path in sorted((tmp_path / "out").glob("*.dcm"))] == [[]] * 8


def test_lesions_are_tracked_as_in_the_report(results: Path) -> None:
    """The lesion's segment has the finding's tracking UID, its place in the report, and the type neoplasm."""
    (segment,) = segread(results / "lesions.seg.dcm").SegmentSequence

    assert segment.TrackingUID == TRACKING_UID
    assert segment.SegmentLabel == "Suspected lesion 1"
    assert segment.SegmentAlgorithmType == "AUTOMATIC"
    assert segment.SegmentedPropertyTypeCodeSequence[0].CodeValue == "108369006"
    assert "weights_sha256_1=" in segment.SegmentationAlgorithmIdentificationSequence[0].AlgorithmParameters


def test_a_name_that_is_assumed_or_unknown_is_labelled_so(tmp_path: Path, results: Path) -> None:
    """Doubt about a level's name stands in the segment's label."""
    one = make_sample(tmp_path / "in")
    segmentation = one.input.segmentation
    lut = np.arange(256, dtype=np.uint8)
    for number, name in enumerate(("T6", "T7", "T8"), start=1):
        lut[VERTEBRA_VALUES[name]] = UNNAMED_OFFSET + number
    unnamed = replace(segmentation, anatomy=like(segmentation.anatomy, lut[segmentation.anatomy.array]))
    findings = without_names(make_findings(one.input.series.series_instance_uid))

    report = build_report([replace(one.input, segmentation=unnamed)], findings, now=NOW)

    labels = [item.SegmentLabel for item in report.objects["anatomy.seg.dcm"].SegmentSequence]
    assert "V2 (level not known)" in labels
    assert "T8 (assumed)" in [item.SegmentLabel for item in segread(results / "anatomy.seg.dcm").SegmentSequence]


def test_a_name_that_another_series_assumed_is_labelled_so(sample: Sample, tmp_path: Path) -> None:
    """After a merge the levels belong to another series; a name that was assumed there is not sure here."""
    findings = make_findings("9.9", with_lesion=False)
    findings = replace(findings, levels=tuple(replace(level, assumed=True) for level in findings.levels))

    write_segs(sample.input, findings, tmp_path / "out")

    labels = [str(item.SegmentLabel) for item in segread(tmp_path / "out" / "anatomy.seg.dcm").SegmentSequence]
    assert {"T6 (assumed)", "T7 (assumed)", "T8 (assumed)"} < set(labels)
    assert all("assumed" in label for label in labels if label.startswith(("T", "disc")))


def test_no_empty_segment_and_no_empty_object(tmp_path: Path) -> None:
    """Without a lesion there is no lesion object; without any label no anatomy object."""
    one = make_sample(tmp_path / "in", with_lesion=False)
    findings = make_findings(one.input.series.series_instance_uid, with_lesion=False)
    blank = like(one.input.segmentation.anatomy, np.zeros_like(one.input.segmentation.anatomy.array))

    report = build_report([one.input], findings, now=NOW)
    empty = build_report(
        [replace(one.input, segmentation=replace(one.input.segmentation, anatomy=blank))], findings, now=NOW
    )

    assert "lesions.seg.dcm" not in report.objects
    assert "anatomy.seg.dcm" not in empty.objects
    assert "report.sr.dcm" in empty.objects


def test_every_object_conforms(results: Path, conformance_errors: Callable[[Path], list[str]]) -> None:
    """Dciodvfy finds no error in any object."""
    found = {path.name: conformance_errors(path) for path in sorted(results.glob("*.dcm"))}

    assert set(found) == {
        "anatomy.seg.dcm",
        "key-01.sc.dcm",
        "key-02.sc.dcm",
        "key-objects.ko.dcm",
        "lesions.seg.dcm",
        "outlines.gsps.dcm",
        "report.pdf.dcm",
        "report.sr.dcm",
    }
    assert not any(found.values())


def test_colours_are_those_of_the_label_table(report: Report) -> None:
    """The recommended CIELab colour turns back into the table's RGB."""
    seg = report.objects["anatomy.seg.dcm"]
    by_number = _labels_of(seg)
    for item in seg.SegmentSequence:
        colour = highdicom.color.CIELabColor.from_dicom_value(item.RecommendedDisplayCIELabValue)
        assert np.allclose(colour.to_rgb(), by_number[int(item.SegmentNumber)].rgb, atol=2)


def test_a_vanished_source_file_is_an_error_of_ours(tmp_path: Path) -> None:
    """A source file that has gone is named without its folder."""
    one = make_sample(tmp_path / "in")
    one.files[3].unlink()

    with pytest.raises(ReportError, match=one.files[3].name) as caught:
        build_report([one.input], make_findings(one.input.series.series_instance_uid), now=NOW)

    assert str(tmp_path) not in str(caught.value)
