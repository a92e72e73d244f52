from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from spineseg.domain.labels import CSF, SPINAL_CORD, VERTEBRA_VALUES, VERTEBRAL_BODY
from spineseg.domain.volume import like, sample_at, to_patient
from spineseg.reporting.planes import CanalLine, axial_plane, canal_line, sagittal_plane
from tests.reporting.samples import (
    AXIAL,
    CORONAL,
    SAGITTAL,
    Sample,
    grid_of,
    make_sample,
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


def test_the_canal_line_is_the_middle_of_the_canal_at_every_height() -> None:
    """A slanted canal gives its own slant, in patient space and from caudal to cranial."""
    grid = grid_of(AXIAL, (24, 40, 40))
    points = to_patient(grid, np.moveaxis(np.indices((24, 40, 40)), 0, -1))
    x, y, z = np.moveaxis(points, -1, 0)
    canal = np.hypot(x - 0.2 * z, y - 3.0) < 5.0

    line = canal_line(like(grid, np.where(canal, CSF, 0).astype(np.uint8)))

    assert line is not None
    assert np.all(np.diff(line.height_mm) > 0)
    np.testing.assert_allclose(line.at(np.array([-10.0, 0.0, 10.0])), [[-2, 3], [0, 3], [2, 3]], atol=0.5)


def test_without_canal_the_line_follows_the_vertebrae_and_without_those_there_is_none() -> None:
    """A lumbar CT whose canal was not found still has a line; an empty mask has none."""
    grid = grid_of(AXIAL, (12, 20, 20))
    bones = np.zeros((12, 20, 20), dtype=np.uint8)
    bones[:, 2:8, 10:16] = VERTEBRA_VALUES["L3"]

    line = canal_line(like(grid, bones))

    assert line is not None
    np.testing.assert_allclose(line.at(np.array([0.0])), [[3.0, -5.0]], atol=0.1)
    assert canal_line(like(grid, np.zeros_like(bones))) is None


def test_the_line_goes_straight_on_beyond_its_ends() -> None:
    """Above and below the labels the plane neither turns nor leaves the image."""
    line = CanalLine(height_mm=np.array([0.0, 10.0]), centre_mm=np.array([[0.0, 5.0], [4.0, 6.0]]))

    np.testing.assert_allclose(line.at(np.array([-50.0, 5.0, 50.0])), [[0, 5], [2, 5.5], [4, 6]])


def test_a_slanted_canal_is_cut_at_right_angles() -> None:
    """Where acquired slices lie over 25 degrees off, the plane's normal is the canal's own direction."""
    line = CanalLine(height_mm=np.array([-40.0, 40.0]), centre_mm=np.array([[0.0, -40.0], [0.0, 40.0]]))  # 45 degrees

    plane = axial_plane(grid_of(AXIAL, (20, 20, 20)), line, np.zeros(3))

    down, along = plane.points[1, 0] - plane.points[0, 0], plane.points[0, 1] - plane.points[0, 0]
    direction = np.array([0.0, 1.0, 1.0]) / np.sqrt(2)
    assert abs(down @ direction) < 1e-9
    assert abs(along @ direction) < 1e-9
    assert along[0] > 0
    assert down[1] > 0
    assert "perpendicular" in plane.description
