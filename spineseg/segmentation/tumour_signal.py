"""Image + Growth -> image with the tumour in it: its signal, noise, slices and gain are the image's own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.domain.volume import Modality
from spineseg.segmentation.classes import CANAL_CLASSES, AnatomyClass, MaskArray
from spineseg.segmentation.growth import Growth, TumourKind, noise

FloatArray = NDArray[np.float32]

T1_CONTRASTS = ("t1", "t1_contrast")
_LEAST_VOXELS = 30  # of a tissue, for its median to be trusted


@dataclass(frozen=True, slots=True, kw_only=True)
class Tissues:
    """Medians of a patch's tissues in the image's own units, and its range (2nd to 98th percentile)."""

    marrow: float
    cord: float
    csf: float
    muscle: float
    fat: float
    low: float
    high: float

    @property
    def span(self) -> float:
        """Contrast range of the patch."""
        return max(self.high - self.low, 1e-3)


def measure_tissues(image: FloatArray, classes: MaskArray, seen: NDArray[np.bool_]) -> Tissues:
    """Signals of the tissues around a tumour.

    Parameters
    ----------
    seen : (x, y, z)
        The field of view.
    """
    values = image[seen]
    low, high = np.percentile(values, (2, 98))
    soft = image[seen & (classes == AnatomyClass.BACKGROUND)]
    muscle, fat = np.percentile(soft if soft.size else values, (40, 95))

    def median(member: AnatomyClass, otherwise: float) -> float:
        chosen = image[seen & (classes == member)]
        return float(np.median(chosen)) if chosen.size >= _LEAST_VOXELS else otherwise

    cord = median(AnatomyClass.SPINAL_CORD, median(AnatomyClass.CAUDA_EQUINA, float(muscle)))
    return Tissues(
        marrow=median(AnatomyClass.VERTEBRAL_BODY, float(muscle)),
        cord=cord,
        csf=median(AnatomyClass.CSF, cord),
        muscle=float(muscle),
        fat=float(fat),
        low=float(low),
        high=float(high),
    )


def paint(
    image: FloatArray,
    classes: MaskArray,
    growth: Growth,
    rng: np.random.Generator,
    *,
    modality: Modality,
    contrast: str,
    native_mm: tuple[float, float, float],
) -> FloatArray:
    """Put a tumour into an image that is pushed aside already.

    Parameters
    ----------
    image : (x, y, z) float32
        Scanner units or HU at 1 mm.
    native_mm : (3,) [mm]
        Voxel size that the image was taken at: the tumour's border is blurred as much.
    """
    seen = image > image.min()
    tissues = measure_tissues(image, classes, seen)
    gain = local_gain(image, classes, seen) if modality is Modality.MR else np.ones_like(image)
    grain = _grain(image, seen, native_mm, rng)
    painted = image
    if growth.oedema.any():
        toward = tissues.csf if contrast not in T1_CONTRASTS else tissues.low
        share = as_acquired(growth.oedema * np.float32(rng.uniform(0.1, 0.45)), native_mm)
        painted = painted + share * (np.float32(toward) * gain - painted)
    signal = _soft_signal(tissues, growth.kind, modality, contrast, rng)
    if growth.bony.any():
        texture, share = _bone_signal(growth, tissues, signal, modality, rng)
        painted = _blended(painted, texture * gain + grain, as_acquired(share, native_mm))
    if growth.soft.any():
        texture = _soft_texture(growth.soft, signal, tissues, rng)
        painted = _blended(painted, texture * gain + grain, as_acquired(growth.soft, native_mm))
    return np.where(seen, painted, image).astype(np.float32)


def as_acquired(share: FloatArray, native_mm: tuple[float, float, float]) -> FloatArray:
    """Partial volume of the image's voxels: averaged over a slice, then interpolated between slices."""
    acquired = share
    for axis, size in enumerate(native_mm):
        width = round(size)
        if width >= 2:
            for _ in range(2):
                acquired = ndimage.uniform_filter1d(acquired, width, axis=axis, mode="nearest")
        else:
            # A point spread of about half a voxel besides the interpolation [P].
            acquired = ndimage.gaussian_filter1d(acquired, 0.5, axis=axis, mode="nearest", truncate=3.0)
    return acquired


def local_gain(image: FloatArray, classes: MaskArray, seen: NDArray[np.bool_]) -> FloatArray:
    """Slow change of brightness over the patch (coil, bias field), about 1.

    The brightest and darkest tissues are cut off first: they tell of anatomy, not of the coil.
    """
    coarse = (slice(None, None, 4),) * 3
    used = (seen & ~np.isin(classes, CANAL_CLASSES))[coarse]
    if used.sum() < _LEAST_VOXELS:
        return np.ones_like(image)
    values = image[coarse]
    low, high = np.percentile(values[used], (25, 75))
    clipped = np.where(used, np.clip(values, low, high), 0).astype(np.float32)
    weight = ndimage.gaussian_filter(used.astype(np.float32), 4.0)
    smooth = ndimage.gaussian_filter(clipped, 4.0) / np.maximum(weight, 1e-3)
    relative = smooth / max(float(np.median(smooth[used])), 1e-3)
    # Twice the cut one: clipping halves what the coil does [P].
    gain = np.clip(relative**1.5, 0.5, 2.0)
    factors = [fine / few for fine, few in zip(image.shape, gain.shape, strict=True)]
    fine: FloatArray = ndimage.zoom(gain, factors, order=1, mode="nearest", grid_mode=True).astype(np.float32)
    return fine


