from __future__ import annotations

import highdicom
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from spineseg.domain.volume import (
    like,
    make_grid,
    resample,
    same_grid,
    sample_at,
    spacing_mm,
    to_index,
    to_patient,
    voxel_volume_mm3,
)

# A sagittal series as scanners write it: columns run to posterior, rows to the feet, slices to the left.
SAGITTAL = np.array([[3.3, 0.0, 0.0, -30.0], [0.0, 0.0, 0.6, -80.0], [0.0, -0.7, 0.0, 120.0], [0.0, 0.0, 0.0, 1.0]])

coordinates = st.floats(-500.0, 500.0)
points = st.tuples(coordinates, coordinates, coordinates)


@st.composite
def affines(draw: st.DrawFn) -> NDArray[np.float64]:
    """Any oblique, possibly mirrored stack with voxels of 0.2 to 6 mm, anywhere in the scanner's bore."""
    turn = Rotation.from_euler("xyz", draw(st.tuples(*[st.floats(-np.pi, np.pi)] * 3)))
    spacing = np.array(draw(st.tuples(*[st.floats(0.2, 6.0)] * 3)))
    flips = np.array(draw(st.tuples(*[st.sampled_from([-1.0, 1.0])] * 3)))
    affine = np.eye(4)
    affine[:3, :3] = turn.as_matrix() * (spacing * flips)
    affine[:3, 3] = draw(points)
    return affine


def _height(grid: highdicom.Volume) -> NDArray[np.float32]:
    """A field that is linear in patient space, here 2 + 0.5 x - 0.25 y + z, on the voxels of a grid."""
    index = np.stack(np.meshgrid(*map(np.arange, grid.spatial_shape), indexing="ij"), axis=-1)
    field: NDArray[np.float32] = (2.0 + to_patient(grid, index) @ [0.5, -0.25, 1.0]).astype(np.float32)
    return field


def _grid(affine: NDArray[np.float64], shape: tuple[int, int, int] = (5, 6, 7)) -> highdicom.Volume:
    return make_grid(np.zeros(shape, dtype=np.float32), affine)


@pytest.mark.parametrize(
    ("index", "point"),
    [
        ((0, 0, 0), (-30.0, -80.0, 120.0)),
        ((1, 0, 0), (-26.7, -80.0, 120.0)),
        ((0, 1, 0), (-30.0, -80.0, 119.3)),
        ((0, 0, 1), (-30.0, -79.4, 120.0)),
    ],
    ids=["origin", "slice to the left", "row to the feet", "column to posterior"],
)
def test_index_order(index: tuple[int, int, int], point: tuple[float, float, float]) -> None:
    """An index is (slice, row, column): each step moves along the axis that the series says."""
    np.testing.assert_allclose(to_patient(_grid(SAGITTAL), index), point)


@given(affines(), points)
def test_index_round_trip(affine: NDArray[np.float64], point: tuple[float, float, float]) -> None:
    """`to_index` undoes `to_patient` on any stack, within a micrometre."""
    grid = _grid(affine)

    np.testing.assert_allclose(to_patient(grid, to_index(grid, point)), point, atol=1e-3)


def test_many_points_keep_their_shape() -> None:
    """Both conversions work on any array of points."""
    index = np.arange(24, dtype=np.float64).reshape(2, 4, 3)
    grid = _grid(SAGITTAL)

    np.testing.assert_allclose(to_index(grid, to_patient(grid, index)), index, atol=1e-9)


@given(affines())
def test_spacing_and_voxel_volume(affine: NDArray[np.float64]) -> None:
    """Turning, mirroring and moving a stack leave spacing and voxel volume as they are."""
    grid = _grid(affine)

    np.testing.assert_allclose(np.prod(spacing_mm(grid)), voxel_volume_mm3(grid))


def test_spacing_of_the_sagittal_series() -> None:
    """Spacing comes in array order: between slices, between rows, between columns."""
    np.testing.assert_allclose(spacing_mm(_grid(SAGITTAL)), [3.3, 0.7, 0.6])


def test_grid_is_read_only() -> None:
    """Nobody can change a grid's voxels through it; the caller's own array stays writable and is not copied."""
    array = np.zeros((2, 3, 4), dtype=np.float32)
    grid = make_grid(array, SAGITTAL)

    with pytest.raises(ValueError, match="read-only"):
        grid.array[0, 0, 0] = 1.0
    array[0, 0, 0] = 1.0
    assert grid.array[0, 0, 0] == 1.0


def test_like() -> None:
    """Another array on the same voxels keeps place and frame of reference."""
    grid = make_grid(np.zeros((2, 3, 4), dtype=np.float32), SAGITTAL, "1.2.3")

    mask = like(grid, np.ones((2, 3, 4), dtype=np.uint8))

    assert same_grid(grid, mask)
    assert mask.frame_of_reference_uid == "1.2.3"
    assert mask.array.dtype == np.uint8


def test_like_refuses_another_shape() -> None:
    """A mask that was transposed on the way is refused."""
    with pytest.raises(ValueError, match="does not fit"):
        like(_grid(SAGITTAL, (2, 3, 4)), np.ones((4, 3, 2), dtype=np.uint8))


