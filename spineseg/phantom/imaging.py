"""Phantom + grid + contrast -> image: slice thickness, blur, coil, bias field and noise of one acquisition.

MR comes in arbitrary units (fat in T1 and CSF in T2 near `MR_SCALE`), CT in HU.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from highdicom import Volume as Grid
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.domain.volume import FloatArray, Modality, spacing_mm
from spineseg.phantom.contrasts import Contrast, Palette, draw_palette
from spineseg.phantom.rasterize import Phantom, map_arrays
from spineseg.phantom.waves import draw_waves

MR_SCALE = 800.0  # stored values of about 0-1000, usual in clinical MR [P]
AIR_HU = -1000.0
_SUBSLICE_MM = 1.5  # partial volume is sampled about this finely through a slice [P]


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquisition:
    """How an image is degraded.

    Parameters
    ----------
    slice_share
        Slice thickness as share of the slice spacing; below 1 leaves a gap.
    blur_voxels
        Standard deviation of the in-plane point spread.
    noise
        Standard deviation of noise: share of `MR_SCALE` (MR) or HU (CT).
    bias
        Standard deviation of the logarithm of the bias field (MR).
    coil_mm
        Depth over which a surface coil at the back loses half of its signal (MR); None for a volume coil.
    sharpening
        Edge enhancement of a bone kernel (CT), 0 for a soft one.
    """

    slice_share: float = 0.9
    blur_voxels: float = 0.45
    noise: float = 0.02
    bias: float = 0.08
    coil_mm: float | None = 160.0
    sharpening: float = 0.0


def default_acquisition(contrast: Contrast) -> Acquisition:
    """A clinical acquisition of usual quality; CT noise of 15-20 HU as in a chest CT with a soft kernel [P]."""
    if contrast.modality is Modality.CT:
        return Acquisition(slice_share=1.0, noise=16.0, bias=0.0, coil_mm=None)
    return Acquisition()


def render(
    phantom: Phantom,
    grid: Grid,
    contrast: Contrast,
    rng: np.random.Generator,
    *,
    acquisition: Acquisition | None = None,
    palette: Palette | None = None,
) -> FloatArray:
    """Image of a phantom on a grid.

    Parameters
    ----------
    grid
        Its values are not read; its first axis counts the slices.
    rng
        Source of palette, texture and noise.

    Returns
    -------
    (slice, row, column) float32
        HU, or arbitrary units.
    """
    acquisition = acquisition or default_acquisition(contrast)
    palette = palette or draw_palette(contrast, rng, variation=0.4)
    image, texture = _partial_volume(phantom, grid, palette, acquisition.slice_share)
    spacing = spacing_mm(grid)
    image += texture * _grain(rng, image.shape, spacing)
    image = blur(image, (0.0, acquisition.blur_voxels, acquisition.blur_voxels))
    affine = np.asarray(grid.affine, dtype=np.float64)
    if contrast.modality is Modality.CT:
        return finish_ct(image, acquisition, rng)
    gain = coil_gain(image.shape, affine, acquisition, rng)
    return finish_mr(image * gain, acquisition, rng)


def _partial_volume(phantom: Phantom, grid: Grid, palette: Palette, share: float) -> tuple[FloatArray, FloatArray]:
    """Mean signal and mean texture amplitude over the thickness of each slice."""
    slices, rows, columns = (int(n) for n in grid.spatial_shape)
    thickness = float(spacing_mm(grid)[0]) * share
    parts = max(1, round(thickness / _SUBSLICE_MM))
    affine = np.asarray(grid.affine, dtype=np.float64)
    image = np.zeros((slices, rows, columns), dtype=np.float32)
    texture = np.zeros_like(image)
    # Sub-slices of one slice are `share / parts` of the spacing apart, centred on the slice.
    for offset in ((np.arange(parts) + 0.5) / parts - 0.5) * share:
        shifted = affine.copy()
        shifted[:3, 3] += offset * affine[:3, 0]
        tissues = map_arrays(phantom, (slices, rows, columns), shifted).tissues
        image += palette.mean[tissues] / np.float32(parts)
        texture += palette.texture[tissues] / np.float32(parts)
    return image, texture


def blur(image: FloatArray, sigma_voxels: tuple[float, float, float]) -> FloatArray:
    """Gaussian blur along each axis; axes with less than 0.1 voxels are left."""
    for axis, sigma in enumerate(sigma_voxels):
        if sigma >= 0.1:
            image = ndimage.gaussian_filter1d(image, sigma, axis=axis, mode="nearest", truncate=3.0)
    return image


def _grain(rng: np.random.Generator, shape: tuple[int, ...], spacing: NDArray[np.float64]) -> FloatArray:
    """Texture of unit variance with grains of about 1 mm in plane, as trabeculae seem on CT."""
    sigma = np.clip(0.5 / spacing[1:], 0.0, 2.0)
    grain = blur(rng.standard_normal(shape, dtype=np.float32), (0.0, float(sigma[0]), float(sigma[1])))
    texture: FloatArray = grain / np.float32(max(float(grain.std()), 1e-6))
    return texture


def coil_gain(
    shape: tuple[int, ...], affine: NDArray[np.float64], acquisition: Acquisition, rng: np.random.Generator
) -> FloatArray:
    """Sensitivity of the coil: a smooth bias field, and loss of signal away from the patient's back."""
    grid_shape = (int(shape[0]), int(shape[1]), int(shape[2]))
    field = draw_waves(rng, 45.0, count=8).on_grid(grid_shape, affine).reshape(shape)
    log_gain = acquisition.bias * field
    if acquisition.coil_mm is not None:
        y = [affine[1, axis] * np.arange(n) for axis, n in enumerate(shape)]
        depth = affine[1, 3] + y[0][:, None, None] + y[1][None, :, None] + y[2][None, None, :]
        log_gain = log_gain + np.log(2) * (depth - depth.mean()).astype(np.float32) / acquisition.coil_mm
    # At most fourfold: scanners correct the strongest fall-off themselves.
    gain: FloatArray = np.exp(np.clip(log_gain, -1.4, 1.4)).astype(np.float32)
    return gain


def finish_mr(image: FloatArray, acquisition: Acquisition, rng: np.random.Generator) -> FloatArray:
    """Magnitude image with Rician noise (Gudbjartsson & Patz, Magn Reson Med 1995;34:910), in stored units."""
    real, imaginary = rng.standard_normal((2, *image.shape), dtype=np.float32) * np.float32(acquisition.noise)
    magnitude: FloatArray = np.hypot(image + real, imaginary) * np.float32(MR_SCALE)
    return magnitude


def finish_ct(image: FloatArray, acquisition: Acquisition, rng: np.random.Generator) -> FloatArray:
    """HU with noise shaped by the kernel: smooth for soft tissue, enhanced edges for bone."""
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    noise = blur(noise, (0.0, 0.7, 0.7))
    image = image + noise * np.float32(acquisition.noise / max(float(noise.std()), 1e-6))
    if acquisition.sharpening > 0:
        image = image + np.float32(acquisition.sharpening) * (image - blur(image, (0.0, 1.2, 1.2)))
    return np.clip(image, -1024, 3071).astype(np.float32)  # the range of 12-bit CT
