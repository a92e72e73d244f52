from __future__ import annotations

import numpy as np
import pytest

from spineseg.phantom.ct_texture import (
    add_noise,
    add_streaks,
    beam_hardening,
    draw_kernel,
    metal_streaks,
    shoulder_streaks,
)
from spineseg.phantom.tissues import Tissue

SHAPE = (40, 40, 24)


def _soft() -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.full(SHAPE, 50.0, dtype=np.float32)


def test_kernels_range_from_smooth_to_overshoot() -> None:
    """An edge of bone is blurred by some kernels and overshot by others, never along z."""
    image = _soft()
    image[20:] = 500.0

    peaks = [draw_kernel(image, np.random.default_rng(seed)).max() for seed in range(30)]

    assert 0.2 < np.mean(np.array(peaks) > 520) < 0.8
    kernel = draw_kernel(np.moveaxis(image, 0, 2), np.random.default_rng(0))
    assert np.unique(kernel[5:-5, 5:-5, 10].round(2)).size == 1


def test_noise_has_the_grain_of_soft_and_bone_kernels() -> None:
    """Neighbours in a slice agree under soft kernels and disagree under bone kernels; 3-90 HU."""
    noises = [add_noise(0 * _soft(), np.random.default_rng(seed)) for seed in range(40)]
    neighbours = [float(np.corrcoef(n[1:].ravel(), n[:-1].ravel())[0, 1]) for n in noises]
    amplitudes = [float(n.std()) for n in noises]

    assert max(neighbours) > 0.3
    assert min(neighbours) < -0.08
    assert 2.9 < min(amplitudes) < 6
    assert 50 < max(amplitudes) < 91


def test_shoulder_streaks_run_from_left_to_right() -> None:
    """Stripes are long along x and uncorrelated along z."""
    stripes = shoulder_streaks(0 * _soft(), np.random.default_rng(3))

    assert np.corrcoef(stripes[3:].ravel(), stripes[:-3].ravel())[0, 1] > 0.5
    assert abs(np.corrcoef(stripes[..., 1:].ravel(), stripes[..., :-1].ravel())[0, 1]) < 0.2


def test_beam_hardening_darkens_between_dense_bones() -> None:
    """Soft tissue between two bones of a slice loses HU; slices without bone keep theirs."""
    image = _soft()
    image[10:14, 18:22, :12] = image[24:28, 18:22, :12] = 1500.0

    shaded = beam_hardening(image, np.random.default_rng(0))

    assert shaded[19, 20, 5] < 40
    assert shaded[19, 20, 20] == pytest.approx(50, abs=1e-3)


def test_metal_streaks_only_slices_with_metal() -> None:
    """Rays of both signs leave an implant within its slices; two implants have a dark band between them."""
    tissues = np.zeros(SHAPE, np.uint8)
    tissues[10:12, 20:22, 4:8] = tissues[28:30, 20:22, 4:8] = Tissue.IMPLANT

    change = metal_streaks(_soft(), tissues, np.random.default_rng(0)) - 50

    assert change[:, :, 5].max() > 20
    assert change[:, :, 5].min() < -20
    assert not change[:, :, 12].any()
    bands = [metal_streaks(_soft(), tissues, np.random.default_rng(seed))[19, 20, 5] - 50 for seed in range(12)]
    assert np.mean(bands) < -20


def test_without_bone_and_metal_most_patches_have_no_streaks() -> None:
    """Streaks come from shoulders only, in about one patch of five."""
    unchanged = [
        np.array_equal(add_streaks(_soft(), np.zeros(SHAPE, np.uint8), np.random.default_rng(seed)), _soft())
        for seed in range(60)
    ]

    assert 0.6 < np.mean(unchanged) < 0.97
