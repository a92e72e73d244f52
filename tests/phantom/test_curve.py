from __future__ import annotations

import numpy as np
import pytest

from spineseg.phantom.spine import SpineOptions, draw_spine


@pytest.mark.parametrize("scoliosis_mm", [0.0, 20.0])
def test_projection_inverts_the_way_to_the_patient(scoliosis_mm: float) -> None:
    """A point made from (s, u, v) near the canal is projected back to them within 0.3 mm."""
    rng = np.random.default_rng(1)
    spine = draw_spine(rng, SpineOptions(scoliosis_mm=scoliosis_mm))
    true = rng.uniform((0.0, -25.0, -40.0), (float(spine.bottom[23]), 25.0, 40.0), (4000, 3))
    points = np.array([spine.curve.to_patient(*row) for row in true], dtype=np.float32).T

    found = spine.curve.project(*points)

    error = np.abs(np.stack([found.s, found.u, found.v], axis=1) - true).max(axis=1)
    assert np.percentile(error, 99) < 0.12
    assert error.max() < 0.3


def test_frame_is_right_handed_as_the_domain_says() -> None:
    """Left = anterior x tangent, and left points to the patient's left."""
    curve = draw_spine(np.random.default_rng(0)).curve

    left = np.cross(curve.anterior, curve.tangent, axis=0)

    assert np.allclose(left, curve.left, atol=1e-5)
    assert np.all(curve.left[0] > 0.7)
    assert np.all(curve.tangent[2] < 0)


def test_points_beyond_the_curve_are_not_inside_it() -> None:
    """A point far above the head keeps a coordinate along the canal beyond the spine's cranial end."""
    curve = draw_spine(np.random.default_rng(0)).curve
    top = curve.points[:, 0].astype(np.float32)

    found = curve.project(top[:1], top[1:2], top[2:3] + np.float32(50.0))

    assert found.s[0] < curve.s[0] - 40
