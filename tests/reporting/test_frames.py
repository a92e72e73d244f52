from __future__ import annotations

from dataclasses import replace

import highdicom
import numpy as np
import pytest
from numpy.typing import NDArray

from spineseg.domain.volume import make_grid
from spineseg.reporting.frames import labels_on_frames, nearest_frame
from spineseg.reporting.source import Source, read_source
from tests.reporting.samples import (
    FRAME_UID,
    LESION_CENTRE_MM,
    Sample,
    grid_of,
    masks_at,
    rotated,
    segmentation_on,
)


@pytest.fixture
def source(sample: Sample) -> Source:
    """Source of the sample, its frames in the order of the files."""
    return read_source(sample.input.series)


def pixel_points(source: Source) -> NDArray[np.float64]:
    """Where every pixel of every frame lies: (frame, row, column, 3) [mm, LPS]."""
    rows = np.arange(source.shape[1])[:, None, None] * source.pixel_spacing_mm[0] * source.orientation[3:]
    columns = np.arange(source.shape[2])[None, :, None] * source.pixel_spacing_mm[1] * source.orientation[:3]
    points: NDArray[np.float64] = source.positions_mm[:, None, None, :] + rows + columns
    return np.round(points, 6)


def lesion_voxels(grid: highdicom.Volume) -> highdicom.Volume:
    """The sample's lesion on a grid."""
    return segmentation_on(grid, "1.2.3").lesions


@pytest.mark.parametrize("order", [range(26), range(25, -1, -1), np.random.default_rng(3).permutation(26)[:9]])
def test_frames_in_any_order_get_the_labels_of_their_place(sample: Sample, source: Source, order: object) -> None:
    """Files may be reversed, shuffled or fewer than slices: each frame shows what lies at its own position."""
    turned = replace(source, positions_mm=source.positions_mm[np.array(order)])

    frames = labels_on_frames(sample.input.segmentation.anatomy, turned)

    np.testing.assert_array_equal(frames, masks_at(pixel_points(turned))[0])


def test_masks_on_another_grid_are_taken_by_position(source: Source) -> None:
    """Masks on a finer, turned grid land on the source's pixels to within its voxels."""
    fine = grid_of(rotated(np.eye(3), 10.0), (90, 80, 80))

    lesions = labels_on_frames(lesion_voxels(fine), source)
    anatomy = labels_on_frames(segmentation_on(fine, "1.2.3").anatomy, source)

    truth, _, lesion_truth = masks_at(pixel_points(source))
    assert abs(np.count_nonzero(lesions) - np.count_nonzero(lesion_truth)) < 0.03 * np.count_nonzero(lesion_truth)
    assert np.mean(lesions[lesion_truth == 1]) > 0.9
    assert np.mean(anatomy == truth) > 0.95


@pytest.mark.parametrize("shift_mm", [(0.0, 0.0, 1.5), (0.0, 5.0, 0.0), (4.0, 0.0, 0.0)])
def test_a_grid_of_the_same_shape_elsewhere_is_not_taken_by_index(
    sample: Sample, source: Source, shift_mm: tuple[float, float, float]
) -> None:
    """Masks on an equal grid half a slice or some pixels away land by position, not by index."""
    grid = sample.input.segmentation.anatomy
    affine = grid.affine.copy()
    affine[:3, 3] += shift_mm
    moved = lesion_voxels(make_grid(np.zeros(grid.spatial_shape, dtype=np.uint8), affine, FRAME_UID))

    frames = labels_on_frames(moved, source)

    centre = pixel_points(source)[frames == 1].mean(axis=0)
    assert np.all(np.abs(centre - LESION_CENTRE_MM) <= (0.2, 0.2, 1.6))  # a tie in height falls to one side


def test_frames_beyond_the_masks_stay_empty(sample: Sample, source: Source) -> None:
    """Cropped masks are neither shifted nor repeated beyond their ends."""
    anatomy = sample.input.segmentation.anatomy

    frames = labels_on_frames(anatomy[6:18], source)
    in_plane = labels_on_frames(anatomy[:, 10:40, 5:50], source)

    expected = np.zeros_like(anatomy.array)
    expected[6:18] = anatomy.array[6:18]
    np.testing.assert_array_equal(frames, expected)
    expected = np.zeros_like(anatomy.array)
    expected[:, 10:40, 5:50] = anatomy.array[:, 10:40, 5:50]
    np.testing.assert_array_equal(in_plane, expected)


def test_the_nearest_frame_is_found_by_height_alone(source: Source) -> None:
    """A point anywhere in a slice belongs to this slice, whatever the order of the files."""
    point = source.positions_mm[4] + np.array([55.0, -30.0, 1.2])  # slices are 3 mm apart

    reversed_source = replace(source, positions_mm=source.positions_mm[::-1])

    assert nearest_frame(source, point) == 4
    assert nearest_frame(reversed_source, point) == 21
