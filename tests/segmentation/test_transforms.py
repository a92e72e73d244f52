from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from spineseg.domain.volume import ImageGrid, Modality, SeriesRole, Volume, make_grid, to_index, to_patient
from spineseg.segmentation.transforms import (
    CT_KNOTS_HU,
    OUTSIDE,
    labels_to_source,
    network_image,
    normalise,
    patient_box,
    to_working,
    working_grid,
)


def oblique(shape: tuple[int, int, int], spacing: tuple[float, float, float], degrees: float) -> ImageGrid:
    """Empty sagittal-like stack, slices to the patient's right, turned about two axes."""
    angle = np.deg2rad(degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]]) @ np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    axes = np.array([[-1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]])  # columns: slice, row, column
    affine = np.eye(4)
    affine[:3, :3] = turn @ axes * np.asarray(spacing)
    affine[:3, 3] = (31.0, -57.0, 113.0)
    return make_grid(np.zeros(shape, np.float32), affine)


def coordinates(grid: ImageGrid) -> NDArray[np.float64]:
    """Patient coordinates of every voxel: (..., 3) [mm, LPS]."""
    return to_patient(grid, np.stack(np.meshgrid(*map(np.arange, grid.spatial_shape), indexing="ij"), -1))


def ramp(points: NDArray[np.float64]) -> NDArray[np.float32]:
    """A linear image."""
    return (points @ np.array([1.3, -0.7, 2.1]) + 40).astype(np.float32)


@pytest.mark.parametrize("degrees", [0.0, 20.0, 35.0])
@pytest.mark.parametrize("spacing", [(4.4, 0.5, 0.5), (1.0, 1.0, 1.0), (0.7, 0.68, 2.0)])
@pytest.mark.parametrize("target", [1.5, 4.0])
def test_a_linear_image_stays_exact_on_every_grid(
    degrees: float, spacing: tuple[float, float, float], target: float
) -> None:
    """Smoothing, subsampling and resampling leave a ramp where it is: no shift on oblique or thick stacks."""
    source = oblique(tuple(int(70 / step) for step in spacing), spacing, degrees)  # type: ignore[arg-type]  # three of them
    image = make_grid(ramp(coordinates(source)), source.affine)
    grid = working_grid(image, target)

    working = to_working(image, grid, outside=np.nan)

    points = coordinates(grid)
    index = to_index(source, points)
    margin = 3 * target / np.asarray(spacing)
    inner = np.all((index > margin) & (index < np.asarray(source.spatial_shape) - 1 - margin), axis=-1)
    assert inner.sum() > 100
    np.testing.assert_allclose(working[inner], ramp(points)[inner], atol=0.02)


def test_beyond_the_field_of_view_is_outside() -> None:
    """Working voxels outside an oblique stack take the given value, those inside never."""
    source = oblique((12, 60, 60), (4.0, 1.0, 1.0), 30.0)
    image = make_grid(np.ones((12, 60, 60), np.float32), source.affine)
    grid = working_grid(image, 1.5)

    working = to_working(image, grid, outside=-7.0)

    index = to_index(source, coordinates(grid))
    inside = np.all((index > 0) & (index < np.array([11, 58, 58])), axis=-1)
    outside = np.any((index < -1) | (index > np.array([13, 61, 61])), axis=-1)
    assert np.all(working[inside] == 1)
    assert np.all(working[outside] == -7)


def test_the_working_grid_covers_the_volume_along_the_patients_axes() -> None:
    """Its affine is diagonal and its box holds every corner of an oblique stack."""
    source = oblique((12, 60, 50), (4.0, 1.0, 1.0), 25.0)

    grid = working_grid(source, 1.5)

    np.testing.assert_array_equal(np.asarray(grid.affine)[:3, :3], 1.5 * np.eye(3))
    lower, upper = patient_box(grid)
    points = coordinates(source)
    assert np.all(points.min(axis=(0, 1, 2)) > lower)
    assert np.all(points.max(axis=(0, 1, 2)) < upper)


@pytest.mark.parametrize("degrees", [0.0, 20.0])
@pytest.mark.parametrize("reverse", [False, True])
def test_labels_come_back_to_the_place_they_were_found(degrees: float, reverse: bool) -> None:
    """A ball labelled on the working grid lies at its patient coordinates on the source, slices reversed or not."""
    source = oblique((24, 70, 70), (3.0, 1.0, 1.0), degrees)
    if reverse:
        flip = np.diag([-1.0, 1.0, 1.0, 1.0])
        flip[0, 3] = 23
        source = make_grid(source.array, np.asarray(source.affine) @ flip)
    grid = working_grid(source, 1.5)
    centre = to_patient(source, [11, 30, 40])
    ball = (np.linalg.norm(coordinates(grid) - centre, axis=-1) < 14).astype(np.uint8) * np.uint8(60)

    labels = labels_to_source(ball, grid, source)

    distance = np.linalg.norm(coordinates(source) - centre, axis=-1)
    assert np.all(labels[distance < 14 - 1.4] == 60)  # half a working voxel's diagonal
    assert np.all(labels[distance > 14 + 1.4] == 0)


def test_mr_intensities_ignore_padding_and_scale() -> None:
    """Scanner gain and offset and a padded border change nothing of what the network sees."""
    rng = np.random.default_rng(2)
    tissue = rng.gamma(4.0, 30.0, (20, 20, 20)) + 5
    padded = np.pad(3 * tissue + 100, 6)

    plain, other = normalise(tissue, Modality.MR), normalise(padded, Modality.MR)[6:-6, 6:-6, 6:-6]

    np.testing.assert_allclose(plain, other, atol=2e-3)
    assert plain.min() == -1
    assert plain.max() == 1


def test_hounsfield_units_have_fixed_places() -> None:
    """CT values do not depend on the rest of the image."""
    values = normalise(np.array([-2000.0, *CT_KNOTS_HU, 3000.0]), Modality.CT)

    np.testing.assert_allclose(values, [-1, -1, -0.8, 0.2, 1, 1])


def test_an_empty_mr_image_is_all_outside() -> None:
    """A constant image has no tissue; nothing divides by zero."""
    assert np.all(normalise(np.full((4, 4, 4), 7.0), Modality.MR) == OUTSIDE)


def test_ct_beyond_the_field_of_view_is_air() -> None:
    """The network sees air around an oblique CT."""
    source = oblique((30, 40, 40), (1.5, 1.5, 1.5), 30.0)
    image = make_grid(np.full((30, 40, 40), 200, np.float32), source.affine)
    volume = Volume(image=image, modality=Modality.CT, role=SeriesRole.CT, series_instance_uid="")

    seen = network_image(volume, working_grid(image, 1.5))

    assert set(np.round(np.unique(seen), 3)) == {np.float32(-1.0), np.float32(0.2)}
