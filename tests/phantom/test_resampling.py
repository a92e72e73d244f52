from __future__ import annotations

import numpy as np
import pytest

from spineseg.phantom.resampling import box_slices, sample_axis, to_length


def _ramp(length: int = 24) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.broadcast_to(np.arange(length, dtype=np.float32), (3, 2, length)).copy()


def test_interpolation_keeps_a_ramp_in_place() -> None:
    """Halving and doubling a linear ramp changes it at the outermost voxels only."""
    ramp = _ramp()

    back = to_length(to_length(ramp, 2, 12), 2, 24)

    assert np.allclose(back[..., 1:-1], ramp[..., 1:-1], atol=1e-5)


def test_nearest_repeats_values() -> None:
    """Nearest interpolation makes no new values."""
    sampled = sample_axis(_ramp(), 2, np.array([0.4, 7.6, 99.0]), nearest=True)

    assert sampled[0, 0].tolist() == [0.0, 8.0, 23.0]


@pytest.mark.parametrize("thickness", [2.0, 3.0, 4.5])
def test_slices_are_means_about_their_centres(thickness: float) -> None:
    """The mean of a ramp over a box is its value at the centre, for odd, even and broken thickness."""
    centres = np.array([4.0, 9.3, 15.5])

    slices = box_slices(_ramp(), 2, centres, thickness)

    assert np.allclose(slices[1, 1], centres, atol=0.05)


def test_a_gap_leaves_out_what_lies_in_it() -> None:
    """A spike between two thin slices is in neither."""
    image = np.zeros((1, 1, 12), dtype=np.float32)
    image[..., 5] = 1.0

    slices = box_slices(image, 2, np.array([3.0, 7.0]), 2.0)

    assert np.allclose(slices, 0.0)
