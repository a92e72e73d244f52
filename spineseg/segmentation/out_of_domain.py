"""Volume + what the network found in it -> reasons to doubt it: an unsure network, too little signal, metal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.domain.quality import QualityCode
from spineseg.domain.volume import ImageGrid, Modality, Volume, voxel_volume_mm3
from spineseg.segmentation.anatomy_stage import FoundAnatomy
from spineseg.segmentation.cleanup import column_of
from spineseg.segmentation.transforms import index_window

# Mean probability of the chosen class over the spine below which nothing is used. Measured: docs/model.md.
LEAST_CERTAINTY = 0.55
# Contrast inside and around the spine against noise: half of the worst legible image that we saw. [P]
LEAST_CONTRAST_TO_NOISE = 4.0
# Above any bone: compact bone has up to some 1900 HU, cement 1000-2500 HU, titanium and steel above 3000 HU. [P]
METAL_HU = 2600.0
# A pedicle screw has 1 mL and more; less is a clip or a tooth. [P]
LEAST_METAL_MM3 = 300.0


def doubts(volume: Volume, found: FoundAnatomy) -> tuple[QualityCode, ...]:
    """What speaks against the result; `LOW_CONFIDENCE` means that it should not be used at all.

    Parameters
    ----------
    found
        With a spine in it: its grid is not None.
    """
    if found.grid is None:
        return ()
    codes = []
    if certainty(found) < LEAST_CERTAINTY:
        codes.append(QualityCode.LOW_CONFIDENCE)
    around = _around(volume, found)
    if contrast_to_noise(around) < LEAST_CONTRAST_TO_NOISE:
        codes.append(QualityCode.LOW_SIGNAL)
    if volume.modality is Modality.CT and _metal_mm3(around, volume.image) >= LEAST_METAL_MM3:
        codes.append(QualityCode.ARTEFACT)
    return tuple(codes)


def certainty(found: FoundAnatomy) -> float:
    """Mean probability of the chosen class over the spine, in [0, 1]."""
    return float(found.certainty[column_of(found.classes)].mean()) / 255.0


def contrast_to_noise(image: NDArray[np.floating]) -> float:
    """Spread of the image (5th to 95th percentile) against the noise of its slices.

    Parameters
    ----------
    image : (slice, row, column)

    References
    ----------
    Noise from the Laplacian of a slice: Immerkaer 1996, doi:10.1006/cviu.1996.0060.
    """
    values = image.astype(np.float32)
    low, high = np.percentile(values, (5, 95))
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], dtype=np.float32)[None]
    detail = ndimage.convolve(values, kernel, mode="nearest")
    # A median ignores edges; empty borders of the field of view hold no noise to speak of.
    inside = detail[values > values.min()]
    if inside.size == 0:
        return 0.0
    noise = 1.4826 * float(np.median(np.abs(inside))) / 6.0  # 1.4826: median of absolute values to a Gaussian's SD
    return float(high - low) / max(noise, 1e-6)


def _around(volume: Volume, found: FoundAnatomy) -> NDArray[np.floating]:
    """Part of the image that the working grid covers: the spine and a margin."""
    assert found.grid is not None  # asked by the only caller
    part: NDArray[np.floating] = volume.image.array[index_window(volume.image, found.grid)]
    return part


def _metal_mm3(image: NDArray[np.floating], grid: ImageGrid) -> float:
    return float(np.count_nonzero(image > METAL_HU)) * voxel_volume_mm3(grid)
