from __future__ import annotations

import numpy as np

from spineseg.phantom.waves import draw_waves


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
