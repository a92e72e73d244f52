from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from spineseg.domain.findings import EsccGrade
from spineseg.domain.labels import CSF, SPINAL_CORD, VERTEBRA_VALUES, VERTEBRAL_BODY
from spineseg.domain.volume import like, sample_at
from spineseg.reporting import Report
from spineseg.reporting.drawing import draw_plane, grey_values
from spineseg.reporting.outlines import structures_in
from spineseg.reporting.pictures import MAX_LESION_PICTURES, make_pictures
from spineseg.reporting.planes import Plane, axial_plane, canal_line, sagittal_plane
from tests.reporting.samples import (
    AXIAL,
    CORONAL,
    LESION_CENTRE_MM,
    SAGITTAL,
    Sample,
    make_findings,
    make_sample,
    masks_at,
    rotated,
)

ACQUISITIONS: dict[str, tuple[NDArray[np.float64], tuple[int, int, int]]] = {
    "axial": (AXIAL, (26, 72, 64)),
    "axial, from the head down": (AXIAL * np.array([-1, 1, 1]), (26, 72, 64)),
    "axial, mirrored rows and columns": (AXIAL * np.array([1, -1, -1]), (26, 72, 64)),
    "sagittal": (SAGITTAL, (20, 80, 70)),
    "coronal": (CORONAL, (22, 80, 60)),
    "oblique": (rotated(AXIAL, 20.0), (30, 76, 64)),
}


@pytest.mark.parametrize("name", ACQUISITIONS)
def test_pictures_are_right_way_up_for_any_acquisition(name: str, tmp_path: Path) -> None:
    """Head up and anterior left; patient's right on the left and anterior up: however the slices were acquired."""
    steps, shape = ACQUISITIONS[name]
    one = make_sample(tmp_path, steps=steps, shape=shape).input
    line = canal_line(one.segmentation.anatomy)

    sagittal = sagittal_plane(one.volume.image, one.segmentation.anatomy, line)
    axial = axial_plane(one.volume.image, line, np.zeros(3))

    middle = sample_at(one.segmentation.anatomy, sagittal.points, order=0)
    rows = [np.mean(np.nonzero(middle == VERTEBRA_VALUES[level])[0]) for level in ("T6", "T7", "T8")]
    assert rows == sorted(rows)
    assert _mean_column(middle == VERTEBRA_VALUES["T7"]) < _mean_column(middle == SPINAL_CORD)
    assert sagittal.letters == ("A", "P", "H", "F")
    lesion = sample_at(one.segmentation.lesions, axial.points, order=0)
    slice_mask = sample_at(one.segmentation.anatomy, axial.points, order=0)
    assert _mean_column(lesion == 1) > _mean_column(slice_mask == SPINAL_CORD)  # it lies on the patient's left
    body = sample_at(one.segmentation.subregions, axial.points, order=0) == VERTEBRAL_BODY
    assert np.nonzero(body)[0].mean() < np.nonzero(slice_mask == SPINAL_CORD)[0].mean()
    assert axial.letters == ("R", "L", "A", "P")


def _mean_column(mask: NDArray[np.bool_]) -> float:
    return float(np.mean(np.nonzero(mask)[1]))


def test_pixels_are_square_and_as_large_as_they_say(sample: Sample) -> None:
    """The scale bar may be trusted along rows and columns of both planes."""
    one = sample.input
    line = canal_line(one.segmentation.anatomy)
    for plane in (
        sagittal_plane(one.volume.image, one.segmentation.anatomy, line),
        axial_plane(one.volume.image, line, np.zeros(3)),
    ):
        down = np.linalg.norm(plane.points[10, 5] - plane.points[9, 5])
        along = np.linalg.norm(plane.points[10, 6] - plane.points[10, 5])
        assert along == pytest.approx(plane.pixel_mm)
        assert down == pytest.approx(plane.pixel_mm, rel=0.02)  # the bent plane leans by a few degrees at most


def test_the_overview_follows_a_bent_canal(sample: Sample) -> None:
    """In scoliosis the cord stays in the picture over the whole height."""
    segmentation = sample.input.segmentation
    moved = np.stack(
        [np.roll(plane, int(number * 0.6), axis=1) for number, plane in enumerate(segmentation.anatomy.array)]
    )
    anatomy = like(segmentation.anatomy, moved)

    plane = sagittal_plane(sample.input.volume.image, anatomy, canal_line(anatomy))

    cord = np.any(sample_at(anatomy, plane.points, order=0) == SPINAL_CORD, axis=1)
    height = np.count_nonzero(cord) * plane.pixel_mm
    assert height > 0.95 * 2 * 36.0  # the canal of the sample runs from -36 to 36 mm


def test_outlines_lie_on_the_borders(sample: Sample) -> None:
    """The cord's outline runs along its border to within half a voxel, and the lesion comes last with its number."""
    one = sample.input
    plane = axial_plane(one.volume.image, canal_line(one.segmentation.anatomy), np.zeros(3))

    structures = structures_in(plane, one.segmentation, {}, {1: 3})

    cord = next(structure for structure in structures if structure.name == "spinal cord")
    rows, columns = np.rint(np.concatenate(cord.contours)).astype(int).T
    from_axis = np.hypot(plane.points[rows, columns, 0] + 1, plane.points[rows, columns, 1])
    assert np.all(np.abs(from_axis - 4.5) < 0.8)
    assert structures[-1].label == "lesion 3"
    assert structures[-1].width > max(structure.width for structure in structures[:-1])
    assert {structure.label for structure in structures} >= {"T7"}


