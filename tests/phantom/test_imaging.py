from __future__ import annotations

import numpy as np
import pytest
from highdicom import Volume as Grid

from spineseg.phantom.contrasts import Contrast, draw_palette, mean_signal
from spineseg.phantom.imaging import Acquisition, blur, coil_gain, finish_ct, finish_mr, render
from spineseg.phantom.protocols import empty_grid
from spineseg.phantom.rasterize import label_maps
from spineseg.phantom.tissues import Tissue
from tests.phantom.patient import block, healthy

QUIET = Acquisition(slice_share=1.0, blur_voxels=0.0, noise=0.0, bias=0.0, coil_mm=None)


def _grid(thickness_mm: float, slices: int) -> Grid:
    phantom = healthy()
    centre = phantom.spine.curve.to_patient(phantom.spine.level_s("L3"), 0.0, 15.0)
    affine = block(centre, (50, 50, 50), 1.2)
    axial = affine[:, [2, 1, 0, 3]].copy()
    axial[:3, 0] *= thickness_mm / 1.2
    axial[2, 3] = centre[2] - thickness_mm * (slices - 1) / 2
    return empty_grid((slices, 50, 50), axial)


def test_mean_hu_of_each_tissue_is_that_of_the_table() -> None:
    """On thin CT slices muscle, marrow and CSF have their mean HU within 12 HU."""
    grid = _grid(1.0, 6)
    rng = np.random.default_rng(0)
    palette = draw_palette(Contrast.CT, rng, variation=0.0)

    image = render(healthy(), grid, Contrast.CT, rng, palette=palette)

    tissues = label_maps(healthy(), grid).tissues.array
    for tissue in (Tissue.MUSCLE, Tissue.FAT):
        where = tissues == tissue
        assert np.median(image[where]) == pytest.approx(mean_signal(Contrast.CT)[tissue], abs=12)
    marrow = image[tissues == Tissue.MARROW_BODY]
    assert np.median(marrow) == pytest.approx(mean_signal(Contrast.CT)[Tissue.MARROW_BODY], abs=20)


def test_thick_slices_average_what_they_cover() -> None:
    """A 6 mm slice is the mean of the thin slices inside it (partial volume)."""
    palette = draw_palette(Contrast.T2, np.random.default_rng(0), variation=0.0)
    plain = type(palette)(mean=palette.mean, texture=0 * palette.texture)

    thick = render(healthy(), _grid(6.0, 1), Contrast.T2, np.random.default_rng(0), acquisition=QUIET, palette=plain)
    thin = render(healthy(), _grid(1.5, 4), Contrast.T2, np.random.default_rng(0), acquisition=QUIET, palette=plain)

    assert np.allclose(thick[0], thin.mean(axis=0), atol=8.0)
    assert not np.allclose(thick[0], thin[0], atol=8.0)


def test_same_seed_renders_the_same_bytes() -> None:
    """Rendering depends on the generator's seed only."""
    images = [render(healthy(), _grid(4.0, 2), Contrast.T1, np.random.default_rng(seed)) for seed in (5, 5, 6)]

    assert images[0].tobytes() == images[1].tobytes()
    assert images[0].tobytes() != images[2].tobytes()
    assert images[0].dtype == np.float32


def test_mr_noise_is_rician() -> None:
    """Where there is no signal the magnitude has the Rayleigh mean of 1.25 standard deviations."""
    acquisition = Acquisition(noise=0.02)
    empty = np.zeros((8, 64, 64), dtype=np.float32)

    noise = finish_mr(empty, acquisition, np.random.default_rng(0))

    assert noise.mean() == pytest.approx(0.02 * 800 * np.sqrt(np.pi / 2), rel=0.02)


def test_ct_noise_has_its_standard_deviation_and_range() -> None:
    """CT noise has the HU asked for and values stay in the 12-bit range."""
    flat = np.full((4, 80, 80), 40.0, dtype=np.float32)

    image = finish_ct(flat, Acquisition(noise=20.0), np.random.default_rng(0))
    clipped = finish_ct(flat * 0 + 9000, Acquisition(noise=1.0), np.random.default_rng(0))

    assert image.std() == pytest.approx(20.0, rel=0.05)
    assert clipped.max() == 3071


def test_coil_loses_signal_towards_the_front() -> None:
    """With a coil at the back the gain grows towards posterior."""
    acquisition = Acquisition(bias=0.0, coil_mm=100.0)
    gain = coil_gain((3, 50, 3), np.diag([2.0, 2.0, 2.0, 1.0]), acquisition, np.random.default_rng(0))

    assert np.all(np.diff(gain[1, :, 1]) > 0)
    assert gain[1, -1, 1] / gain[1, 0, 1] == pytest.approx(2**0.98, rel=0.01)


def test_blur_keeps_the_mean() -> None:
    """Blurring moves signal and does not make it."""
    image = np.zeros((1, 41, 41), dtype=np.float32)
    image[0, 20, 20] = 100.0

    blurred = blur(image, (0.0, 1.0, 1.0))

    assert blurred.sum() == pytest.approx(100.0, rel=1e-3)
    assert blurred[0, 20, 20] < 20