def _blended(image: FloatArray, tumour: FloatArray, share: FloatArray) -> FloatArray:
    return image + share * (tumour - image)


def _grain(
    image: FloatArray, seen: NDArray[np.bool_], native_mm: tuple[float, float, float], rng: np.random.Generator
) -> FloatArray:
    """Noise like the image's: its size from the quiet half of the image, correlated along thick slices."""
    rest = np.abs(image - ndimage.gaussian_filter(image, 1.0, truncate=2.0))[seen]
    # Median absolute deviation to standard deviation: 1.48; edges fill the upper half.
    size = 1.48 * float(np.percentile(rest, 40)) if rest.size else 0.0
    grain = rng.standard_normal(image.shape, dtype=np.float32)
    grain = as_acquired(grain, native_mm)
    scaled: FloatArray = grain / max(float(grain.std()), 1e-6) * np.float32(size)
    return scaled


# Signals below: soft tumour on T2 lies between muscle and CSF, on T1 near muscle and, with contrast medium, up to
# fat; a wide spread on purpose, since the network must not learn one grey value [P].


def _soft_signal(
    tissues: Tissues, kind: TumourKind, modality: Modality, contrast: str, rng: np.random.Generator
) -> float:
    if modality is Modality.CT:
        return float(rng.uniform(20, 90))  # HU of soft tissue
    if rng.random() < 0.15:
        return float(rng.uniform(tissues.low, tissues.high))
    base = float(np.dot(rng.dirichlet((1.0, 1.0, 0.7)), (tissues.cord, tissues.muscle, tissues.marrow)))
    if contrast in T1_CONTRASTS:
        enhanced = rng.random() < 0.4
        return base * rng.uniform(0.8, 1.1) + (rng.uniform(0.2, 0.9) * (tissues.fat - base) if enhanced else 0.0)
    bright = rng.uniform(0.05, 0.7) if kind is TumourKind.INTRAMEDULLARY else rng.uniform(-0.2, 0.6)
    return base + bright * (max(tissues.csf, tissues.fat) - base)


def _soft_texture(share: FloatArray, signal: float, tissues: Tissues, rng: np.random.Generator) -> FloatArray:
    texture = signal + np.float32(rng.uniform(0.01, 0.06) * tissues.span) * noise(share.shape, 4, rng)
    if share.sum() > 4000 and rng.random() < 0.35:  # mm³: large ones break down in the middle [P]
        core = np.clip(ndimage.gaussian_filter(share, 3.0) + 0.1 * noise(share.shape, 5, rng) - 0.75, 0, 0.25) * 4
        texture = texture + np.float32(rng.uniform(0.2, 0.8)) * core * (tissues.csf - texture)
    return texture.astype(np.float32)


def _bone_signal(
    growth: Growth, tissues: Tissues, signal: float, modality: Modality, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Tumour within bone and the share of each voxel that it replaces: lytic, infiltrating, blastic or mixed."""
    look = rng.choice(["lytic", "infiltrating", "blastic", "mixed"], p=[0.4, 0.25, 0.2, 0.15])
    if modality is Modality.CT:
        sclerotic = float(rng.uniform(400, 1100))  # HU
    else:
        sclerotic = tissues.marrow * float(rng.uniform(0.12, 0.55))
    if growth.kind is TumourKind.BONE and modality is Modality.MR:
        signal = _apart(signal, tissues, rng)
    grain = noise(growth.bony.shape, 4, rng)
    roughness = np.float32(rng.uniform(0.01, 0.05) * tissues.span)
    if look == "blastic":
        return np.float32(sclerotic) + roughness * grain, growth.bony
    if look == "mixed":
        part = np.clip(0.5 + noise(growth.bony.shape, 6, rng), 0, 1)
        return part * np.float32(sclerotic) + (1 - part) * np.float32(signal) + roughness * grain, growth.bony
    share = growth.bony
    if look == "infiltrating":
        share = share * np.clip(np.float32(rng.uniform(0.55, 0.9)) + 0.15 * grain, 0.3, 1)
    return np.float32(signal) + roughness * grain, share.astype(np.float32)


def _apart(signal: float, tissues: Tissues, rng: np.random.Generator) -> float:
    """A lesion of the same grey as its bone cannot be seen by anyone."""
    least = float(rng.uniform(0.12, 0.2)) * tissues.span
    difference = signal - tissues.marrow
    if abs(difference) >= least:
        return signal
    return tissues.marrow + (least if difference >= 0 or tissues.marrow - least < tissues.low else -least)
