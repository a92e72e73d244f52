"""MR image of a patch + Scene + seed -> the image with artefacts, each drawn with its share of patches.

Signals are relative (fat in T1 near 1). All act in the plane of the slices and before slices are made, which they
commute with; noise comes after. Shares and strengths are proposals [P].
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import fft, ndimage

from spineseg.domain.volume import FloatArray
from spineseg.phantom.acquisition import Scene
from spineseg.phantom.tissues import Tissue

Step = Callable[[FloatArray, Scene, np.random.Generator], FloatArray]


def add_artefacts(image: FloatArray, scene: Scene, rng: np.random.Generator) -> FloatArray:
    """Every artefact with its share, in the order in which they arise; the input is kept."""
    for (share, step), stream in zip(STEPS, rng.spawn(len(STEPS)), strict=True):
        if stream.random() < share:
            image = step(image, scene, stream)
    return image


def metal_void(image: FloatArray, scene: Scene, rng: np.random.Generator) -> FloatArray:
    """Signal lost around implants and piled up beside the void, along the frequency axis."""
    reach, pile = rng.uniform(2.0, 7.0) / scene.spacing_mm, rng.uniform(0.0, 1.5)
    side = float(rng.choice([-1.0, 1.0]))
    metal = scene.tissues == Tissue.IMPLANT
    if not metal.any():
        return image
    near = ndimage.gaussian_filter(metal.astype(np.float32), reach, mode="nearest", truncate=2.5)
    near /= max(float(near.max()), 1e-6)
    # About `reach` beyond the metal the field drops below what refocusing can mend.
    lost = np.clip(near / 0.25, 0, 1) ** 2
    step = [side * reach * (axis == scene.frequency_axis) for axis in range(3)]
    piled = ndimage.shift(image * lost, step, order=1, mode="nearest", prefilter=False)
    void: FloatArray = image * (1 - lost) + np.float32(pile) * piled * (1 - lost)
    return void


def saturation_band(image: FloatArray, scene: Scene, rng: np.random.Generator) -> FloatArray:
    """A band in front of the spine without signal, put there against the motion of the throat and belly."""
    sizes = scene.shape
    tilt = np.tan(np.deg2rad(rng.normal(0, 10)))
    edge = rng.uniform(0.05, 0.4) * sizes[1] + tilt * (np.arange(sizes[2]) - sizes[2] / 2)
    rise = np.clip((np.arange(sizes[1])[:, None] - edge[None, :]) / rng.uniform(1, 4) + 0.5, 0, 1)
    gain = rng.uniform(0.05, 0.5) * (1 - rise) + rise
    banded: FloatArray = image * gain[None].astype(np.float32)
    return banded


def ghosts(image: FloatArray, scene: Scene, rng: np.random.Generator) -> FloatArray:
    """Faint copies along the phase axis: of flowing blood and CSF, or of all that breathing moves."""
    strength, flow = rng.uniform(0.02, 0.14), rng.random() < 0.6
    distance = int(rng.integers(6, 30))
    moving = image
    if flow:
        source = np.isin(np.arange(256), (Tissue.CSF, Tissue.VESSEL, Tissue.FLOW_VOID, Tissue.CAUDA))
        moving = image * source[scene.tissues]
        strength *= 2.5
    copies = np.roll(moving, distance, axis=scene.scan.phase_axis) + np.roll(
        moving, -distance, axis=scene.scan.phase_axis
    )
    # The phase of a ghost may add to or take from what is there.
    sign = 1.0 if rng.random() < 0.7 else -1.0
    return np.abs(image + np.float32(sign * strength) * copies)


def ringing(image: FloatArray, scene: Scene, rng: np.random.Generator) -> FloatArray:
    """Truncated k-space: ripples beside sharp edges (Gibbs) along the phase axis, and less resolution there."""
    kept = rng.uniform(0.45, 0.85)
    axis, length = scene.scan.phase_axis, image.shape[scene.scan.phase_axis]
    spectrum = fft.rfft(image, axis=axis)
    cut = [slice(None)] * 3
    cut[axis] = slice(max(4, round(kept * spectrum.shape[axis])), None)
    spectrum[tuple(cut)] = 0
    return np.asarray(fft.irfft(spectrum, n=length, axis=axis), dtype=np.float32)


def fold_over(image: FloatArray, scene: Scene, rng: np.random.Generator) -> FloatArray:
    """What lies beyond one border of the field of view appears at the other, weakened by the coil."""
    length = image.shape[scene.scan.phase_axis]
    width = int(rng.integers(max(2, length // 12), max(3, length // 4)))
    near, far = [slice(None)] * 3, [slice(None)] * 3
    near[scene.scan.phase_axis], far[scene.scan.phase_axis] = slice(0, width), slice(length - width, length)
    if rng.random() < 0.5:
        near, far = far, near
    folded = image.copy()
    folded[tuple(near)] += np.float32(rng.uniform(0.15, 0.7)) * image[tuple(far)]
    return folded


def interleaving(image: FloatArray, scene: Scene, rng: np.random.Generator) -> FloatArray:
    """Brightness that jumps from slice to slice: cross-talk and interleaved packages."""
    count = image.shape[scene.scan.slice_axis]
    slice_voxels = rng.uniform(1.5, 4.0)
    gains = 1 + rng.uniform(0.02, 0.12) * rng.standard_normal(count + 1)
    shape = [1, 1, 1]
    shape[scene.scan.slice_axis] = count
    index = (np.arange(count) / slice_voxels).astype(np.intp)
    striped: FloatArray = image * gains[index].clip(0.6, 1.4).astype(np.float32).reshape(shape)
    return striped


def spikes(image: FloatArray, scene: Scene, rng: np.random.Generator) -> FloatArray:
    """Single voxels far too bright, as inflowing vessels and interpolation of outliers leave them."""
    count = int(rng.integers(3, 60))
    spiked = image.copy()
    index = rng.integers(0, scene.tissues.size, count)
    spiked.reshape(-1)[index] += rng.uniform(0.5, 2.5, count).astype(np.float32)
    return spiked


# Share of MR patches with each; metal acts only where there is metal.
STEPS: tuple[tuple[float, Step], ...] = (
    (1.0, metal_void),
    (0.10, saturation_band),
    (0.20, ghosts),
    (0.25, ringing),
    (0.08, fold_over),
    (0.15, interleaving),
    (0.04, spikes),
)
