from __future__ import annotations

import numpy as np
import pytest

from spineseg.domain.volume import Modality
from spineseg.segmentation.growth import Growth, TumourKind
from spineseg.segmentation.tumour_shapes import grow
from spineseg.segmentation.tumour_signal import as_acquired, local_gain, measure_tissues, paint
from tests.segmentation.backdrops import SIGNAL, toy_background

BACKGROUND = toy_background()
SEEN = np.ones(BACKGROUND.image.shape, dtype=bool)


def _growth(kind: TumourKind) -> Growth:
    growth = grow(kind, BACKGROUND.classes, np.random.default_rng(4))
    assert growth is not None
    return growth


def _paint(growth: Growth, seed: int, native_mm: tuple[float, float, float] = (1, 1, 1)) -> np.ndarray:
    return paint(
        BACKGROUND.image,
        BACKGROUND.classes,
        growth,
        np.random.default_rng(seed),
        modality=Modality.MR,
        contrast="t2",
        native_mm=native_mm,
    )


def test_tissues_are_read_off_the_image() -> None:
    """Medians of marrow, cord and CSF are those that the image was made with."""
    tissues = measure_tissues(BACKGROUND.image, BACKGROUND.classes, SEEN)

    assert tissues.marrow == pytest.approx(SIGNAL[1], abs=1)
    assert tissues.cord == pytest.approx(SIGNAL[4], abs=1)
    assert tissues.csf == pytest.approx(SIGNAL[5], abs=1)


def test_nothing_changes_far_from_a_tumour() -> None:
    """Beyond 6 voxels the image is the healthy one, and within the tumour it is not."""
    growth = _growth(TumourKind.EPIDURAL)
    share = np.maximum(growth.soft, growth.bony)
    painted = _paint(growth, 1)

    from scipy import ndimage

    far = ndimage.distance_transform_edt(share == 0) > 6
    np.testing.assert_array_equal(painted[far], BACKGROUND.image[far])
    assert np.abs(painted - BACKGROUND.image)[share > 0.9].mean() > 5


def test_bone_lesions_can_be_seen() -> None:
    """A lesion of bone alone differs from marrow by more than the noise, whatever is drawn."""
    growth = _growth(TumourKind.BONE)
    inside = growth.bony > 0.9

    for seed in range(6):
        assert np.abs(_paint(growth, seed)[inside] - SIGNAL[1]).mean() > 6


def test_thick_slices_blur_the_border_along_them() -> None:
    """A step along z spreads over two slice thicknesses and stays a step in the plane."""
    step = np.zeros((20, 20, 40), dtype=np.float32)
    step[:, 10:, 20:] = 1

    acquired = as_acquired(step, (0.5, 0.5, 5.0))

    assert np.count_nonzero((acquired[5, 15] > 0.01) & (acquired[5, 15] < 0.99)) >= 7
    assert np.count_nonzero((acquired[5, :, 35] > 0.01) & (acquired[5, :, 35] < 0.99)) <= 2


def test_the_gain_follows_a_coil() -> None:
    """An image twice as bright at one end has a gain that rises to that end."""
    ramp = np.linspace(1, 2, BACKGROUND.image.shape[2], dtype=np.float32)
    gain = local_gain(BACKGROUND.image * ramp, BACKGROUND.classes, SEEN)

    assert gain.shape == BACKGROUND.image.shape
    assert gain[..., -5].mean() > 1.2 * gain[..., 5].mean()
