"""Healthy image around a test tumour -> the tumour's grey and grain, taken from the image itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.domain import labels
from spineseg.domain.findings import Compartment

LEAST_VOXELS = 20  # of a tissue, for its median


def tissue_medians(values: NDArray[np.floating], here: NDArray[np.uint8]) -> dict[str, float]:
    """Signals near the tumour; a tissue that is not there takes the bone's.

    Parameters
    ----------
    values, here : (N,)
        Grey values and label values of the voxels near it.
    """
    bone = (here > 0) & (here < labels.SPINAL_CORD)
    marrow = float(np.median(values[bone])) if bone.sum() >= LEAST_VOXELS else float(np.median(values))

    def median(value: int, otherwise: float) -> float:
        chosen = values[here == value]
        return float(np.median(chosen)) if chosen.size >= LEAST_VOXELS else otherwise

    return {
        "marrow": marrow,
        "cord": median(labels.SPINAL_CORD, marrow),
        "csf": median(labels.CSF, median(labels.CAUDA_EQUINA, marrow)),
    }


def tumour_signal(
    medians: dict[str, float], compartment: Compartment, rng: np.random.Generator, *, dark_csf: bool
) -> float:
    """Signal of solid tumour: like cord on T1; on T2 between cord and CSF, in the cord nearer to CSF [P]."""
    if dark_csf:
        return medians["cord"] * float(rng.uniform(0.75, 1.1))
    low, high = (0.3, 0.7) if compartment is Compartment.INTRAMEDULLARY else (0.1, 0.5)
    return medians["cord"] + float(rng.uniform(low, high)) * (medians["csf"] - medians["cord"])


def borrowed_texture(
    image: NDArray[np.floating], masks: NDArray[np.uint8], where: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Grain of the image's own bone, laid over the tumour by a shift: the noise is the scanner's."""
    grain = image - ndimage.gaussian_filter(image, 1.2)
    bone = np.argwhere((masks > 0) & (masks < labels.SPINAL_CORD))
    if not len(bone) or not where.any():
        return np.zeros(image.shape, dtype=np.float32)
    shift = np.rint(np.argwhere(where).mean(axis=0) - bone[rng.integers(len(bone))]).astype(int)
    spread = 1.48 * float(np.median(np.abs(grain[tuple(bone.T)])))  # of a normal distribution
    borrowed = np.roll(grain, tuple(shift.tolist()), axis=(0, 1, 2))
    # Solid tumour is not of one grey: slow waves of about the noise's size [P].
    waves = ndimage.gaussian_filter(rng.standard_normal(image.shape), 2.5)
    waves *= float(rng.uniform(0.5, 1.5)) * spread / max(float(waves.std()), 1e-6)
    texture: NDArray[np.float32] = (np.clip(borrowed, -2.5 * spread, 2.5 * spread) + waves).astype(np.float32)
    return texture
