"""Tests of spineseg.reporting.presentation_state."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from pydicom import dcmread

from spineseg.domain.volume import like
from spineseg.reporting import Report, build_report
from tests.reporting.conftest import NOW
from tests.reporting.samples import SAGITTAL, Sample, make_findings, make_sample


def test_outlines_are_polylines_within_the_image(report: Report, sample: Sample) -> None:
    """Every point lies on the image in (column, row) from its corner, and each outline names its source slice."""
    state = report.objects["outlines.gsps.dcm"]
    source = dcmread(sample.files[0])
    instances = {str(dcmread(path, stop_before_pixels=True).SOPInstanceUID) for path in sample.files}

    for annotation in state.GraphicAnnotationSequence:
        assert {str(one.ReferencedSOPInstanceUID) for one in annotation.ReferencedImageSequence} <= instances
        for line in annotation.GraphicObjectSequence:
            columns, rows = np.array(line.GraphicData).reshape(-1, 2).T
            assert (line.GraphicType, line.GraphicAnnotationUnits) == ("POLYLINE", "PIXEL")
            assert 0 <= columns.min() <= columns.max() <= source.Columns
            assert 0 <= rows.min() <= rows.max() <= source.Rows


def test_the_lesions_outline_encloses_the_lesion(report: Report, sample: Sample) -> None:
    """The layer of lesions surrounds the pixels of the mask on its slice, to within a pixel."""
    state = report.objects["outlines.gsps.dcm"]
    uids = [str(dcmread(path, stop_before_pixels=True).SOPInstanceUID) for path in sample.files]
    mask = sample.input.segmentation.lesions.array
    found = [one for one in state.GraphicAnnotationSequence if one.GraphicLayer == "LESIONS"]

    assert found
    for annotation in found:
        frame = uids.index(str(annotation.ReferencedImageSequence[0].ReferencedSOPInstanceUID))
        points = np.concatenate([np.array(one.GraphicData).reshape(-1, 2) for one in annotation.GraphicObjectSequence])
        row, column = np.nonzero(mask[frame])
        assert np.allclose(points.min(axis=0), (column.min(), row.min()), atol=1.0)
        assert np.allclose(points.max(axis=0), (column.max() + 1, row.max() + 1), atol=1.0)
        assert [text.UnformattedTextValue for text in annotation.TextObjectSequence] == ["lesion 1"]


def test_a_doubtful_name_has_a_question_mark(report: Report) -> None:
    """The names on the slices are no surer than the findings."""
    texts = {
        text.UnformattedTextValue
        for annotation in report.objects["outlines.gsps.dcm"].GraphicAnnotationSequence
        for text in annotation.get("TextObjectSequence") or ()
    }

    assert "T8" not in texts
    assert texts & {"T6", "T7", "T8?"}


def test_each_series_has_its_own_and_one_without_masks_has_none(tmp_path: Path) -> None:
    """Two series give two states; a series whose masks are empty gives none."""
    first = make_sample(tmp_path / "a", shape=(6, 72, 64), series_number=4)
    second = make_sample(tmp_path / "b", shape=(6, 80, 70), steps=SAGITTAL, series_number=5)
    grid = second.input.segmentation.anatomy
    blank = like(grid, np.zeros_like(grid.array))
    bare = replace(
        second.input,
        segmentation=replace(second.input.segmentation, anatomy=blank, lesions=blank, subregions=blank),
    )
    findings = make_findings(first.input.series.series_instance_uid)

    both = build_report([first.input, second.input], findings, now=NOW)
    one = build_report([first.input, bare], findings, now=NOW)

    assert {name for name in both.objects if "gsps" in name} == {"outlines.gsps.dcm", "outlines-5.gsps.dcm"}
    assert {name for name in one.objects if "gsps" in name} == {"outlines.gsps.dcm"}
    assert len({both.objects[name].SeriesInstanceUID for name in both.objects if "gsps" in name}) == 2
