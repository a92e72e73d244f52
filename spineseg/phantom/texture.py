"""MapArrays + Palette + seed -> signal of a patch: what differs inside tissues, between levels and along the flow.

Every random field is drawn whether or not its tissue is there, so that a patch and its twin without the lesion
agree in all the rest.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.domain.volume import FloatArray, Modality
from spineseg.phantom.contrasts import Contrast, Palette
from spineseg.phantom.rasterize import MapArrays
from spineseg.phantom.resampling import to_length
from spineseg.phantom.signals import fat_shares
from spineseg.phantom.tissues import MARROW, TISSUE_COUNT, Tissue

_IS_MARROW = np.isin(np.arange(TISSUE_COUNT), MARROW)

# Shares of patches and strengths, all [P].
_CHEMICAL_SHIFT_SHARE = 0.35
_FLOW_SHARE = 0.5
_SCLEROSIS_SHARE = 0.5
_INFILTRATION_SHARE = 0.25


def draw_signal(
    maps: MapArrays, contrast: Contrast, palette: Palette, rng: np.random.Generator, spacing_mm: float
) -> FloatArray:
    """Signal of every voxel before blur, coil and noise.

    Parameters
    ----------
    spacing_mm
        Of the isotropic patch.

    Returns
    -------
    (x, y, z) float32
        HU, or relative signal.
    """
    grain_rng, level_rng, local_rng, shift_rng = rng.spawn(4)
    coarse = _coarse_noise(grain_rng, maps.tissues.shape, (5.0 / spacing_mm,) * 3)
    signal = _displaced_fat(maps.tissues, contrast, palette, shift_rng, spacing_mm)
    signal += palette.texture[maps.tissues] * _grain(grain_rng, coarse)
    _vary_levels(signal, maps, palette, level_rng)
    _infiltrate_muscle(signal, maps.tissues, palette, local_rng, spacing_mm)
    if contrast.modality is Modality.CT:
        _harden_end_plates(signal, maps.tissues, local_rng)
    else:
        _vary_flow(signal, maps.tissues, local_rng, spacing_mm)
    return signal


def _coarse_noise(
    rng: np.random.Generator, shape: tuple[int, ...], grain_voxels: tuple[float, float, float]
) -> FloatArray:
    """Smooth field of about unit variance with grains of that size along each axis."""
    nodes = [max(2, round(n / grain)) for n, grain in zip(shape, grain_voxels, strict=True)]
    field = rng.standard_normal(nodes, dtype=np.float32)
    for axis, length in enumerate(shape):
        field = to_length(field, axis, length)
    # Linear interpolation between independent nodes keeps 2/3 of the variance along each axis.
    return field * np.float32(1.5**1.5)


def _grain(rng: np.random.Generator, coarse: FloatArray) -> FloatArray:
    """Mix of fine grain and blotches; trabeculae finer than a voxel average out, so that the mix differs."""
    fine = np.float32(rng.uniform(0.3, 0.95))
    grain: FloatArray = fine * rng.standard_normal(coarse.shape, dtype=np.float32)
    grain += np.float32(np.sqrt(1 - fine**2)) * coarse
    return grain


def _displaced_fat(
    tissues: NDArray[np.uint8], contrast: Contrast, palette: Palette, rng: np.random.Generator, spacing_mm: float
) -> FloatArray:
    """Fat shifted along the frequency axis: one dark and one bright border to water (chemical shift, up to 1.6 mm)."""
    wanted = rng.random() < _CHEMICAL_SHIFT_SHARE
    axis, distance = int(rng.integers(3)), rng.uniform(-1.6, 1.6) / spacing_mm
    if not (wanted and contrast.chemical_shift):
        return palette.mean[tissues]
    fat = palette.mean * fat_shares()
    moved = ndimage.shift(
        fat[tissues], [distance * (axis == k) for k in range(3)], order=1, mode="nearest", prefilter=False
    )
    signal: FloatArray = (palette.mean - fat)[tissues] + moved
    return signal


def _vary_levels(signal: FloatArray, maps: MapArrays, palette: Palette, rng: np.random.Generator) -> None:
    """Discs dry out one by one, and marrow differs a little from vertebra to vertebra."""
    water = np.float32(1) - rng.beta(0.7, 1.3, 256).astype(np.float32) * np.float32(rng.uniform(0, 1))
    marrow = np.exp(rng.normal(0, 0.06, 256)).astype(np.float32)
    nucleus = np.flatnonzero(maps.tissues == Tissue.NUCLEUS)
    flat, levels = signal.reshape(-1), maps.anatomy.reshape(-1)
    annulus = palette.mean[Tissue.ANNULUS]
    flat[nucleus] = annulus + (flat[nucleus] - annulus) * water[levels[nucleus]]
    bone = np.flatnonzero(_IS_MARROW[maps.tissues])
    flat[bone] *= marrow[levels[bone]]


def _infiltrate_muscle(
    signal: FloatArray, tissues: NDArray[np.uint8], palette: Palette, rng: np.random.Generator, spacing_mm: float
) -> None:
    """Thin fat along the muscle fibres, averaged with them; thicker strands are painted as tissue."""
    wanted, threshold = rng.random() < _INFILTRATION_SHARE, rng.uniform(0.8, 2.4)
    strands = _coarse_noise(rng, tissues.shape, (3.5 / spacing_mm, 3.5 / spacing_mm, 14.0 / spacing_mm))
    if not wanted:
        return
    muscle = np.flatnonzero(tissues == Tissue.MUSCLE)
    share = np.clip(strands.reshape(-1)[muscle] - np.float32(threshold), 0, 0.45)
    flat = signal.reshape(-1)
    flat[muscle] += share * (palette.mean[Tissue.FAT] - palette.mean[Tissue.MUSCLE])


def _harden_end_plates(signal: FloatArray, tissues: NDArray[np.uint8], rng: np.random.Generator) -> None:
    """Denser marrow next to cortex and end plates: sclerosis, and cortex averaged into the next voxel (HU)."""
    wanted, strength, width = rng.random() < _SCLEROSIS_SHARE, rng.uniform(0.1, 0.8), rng.choice([3, 5])
    if not wanted:
        return
    near = ndimage.uniform_filter((tissues == Tissue.CORTEX).astype(np.float32), int(width), mode="nearest")
    bone = np.flatnonzero(_IS_MARROW[tissues])
    flat = signal.reshape(-1)
    flat[bone] += np.float32(strength * 500.0) * near.reshape(-1)[bone]


def _vary_flow(signal: FloatArray, tissues: NDArray[np.uint8], rng: np.random.Generator, spacing_mm: float) -> None:
    """CSF loses signal where it moves fast: voids of 10-20 mm behind and before the cord."""
    wanted, strength = rng.random() < _FLOW_SHARE, rng.uniform(0.05, 0.6)
    field = _coarse_noise(rng, tissues.shape, (14.0 / spacing_mm,) * 3)
    if not wanted:
        return
    fluid = np.flatnonzero((tissues == Tissue.CSF) | (tissues == Tissue.CAUDA))
    loss = np.clip(field.reshape(-1)[fluid], 0, 1.5) * np.float32(strength)
    signal.reshape(-1)[fluid] *= np.clip(1 - loss, 0.1, 1)
