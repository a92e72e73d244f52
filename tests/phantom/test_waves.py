from __future__ import annotations

import numpy as np

from spineseg.phantom.waves import draw_waves, placed


def test_field_is_the_same_at_the_same_point_of_two_grids() -> None:
    """A field sampled on a grid and on the same grid turned around agrees voxel by voxel."""
    field = draw_waves(np.random.default_rng(0), 8.0)
    affine = np.diag([1.5, 2.0, 0.7, 1.0])
    affine[:3, 3] = (-20.0, 15.0, 400.0)
    shape = (12, 9, 7)
    turned = affine.copy()
    turned[:3, 3] += affine[:3, 0] * (shape[0] - 1)
    turned[:3, 0] *= -1

    straight, reverse = (field.on_grid(shape, one).reshape(shape) for one in (affine, turned))

    assert np.allclose(straight, reverse[::-1], atol=1e-3)


def test_field_has_about_unit_variance_and_its_length() -> None:
    """Neighbours within a fraction of the length agree, points far apart do not, and the variance is near 1."""
    field = draw_waves(np.random.default_rng(2), 6.0, count=60)
    values = field.on_grid((80, 80, 8), np.diag([2.0, 2.0, 2.0, 1.0])).reshape(80, 80, 8)

    assert 0.6 < float(values.var()) < 1.5
    assert np.corrcoef(values[:-1].ravel(), values[1:].ravel())[0, 1] > 0.85
    assert abs(np.corrcoef(values[:-20].ravel(), values[20:].ravel())[0, 1]) < 0.4


def test_placed_field_tells_where_its_voxels_lie() -> None:
    """The first of its four grids is the plain field, the others are x, y and z of the voxel centres."""
    field = draw_waves(np.random.default_rng(1), 9.0)
    affine = np.array([[0.0, 2.0, 0.1, 5.0], [1.5, 0.0, 0.0, -40.0], [0.2, 0.0, 3.0, 300.0], [0, 0, 0, 1]])
    shape = (4, 5, 6)

    grids = placed(field).on_grid(shape, affine)

    assert np.allclose(grids[0].ravel(), field.on_grid(shape, affine))
    assert np.allclose(grids[1:, 3, 2, 5], affine[:3, :3] @ [3, 2, 5] + affine[:3, 3], atol=1e-3)
