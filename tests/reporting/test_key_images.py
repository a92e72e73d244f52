from __future__ import annotations

from dataclasses import replace

import numpy as np
from pydicom.dataset import Dataset

from spineseg.reporting import Report
from spineseg.reporting.context import ResultContext, make_context
from spineseg.reporting.key_images import build_key_image, key_headers
from spineseg.reporting.pictures import Picture
from spineseg.reporting.seg_type import SegType
from spineseg.reporting.source import Source, read_source
from tests.reporting.samples import (
    NOW,
    Sample,
    make_findings,
)


def test_key_images_carry_no_patient_data_and_say_where_they_come_from(report: Report, sample: Sample) -> None:
    """Colour picture, orientation, source instance and the statement that nobody is identified by the pixels."""
    image = report.objects["key-02.sc.dcm"]

    assert image.BurnedInAnnotation == "NO"
    assert list(image.PatientOrientation) == ["L", "P"]
    assert image.PhotometricInterpretation == "RGB"
    assert image.SourceImageSequence[0].ReferencedSOPInstanceUID in {
        instance.sop_instance_uid for instance in sample.input.series.instances
    }


def picture_at(sample: Sample, height_mm: float) -> Picture:
    """A small red picture (green where outlined) of a place."""
    plain, outlined = (np.full((20, 30, 3), rgb, dtype=np.uint8) for rgb in ((255, 0, 0), (0, 255, 0)))
    return Picture(
        lesion=1, title="Lesion 1", caption="axial", input=sample.input, plain=plain, outlined=outlined, legend=(),
        patient_orientation=("L", "P"), point_mm=np.array([30.0, -20.0, height_mm]),
    )  # fmt: skip


def source_and_context(sample: Sample) -> tuple[Source, ResultContext]:
    """What a key image of the sample needs."""
    source = read_source(sample.input.series)
    findings = make_findings(sample.input.series.series_instance_uid)
    return source, make_context(source.sop_instance_uids, [], findings, source.patient_study, now=NOW)


def test_both_views_stand_in_one_image(sample: Sample) -> None:
    """The image without outlines comes first, so that the outlines hide nothing."""
    source, context = source_and_context(sample)

    image = build_key_image(picture_at(sample, 0.0), source, context, number=3)

    pixels = image.pixel_array
    red, green = (np.argwhere(np.all(pixels == rgb, axis=-1)) for rgb in ((255, 0, 0), (0, 255, 0)))
    assert (len(red), len(green)) == (600, 600)
    assert red[:, 1].max() < green[:, 1].min()
    assert image.InstanceNumber == 3


def test_key_images_are_one_series_of_different_instances(sample: Sample) -> None:
    """The number tells the instances apart, and the same number is the same instance again."""
    source, context = source_and_context(sample)

    first, again, second = (
        build_key_image(picture_at(sample, 0.0), source, context, number=number) for number in (1, 1, 2)
    )

    assert first.SOPInstanceUID == again.SOPInstanceUID != second.SOPInstanceUID
    assert first.SeriesInstanceUID == second.SeriesInstanceUID
    assert str(first.DateOfSecondaryCapture) == first.ContentDate == context.content_date


def test_a_picture_refers_to_the_image_at_its_height(sample: Sample) -> None:
    """The source image named is the one whose plane is nearest, also when files come in another order."""
    source, context = source_and_context(sample)
    turned = replace(
        source, positions_mm=source.positions_mm[::-1], sop_instance_uids=source.sop_instance_uids[::-1],
        headers=source.headers[::-1],
    )  # fmt: skip
    nearest = source.sop_instance_uids[int(np.argmin(np.abs(source.positions_mm[:, 2] - 7.0)))]

    for one in (source, turned):
        image = build_key_image(picture_at(sample, 7.0), one, context, number=1)
        assert image.SourceImageSequence[0].ReferencedSOPInstanceUID == nearest
        assert "ReferencedFrameNumber" not in image.SourceImageSequence[0]


def test_a_multi_frame_source_is_named_with_its_frame(sample: Sample) -> None:
    """Frames count from 1."""
    source, context = source_and_context(sample)
    header = Dataset()
    header.update(source.headers[0])
    header.PerFrameFunctionalGroupsSequence = []
    height = float(source.positions_mm[4, 2])

    image = build_key_image(
        picture_at(sample, height),
        replace(source, headers=(header,) * 26, frame_numbers=tuple(range(1, 27))),
        context,
        number=1,
    )

    assert image.SourceImageSequence[0].ReferencedFrameNumber == 5


def test_the_report_refers_to_the_images_of_its_pictures_once(sample: Sample) -> None:
    """Two pictures of one place give one header; a series without picture gives its middle image."""
    source, _ = source_and_context(sample)
    heights = [float(source.positions_mm[number, 2]) for number in (3, 3, 20)]

    shown = key_headers([picture_at(sample, height) for height in heights], source)

    assert [one.SOPInstanceUID for one in shown] == [source.sop_instance_uids[3], source.sop_instance_uids[20]]
    assert [one.SOPInstanceUID for one in key_headers([], source)] == [source.sop_instance_uids[13]]


def test_run_lengths_keep_grey_and_take_a_third(sample: Sample) -> None:
    """In RLE the picture is luminance and colour: grey comes back the same, a line's colour within two steps."""
    source = read_source(sample.input.series)
    findings = make_findings(sample.input.series.series_instance_uid)
    noise = np.repeat(np.random.default_rng(2).integers(0, 256, (90, 80, 1), dtype=np.uint8), 3, axis=-1)
    outlined = noise.copy()
    outlined[40:43] = (250, 60, 20)
    picture = replace(picture_at(sample, 0.0), plain=noise, outlined=outlined)

    images = [
        build_key_image(
            picture, source,
            make_context(source.sop_instance_uids, [], findings, source.patient_study, now=NOW, seg_type=seg_type),
            number=1,
        )
        for seg_type in (SegType.BINARY, SegType.LABELMAP)
    ]  # fmt: skip

    native, coded = (image.pixel_array.astype(int) for image in images)
    grey = np.ptp(native, axis=-1) == 0
    np.testing.assert_array_equal(coded[grey], native[grey])
    assert np.abs(coded - native).max() <= 2
    assert images[1].PhotometricInterpretation == "YBR_FULL"
    assert len(images[1].PixelData) < len(images[0].PixelData) / 2
    assert images[0].SOPInstanceUID != images[1].SOPInstanceUID
