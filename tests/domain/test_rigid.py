"""Tests of spineseg.domain.rigid."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from spineseg.domain.rigid import Rigid, fit_rigid, move_grid, same_place
from spineseg.domain.volume import make_grid, to_patient

POINTS = np.array([[0.0, 0, 0], [30, 5, 0], [-10, 40, 8], [4, -6, 90], [20, 20, 20]])
TURN = Rigid(
    rotation=Rotation.from_euler("zyx", [12, -20, 35], degrees=True).as_matrix(), translation=np.array([50.0, -9, 3])
)


def test_the_transform_of_moved_points_is_found_again() -> None:
    """Kabsch gives back rotation and translation, and no residual is left."""
    found, residual_mm = fit_rigid(POINTS, TURN.apply(POINTS))

    np.testing.assert_allclose(found.rotation, TURN.rotation, atol=1e-9)
    np.testing.assert_allclose(found.translation, TURN.translation, atol=1e-9)
    assert residual_mm == pytest.approx(0.0, abs=1e-9)


def test_mirrored_points_are_never_fitted_by_a_reflection() -> None:
    """A left-right mirror leaves a residual: a patient is not turned into a mirror image."""
    found, residual_mm = fit_rigid(POINTS, POINTS * [-1, 1, 1])

    assert np.linalg.det(found.rotation) == pytest.approx(1.0)
    assert residual_mm > 5.0


def test_there_and_back_is_the_same_place() -> None:
    """A transform after its inverse moves nothing; its angle is that of the rotation."""
    back = TURN.inverse().after(TURN)

    np.testing.assert_allclose(back.apply(POINTS), POINTS, atol=1e-9)
    assert back.angle_deg == pytest.approx(0.0, abs=1e-4)
    assert same_place().angle_deg == 0.0
    assert Rigid(
        rotation=Rotation.from_euler("x", 25, degrees=True).as_matrix(), translation=np.zeros(3)
    ).angle_deg == (pytest.approx(25.0))


def test_a_moved_grid_has_its_voxels_at_the_moved_places() -> None:
    """Array and shape stay; every voxel centre is where the transform puts it."""
    affine = np.array([[0, 0, 0.7, -3.0], [0, 0.7, 0, 8.0], [3.0, 0, 0, 5.0], [0, 0, 0, 1]])
    grid = make_grid(np.arange(24, dtype=np.uint8).reshape(2, 3, 4), affine, "1.2")
    moved = move_grid(grid, TURN, "1.3")

    index = np.argwhere(grid.array >= 0)
    np.testing.assert_allclose(to_patient(moved, index), TURN.apply(to_patient(grid, index)), atol=1e-9)
    assert moved.frame_of_reference_uid == "1.3"
    np.testing.assert_array_equal(moved.array, grid.array)
