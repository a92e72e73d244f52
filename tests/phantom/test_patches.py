from __future__ import annotations

import numpy as np
import pytest

from spineseg.phantom.contrasts import Contrast
from spineseg.phantom.patches import image_patch
from spineseg.phantom.rasterize import MapArrays
from spineseg.phantom.tissues import Tissue

SHAPE = (24, 28, 32)


def _maps(core: Tissue = Tissue.CORD) -> MapArrays:
    tissues = np.full(SHAPE, Tissue.FAT, np.uint8)
    tissues[:, :16] = Tissue.MUSCLE
    tissues[8:16, 8:16] = Tissue.CSF
    tissues[10:14, 10:14] = core
    empty = np.zeros(SHAPE, np.uint8)
    return MapArrays(anatomy=empty, subregions=empty, lesions=empty, tissues=tissues)


@pytest.mark.parametrize("contrast", list(Contrast))
def test_every_contrast_gives_a_finite_image(contrast: Contrast) -> None:
    """Images are finite float32 of the patch's shape, magnitudes for MR and 12-bit HU for CT."""
    image, window = image_patch(_maps(), contrast, np.diag([1.5, 1.5, 1.5, 1.0]), np.random.default_rng(4))

    assert image.shape == window.shape == SHAPE
    assert image.dtype == np.float32
    assert np.all(np.isfinite(image))
    assert image.min() >= (-1024 if contrast is Contrast.CT else 0)
    assert image.max() <= 3071 or contrast is not Contrast.CT


def test_outside_the_field_of_view_there_is_nothing() -> None:
    """Beyond the window MR is 0 and CT is air."""
    seen = {Contrast.T1: False, Contrast.CT: False}
    for contrast, empty in ((Contrast.T1, 0.0), (Contrast.CT, -1000.0)):
        for seed in range(25):
            image, window = image_patch(_maps(), contrast, np.diag([1.5, 1.5, 1.5, 1.0]), np.random.default_rng(seed))
            seen[contrast] |= not window.all()
            assert np.all(image[~window] == empty)

    assert all(seen.values())


def test_opposed_phase_is_dark_where_fat_meets_water() -> None:
    """Between fat and muscle of similar magnitude lies a dark line, in opposed phase only."""

    def dip(contrast: Contrast) -> float:
        dips = []
        for seed in range(30):
            image, window = image_patch(_maps(), contrast, np.diag([1.5, 1.5, 1.5, 1.0]), np.random.default_rng(seed))
            if window.all():
                line = image[2:6].mean(axis=(0, 2))
                dips.append(line[14:18].min() / min(line[10:13].mean(), line[20:23].mean()))
        return float(np.median(dips))

    assert dip(Contrast.DIXON_OPPOSED) < 0.85 < dip(Contrast.DIXON_IN_PHASE)


def test_twins_share_window_and_far_values() -> None:
    """What a patch shows moves neither its window nor its noise; only ghosts carry it elsewhere."""
    for seed in range(8):
        affine = np.diag([1.5, 1.5, 1.5, 1.0])
        (first, window), (second, other) = (
            image_patch(_maps(core), Contrast.T2, affine, np.random.default_rng(seed))
            for core in (Tissue.CORD, Tissue.LESION_CORD)
        )
        assert np.array_equal(window, other)
        assert np.median(np.abs(first - second)[18:, 20:]) < 0.02 * first.max()