def test_an_assumed_name_has_a_question_mark(sample: Sample) -> None:
    """The picture does not sound surer than the findings."""
    findings = make_findings(sample.input.series.series_instance_uid)
    (overview, _) = make_pictures([sample.input], findings)
    levels = {level.name: level for level in findings.levels}
    one = sample.input
    line = canal_line(one.segmentation.anatomy)
    plane = sagittal_plane(one.volume.image, one.segmentation.anatomy, line)

    labels = {structure.label for structure in structures_in(plane, one.segmentation, levels, {})}

    assert labels >= {"T6", "T7", "T8?"}
    assert not np.array_equal(overview.plain, overview.outlined)


def test_the_decisive_plane_is_shown(sample: Sample) -> None:
    """The axial picture passes through the decisive point, in the acquired slice nearest to it."""
    plane = axial_plane(sample.input.volume.image, canal_line(sample.input.segmentation.anatomy), np.array([0, 0, 7.0]))

    assert np.allclose(plane.points[..., 2], 7.5)  # slices lie at odd multiples of 1.5 mm
    assert "acquired slice" in plane.description


def test_a_sagittal_series_gives_a_plane_perpendicular_to_the_canal(tmp_path: Path) -> None:
    """Where no acquired slice is axial, the plane is computed and said to be."""
    one = make_sample(tmp_path, steps=SAGITTAL, shape=(20, 80, 70)).input

    plane = axial_plane(one.volume.image, canal_line(one.segmentation.anatomy), np.array([0, 0, 7.0]))

    normal = np.cross(plane.points[0, 1] - plane.points[0, 0], plane.points[1, 0] - plane.points[0, 0])
    assert abs(normal[2]) / np.linalg.norm(normal) > 0.99
    assert "perpendicular" in plane.description


def test_worst_lesions_get_pictures_and_the_overview_comes_first(sample: Sample) -> None:
    """One overview and one axial picture a lesion, up to the limit, in the order of the findings."""
    findings = make_findings(sample.input.series.series_instance_uid)
    many = replace(findings, lesions=findings.lesions * (MAX_LESION_PICTURES + 2))

    pictures = make_pictures([sample.input], many)

    assert [picture.lesion for picture in pictures] == [None, *range(1, MAX_LESION_PICTURES + 1)]


def test_a_study_without_labels_still_has_an_overview(sample: Sample) -> None:
    """No spine found: the picture shows the volume itself."""
    segmentation = sample.input.segmentation
    blank = like(segmentation.anatomy, np.zeros_like(segmentation.anatomy.array))
    one = replace(sample.input, segmentation=replace(segmentation, anatomy=blank, lesions=blank, subregions=blank))
    findings = make_findings(one.series.series_instance_uid, with_lesion=False)

    (overview,) = make_pictures([one], findings)

    assert "middle of the volume" in overview.caption
    assert overview.plain.std() > 10


def test_a_lesion_without_decisive_point_is_shown_at_its_middle(sample: Sample) -> None:
    """An abstained grade has a picture too."""
    findings = make_findings(sample.input.series.series_instance_uid)
    escc = replace(findings.lesions[0].escc, decisive_point_mm=None, point=EsccGrade.UNDETERMINED)

    _, axial = make_pictures([sample.input], replace(findings, lesions=(replace(findings.lesions[0], escc=escc),)))

    assert np.allclose(axial.point_mm, LESION_CENTRE_MM, atol=1.0)


def test_grey_values_sample_the_volume_and_are_black_outside(sample: Sample) -> None:
    """Bright CSF is bright, and what lies beyond the image is black."""
    y, x = np.meshgrid(np.arange(-20.0, 21.0), np.arange(-10.0, 500.0, 10.0), indexing="ij")
    points = np.stack([x, y, np.zeros_like(x)], axis=-1)
    plane = Plane(points=points, pixel_mm=1.0, letters=("R", "L", "A", "P"), description="")

    grey = grey_values(sample.input.volume, plane)

    masks = masks_at(points)
    assert grey[(masks[0] == CSF) & (masks[2] == 0)].min() > grey[masks[0] == SPINAL_CORD].max()
    assert np.all(grey[x > 40] == 0)


def test_key_images_carry_no_patient_data_and_say_where_they_come_from(report: Report, sample: Sample) -> None:
    """Colour picture, orientation, source instance and the statement that nobody is identified by the pixels."""
    image = report.objects["key-02.sc.dcm"]

    assert image.BurnedInAnnotation == "NO"
    assert list(image.PatientOrientation) == ["L", "P"]
    assert image.PhotometricInterpretation == "RGB"
    assert image.SourceImageSequence[0].ReferencedSOPInstanceUID in {
        instance.sop_instance_uid for instance in sample.input.series.instances
    }


def test_drawing_changes_the_picture_only_where_there_is_something_to_draw(sample: Sample) -> None:
    """Outlines leave the image between them as it is."""
    one = sample.input
    plane = axial_plane(one.volume.image, canal_line(one.segmentation.anatomy), np.zeros(3))
    grey = grey_values(one.volume, plane)
    structures = structures_in(plane, one.segmentation, {}, {1: 1})

    plain, outlined = draw_plane(grey, plane), draw_plane(grey, plane, structures)

    changed = np.any(plain != outlined, axis=-1).mean()
    assert 0.005 < changed < 0.1
