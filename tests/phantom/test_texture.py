from __future__ import annotations

import numpy as np
import pytest

from spineseg.phantom.contrasts import Contrast, Palette, draw_palette
from spineseg.phantom.rasterize import MapArrays
from spineseg.phantom.texture import draw_signal
from spineseg.phantom.tissues import Tissue

SHAPE = (24, 24, 32)


def _maps() -> MapArrays:
    """Four slabs along z: CSF, marrow of level 20, two nuclei of discs 120 and 121, muscle."""
    tissues = np.full(SHAPE, Tissue.MUSCLE, np.uint8)
    anatomy = np.zeros(SHAPE, np.uint8)
    tissues[..., :8], tissues[..., 8:16], tissues[..., 16:24] = Tissue.CSF, Tissue.MARROW_BODY, Tissue.NUCLEUS
    tissues[:, 0, 8:16] = Tissue.CORTEX
    anatomy[..., 8:16], anatomy[:12, :, 16:24], anatomy[12:, :, 16:24] = 20, 120, 121
    empty = np.zeros(SHAPE, np.uint8)
    return MapArrays(anatomy=anatomy, subregions=empty, lesions=empty, tissues=tissues)


def _plain(contrast: Contrast) -> Palette:
    palette = draw_palette(contrast, np.random.default_rng(0), variation=0.0)
    return Palette(mean=palette.mean, texture=0 * palette.texture)


def test_the_signal_follows_the_palette() -> None:
    """Tissue that neither flows nor dries has the palette's mean in the median."""
    palette = draw_palette(Contrast.STIR, np.random.default_rng(0), variation=0.0)

    signal = draw_signal(_maps(), Contrast.STIR, palette, np.random.default_rng(1), 1.5)

    assert np.median(signal[..., 25:]) == pytest.approx(palette.mean[Tissue.MUSCLE], abs=0.03)
    assert signal[..., 25:].std() > 0.01


def test_discs_dry_out_one_by_one() -> None:
    """Nuclei of two discs differ, and none is outside of annulus and healthy nucleus."""
    palette = _plain(Contrast.T2)
    first, second = [], []
    for seed in range(12):
        signal = draw_signal(_maps(), Contrast.T2, palette, np.random.default_rng(seed), 1.5)
        first.append(float(np.median(signal[2:10, :, 18:22])))
        second.append(float(np.median(signal[14:22, :, 18:22])))

    assert np.mean(np.abs(np.array(first) - second)) > 0.02
    assert min(first) > palette.mean[Tissue.ANNULUS] - 0.01
    assert max(first) < palette.mean[Tissue.NUCLEUS] + 0.01


def test_csf_has_flow_voids_in_some_patches() -> None:
    """In about half of the patches CSF is darkened in places and nowhere brightened."""
    palette = _plain(Contrast.T2)
    lowest = [
        draw_signal(_maps(), Contrast.T2, palette, np.random.default_rng(seed), 1.5)[..., :7].min()
        for seed in range(30)
    ]
    full = palette.mean[Tissue.CSF]

    assert 0.25 < np.mean(np.array(lowest) < 0.95 * full) < 0.75
    assert max(lowest) <= full + 1e-6


def test_marrow_is_denser_beside_the_end_plate_in_some_ct() -> None:
    """With sclerosis the marrow next to cortex has more HU than the marrow far from it; without, as much."""
    palette = _plain(Contrast.CT)
    excess = []
    for seed in range(30):
        signal = draw_signal(_maps(), Contrast.CT, palette, np.random.default_rng(seed), 1.5)
        excess.append(float(np.median(signal[:, 1, 8:16]) - np.median(signal[:, 15, 8:16])))

    assert 0.25 < np.mean(np.array(excess) > 5) < 0.75
    assert min(excess) > -1


def test_chemical_shift_moves_fat_at_its_border() -> None:
    """In some T1 patches the border of fat and water is dark or bright; Dixon water never has that."""
    tissues = np.full(SHAPE, Tissue.MUSCLE, np.uint8)
    tissues[:12] = Tissue.FAT
    empty = np.zeros(SHAPE, np.uint8)
    maps = MapArrays(anatomy=empty, subregions=empty, lesions=empty, tissues=tissues)

    def shifted(contrast: Contrast) -> float:
        palette = _plain(contrast)
        values = [palette.mean[Tissue.FAT], palette.mean[Tissue.MUSCLE]]
        shares = []
        for seed in range(40):
            signal = draw_signal(maps, contrast, palette, np.random.default_rng(seed), 1.5)
            border = np.median(signal[11:13].reshape(2, -1), axis=1)
            shares.append(np.abs(border - values).max() > 0.1)
        return float(np.mean(shares))

    assert shifted(Contrast.T1) > 0.03
    assert shifted(Contrast.DIXON_WATER) == 0


def test_a_lesion_changes_only_itself() -> None:
    """Two maps that differ in some voxels give the same signal in all the others."""
    sick = _maps()
    sick.tissues[10:14, 10:14, 10:14] = Tissue.LESION_LYTIC
    for seed in range(10):
        well, ill = (
            draw_signal(maps, Contrast.T1, _plain(Contrast.T1), np.random.default_rng(seed), 1.5)
            for maps in (_maps(), sick)
        )
        # Fat of a lesion may move by up to two voxels.
        assert not np.any(np.abs(well - ill)[:8] > 1e-6)
        assert not np.any(np.abs(well - ill)[..., 17:] > 1e-6)
