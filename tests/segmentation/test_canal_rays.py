from __future__ import annotations

import numpy as np
import pytest

from spineseg.segmentation.canal_rays import cast_rays, depth_in_plane

X, Y, _ = np.meshgrid(np.arange(41), np.arange(41), np.arange(20), indexing="ij")
AWAY = np.hypot(X - 20, Y - 20)
TUBE = AWAY < 10


def test_depth_and_radius_of_a_round_tube() -> None:
    """In a tube of radius 10 the middle lies 10 voxels deep, and the radius of equal area is 10."""
    rays = cast_rays(TUBE)

    assert rays.radius_mm == pytest.approx(10, abs=0.2)
    assert rays.depth[20, 20, 10] == pytest.approx(9.5, abs=0.6)
    assert rays.depth[~TUBE].max() == 0


def test_angles_start_anterior_and_grow_to_the_left() -> None:
    """Smaller y is anterior (angle 0), larger x the patient's left (a quarter turn)."""
    rays = cast_rays(TUBE)

    assert rays.angle[20, 12, 10] == pytest.approx(0, abs=0.01)
    assert rays.angle[28, 20, 10] == pytest.approx(np.pi / 2, abs=0.01)


def test_first_is_the_gap_before_an_inner_tube() -> None:
    """A sac of radius 7 begins 3 voxels below the wall of radius 10; an absent one takes the fill value."""
    rays = cast_rays(TUBE)

    gap = rays.first(AWAY < 7, fill=99)

    assert np.abs(gap[TUBE] - 3).max() < 0.8
    assert np.all(rays.first(np.zeros_like(TUBE), fill=99) == 99)


def test_a_point_beyond_the_wall_is_outside() -> None:
    """The wall is where the mask ends along a ray."""
    rays = cast_rays(TUBE)
    wall = rays.wall(np.pi / 2, 10)

    assert wall == pytest.approx(10, abs=0.6)
    np.testing.assert_allclose(rays.point(np.pi / 2, wall, 10), (20 + wall, 20, 10), atol=1e-4)


def test_depth_ignores_the_ends_of_a_tube() -> None:
    """The last slice of a tube is as deep as its middle: depth is measured within slices."""
    depth = depth_in_plane(TUBE)

    np.testing.assert_array_equal(depth[..., 0], depth[..., 10])
