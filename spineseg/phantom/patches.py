"""MapArrays + contrast + affine + seed -> image of one patch and the field of view that it was taken in.

The image is what a random acquisition would give after resampling to the patch's grid: HU, or arbitrary units.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.volume import FloatArray, Modality
from spineseg.phantom.acquisition import (
    Scene,
    draw_quality,
    draw_scan,
    export_mr,
    field_of_view,
    from_slices,
    to_slices,
)
from spineseg.phantom.contrasts import Contrast, draw_palette
from spineseg.phantom.ct_texture import add_noise, add_streaks, draw_kernel
from spineseg.phantom.imaging import AIR_HU, MR_SCALE, blur, coil_gain, finish_mr
from spineseg.phantom.mr_artefacts import add_artefacts
from spineseg.phantom.rasterize import MapArrays
from spineseg.phantom.texture import draw_signal


def image_patch(
    maps: MapArrays, contrast: Contrast, affine: NDArray[np.float64], rng: np.random.Generator
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """One random acquisition of a patch.

    Parameters
    ----------
    affine : (4, 4) [mm, LPS]
        Of an isotropic grid on canonical axes (x to the left, y to posterior, z to the head), turned a little or not.
    rng
        What it draws does not depend on `maps`, so that twins share their acquisition.

    Returns
    -------
    image : (x, y, z) float32
        HU, or arbitrary units; air, or zero, outside the field of view.
    window : (x, y, z) bool
        The field of view.
    """
    # One stream a step: how much a step draws never moves the others.
    palette_rng, signal_rng, scan_rng, image_rng, window_rng = rng.spawn(5)
    scene = Scene(tissues=maps.tissues, affine=affine, scan=draw_scan(contrast, scan_rng))
    palette = draw_palette(contrast, palette_rng)
    signal = draw_signal(maps, contrast, palette, signal_rng, scene.spacing_mm)
    ct = contrast.modality is Modality.CT
    image = (_acquire_ct if ct else _acquire_mr)(signal, scene, contrast, image_rng)
    window = field_of_view(scene, contrast, window_rng)
    return np.where(window, image, np.float32(AIR_HU if ct else 0.0)), window


def _acquire_mr(signal: FloatArray, scene: Scene, contrast: Contrast, rng: np.random.Generator) -> FloatArray:
    """Point spread, coil and artefacts in plane, then slices, noise, and the patch's grid again."""
    quality_rng, coil_rng, artefact_rng, noise_rng, export_rng = rng.spawn(5)
    quality = draw_quality(contrast, quality_rng)
    # The magnitude after the blur: opposed phase is dark where fat meets water.
    image = np.abs(blur(signal, (quality.blur_voxels,) * 3))
    image = image * coil_gain(image.shape, scene.affine, quality, coil_rng)
    image = add_artefacts(image, scene, artefact_rng)
    slices = finish_mr(to_slices(image, scene), quality, noise_rng)
    slices = export_mr(slices, quality.noise * MR_SCALE, export_rng)
    return from_slices(slices, scene)


def _acquire_ct(signal: FloatArray, scene: Scene, contrast: Contrast, rng: np.random.Generator) -> FloatArray:
    """Streaks, slices, kernel and noise, and the patch's grid again; whole HU of 12 bits."""
    quality_rng, streak_rng, kernel_rng, noise_rng = rng.spawn(4)
    image = blur(signal, (draw_quality(contrast, quality_rng).blur_voxels,) * 3)
    slices = to_slices(add_streaks(image, scene.tissues, streak_rng), scene)
    slices = add_noise(draw_kernel(slices, kernel_rng), noise_rng)
    return np.clip(np.rint(from_slices(slices, scene)), -1024, 3071).astype(np.float32)