def test_same_grid() -> None:
    """Grids are the same when shape and place agree within the tolerance, whatever the voxels hold."""
    moved = SAGITTAL.copy()
    moved[2, 3] += 0.01

    assert same_grid(_grid(SAGITTAL), like(_grid(SAGITTAL), np.ones((5, 6, 7), dtype=np.uint8)))
    assert not same_grid(_grid(SAGITTAL), _grid(SAGITTAL, (5, 7, 6)))
    assert not same_grid(_grid(SAGITTAL), _grid(moved))
    assert same_grid(_grid(SAGITTAL), _grid(moved), tolerance_mm=0.1)


@given(affines(), st.tuples(st.floats(0, 4), st.floats(0, 5), st.floats(0, 6)))
def test_linear_sampling_is_exact(affine: NDArray[np.float64], index: tuple[float, float, float]) -> None:
    """Between voxel centres, linear sampling gives a linear field's own value at that point of the patient."""
    grid = like(_grid(affine), _height(_grid(affine)))
    point = to_patient(grid, index)

    expected = 2.0 + point @ [0.5, -0.25, 1.0]
    np.testing.assert_allclose(sample_at(grid, point), expected, atol=1e-2)


@given(affines(), st.tuples(*[st.floats(-0.45, 0.45)] * 3))
def test_nearest_sampling_returns_the_voxel(
    affine: NDArray[np.float64], off_centre: tuple[float, float, float]
) -> None:
    """Anywhere inside a voxel, nearest sampling gives that voxel's label and no mixture with its neighbours."""
    mask = like(_grid(affine), np.arange(210, dtype=np.uint8).reshape(5, 6, 7))
    index = np.argwhere(mask.array >= 0)

    sampled = sample_at(mask, to_patient(mask, index + off_centre), order=0)

    assert sampled.dtype == np.uint8
    np.testing.assert_array_equal(sampled, mask.array.ravel())


@pytest.mark.parametrize(
    ("index", "inside"),
    [((-0.45, 0, 0), True), ((-0.55, 0, 0), False), ((0, 5.45, 0), True), ((0, 5.55, 0), False), ((0, 0, 99), False)],
)
def test_edge_of_the_grid(index: tuple[float, float, float], *, inside: bool) -> None:
    """The grid ends half a voxel beyond its outer centres; what lies further out has the value given."""
    grid = like(_grid(SAGITTAL), np.full((5, 6, 7), 7.0, dtype=np.float32))

    value = sample_at(grid, to_patient(grid, index), outside=-1000.0)

    assert value == (7.0 if inside else -1000.0)


def test_resample_to_itself() -> None:
    """A grid on its own voxels is the very same object: nothing is interpolated."""
    grid = _grid(SAGITTAL)

    assert resample(grid, like(grid, np.ones((5, 6, 7), dtype=np.uint8))) is grid


@given(affines())
def test_resampling_keeps_place(affine: NDArray[np.float64]) -> None:
    """A linear field taken to a finer grid, turned by 20 degrees, is still the same field of the patient."""
    centre = affine @ [2.0, 2.5, 3.0, 1.0]
    source = like(_grid(affine), _height(_grid(affine)))
    step = spacing_mm(source).min() / 4
    target_affine = np.eye(4)
    target_affine[:3, :3] = Rotation.from_euler("z", 20, degrees=True).as_matrix() * step
    target_affine[:3, 3] = centre[:3] - target_affine[:3, :3] @ [1.0, 1.0, 1.0]
    target = _grid(target_affine, (3, 3, 3))

    resampled = resample(source, target)

    np.testing.assert_allclose(resampled.array, _height(target), atol=1e-2)
    assert same_grid(resampled, target)


def test_mirrored_grid_is_a_flip() -> None:
    """A target whose rows run the other way over the same voxels receives the same labels in reverse."""
    mask = like(_grid(SAGITTAL), np.arange(210, dtype=np.uint8).reshape(5, 6, 7))
    reversed_rows = SAGITTAL.copy()
    reversed_rows[:3, 1] *= -1
    reversed_rows[:3, 3] = to_patient(mask, (0, 5, 0))

    resampled = resample(mask, _grid(reversed_rows), order=0)

    np.testing.assert_array_equal(resampled.array, mask.array[:, ::-1, :])
    assert resampled.array.dtype == np.uint8


def test_labels_are_never_mixed() -> None:
    """Nearest resampling to a finer grid makes no label that was not there."""
    mask = like(_grid(SAGITTAL), np.random.default_rng(0).choice(np.array([0, 14, 114], np.uint8), (5, 6, 7)))
    fine = SAGITTAL.copy()
    fine[:3, :3] /= 2.7

    resampled = resample(mask, _grid(fine, (14, 17, 19)), order=0)

    assert set(np.unique(resampled.array)) == {0, 14, 114}


def test_resampling_beyond_the_source() -> None:
    """Where the source has no voxel, the target has the value given, not the nearest edge."""
    far = SAGITTAL.copy()
    far[0, 3] += 1000.0
    source = like(_grid(SAGITTAL), np.ones((5, 6, 7), dtype=np.float32))

    assert np.all(resample(source, _grid(far), outside=-1000.0).array == -1000.0)


def test_frame_of_reference_follows_the_target() -> None:
    """What was resampled lies in the frame of reference of the grid that it was taken to."""
    target = make_grid(np.zeros((3, 3, 3), dtype=np.float32), np.eye(4), "1.2.3")

    assert resample(_grid(SAGITTAL), target).frame_of_reference_uid == "1.2.3"
