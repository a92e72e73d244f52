"""CT patch [HU] + tissues + seed -> the patch with kernel, noise and streaks.

x runs to the left and y to posterior, so that a slice is the plane of the first two axes. Ranges are from good to
poor clinical scans; a bone kernel leaves noise of some 75-90 HU at 1.5 mm, as measured on the TPTBox CT, an image of
the validation role [P].
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.domain.volume import FloatArray
from spineseg.phantom.imaging import blur
from spineseg.phantom.tissues import Tissue

_DENSE_HU = 250.0  # beyond it a voxel hardens the beam [P]
_HARDENING_SHARE = 0.35
_STREAK_SHARE = 0.18
_LARGEST_IMPLANTS = 4  # a slice; more cost time and change little


def draw_kernel(image: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Reconstruction kernel: from smooth, over neutral, to sharp with overshoot beside edges; in plane."""
    sharp, sigma, gain = rng.random() < 0.45, rng.uniform(0.7, 1.3), rng.uniform(0.3, 1.6)
    smooth = rng.uniform(0.2, 0.8)
    if sharp:
        overshoot: FloatArray = image + np.float32(gain) * (image - blur(image, (sigma, sigma, 0.0)))
        return overshoot
    return blur(image, (smooth, smooth, 0.0))


def add_noise(image: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Noise of the kernel: patchy for soft tissue, fine with negative neighbours for bone; 3-90 HU."""
    amplitude, colour = float(np.exp(rng.uniform(np.log(3), np.log(90)))), rng.random()
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    if colour < 0.45:
        width = rng.uniform(0.4, 0.9)
        noise = blur(noise, (width, width, 0.3 * width))
        amplitude = min(amplitude, 45.0)  # a soft kernel averages the strongest noise away
    elif colour < 0.75:
        noise = noise - blur(noise, (0.8, 0.8, 0.0)) * np.float32(0.9)
    noisy: FloatArray = image + noise * np.float32(amplitude / max(float(noise.std()), 1e-6))
    return noisy


def shoulder_streaks(image: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Noise in stripes from left to right where shoulders or pelvis starve the detector of photons."""
    amplitude, length = rng.uniform(12, 60), int(rng.integers(9, 25))
    edge, rise = rng.uniform(0, 1) * image.shape[2], rng.uniform(4, 15)
    side = float(rng.choice([-1.0, 1.0]))
    stripes = ndimage.uniform_filter1d(
        rng.standard_normal(image.shape, dtype=np.float32), length, axis=0, mode="wrap"
    ) * np.float32(np.sqrt(length))
    here = np.clip(0.5 + side * (np.arange(image.shape[2]) - edge) / rise, 0, 1).astype(np.float32)
    striped: FloatArray = image + stripes * here * np.float32(amplitude)
    return striped


def beam_hardening(image: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Dark shades between dense bones of one slice, across and along the body."""
    strength, length = rng.uniform(0.05, 0.35), int(rng.integers(7, 16))
    dense = np.clip(image - np.float32(_DENSE_HU), 0, 2000)
    # Two boxes make a triangle: shades fade and have no corners.
    across, along = (
        ndimage.uniform_filter1d(
            ndimage.uniform_filter1d(dense, length, axis=axis, mode="nearest"), length, axis=axis, mode="nearest"
        )
        for axis in (0, 1)
    )
    darkened: FloatArray = image - np.float32(strength) * (0.4 * across + np.minimum(across, along))
    return darkened


def metal_streaks(image: FloatArray, tissues: NDArray[np.uint8], rng: np.random.Generator) -> FloatArray:
    """Rays of both signs from each implant of a slice, and a dark band between two of them."""
    strength, reduced = rng.uniform(60, 450), rng.random() < 0.3
    orders, phases = rng.integers(2, 15, 5), rng.uniform(0, 2 * np.pi, 5)
    metal = tissues == Tissue.IMPLANT
    slices = np.flatnonzero(metal.any(axis=(0, 1)))
    if slices.size == 0:
        return image
    if reduced:  # metal artefact reduction of the scanner
        strength *= 0.3
    streaked = image.copy()
    grid = tuple(np.meshgrid(*(np.arange(n, dtype=np.float32) for n in image.shape[:2]), indexing="ij"))
    for index in slices:
        streaked[:, :, index] += np.float32(strength) * _rays(metal[:, :, index], grid, orders, phases)
    return streaked


def _rays(
    metal: NDArray[np.bool_],
    grid: tuple[FloatArray, ...],
    orders: NDArray[np.int64],
    phases: NDArray[np.float64],
) -> FloatArray:
    labels, count = ndimage.label(metal)
    count = min(count, _LARGEST_IMPLANTS)
    centres = ndimage.center_of_mass(metal, labels, range(1, count + 1))
    field = np.zeros(metal.shape, dtype=np.float32)
    for x, y in centres:
        along, across = grid[0] - np.float32(x), grid[1] - np.float32(y)
        angle, radius = np.arctan2(across, along), np.hypot(along, across)
        rays = sum(np.cos(m * angle + phase) for m, phase in zip(orders, phases, strict=True))
        field += np.asarray(rays, dtype=np.float32) / (1 + radius / 6)
    for (x0, y0), (x1, y1) in combinations(centres, 2):
        length = max(float(np.hypot(x1 - x0, y1 - y0)), 1.0)
        offset = ((grid[0] - x0) * (y1 - y0) - (grid[1] - y0) * (x1 - x0)) / length
        along = ((grid[0] - x0) * (x1 - x0) + (grid[1] - y0) * (y1 - y0)) / length
        between = (along > 0) & (along < length)
        field -= (2.0 * between * np.exp(-((offset / 2.5) ** 2))).astype(np.float32)
    return np.where(metal, 0, field).astype(np.float32)


def add_streaks(image: FloatArray, tissues: NDArray[np.uint8], rng: np.random.Generator) -> FloatArray:
    """Every streak with its share of patches; metal wherever there is metal."""
    harden, shoulders, metal = rng.spawn(3)
    if harden.random() < _HARDENING_SHARE:
        image = beam_hardening(image, harden)
    if shoulders.random() < _STREAK_SHARE:
        image = shoulder_streaks(image, shoulders)
    return metal_streaks(image, tissues, metal)
