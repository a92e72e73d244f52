"""Two masks of one grid -> surface Dice and 95th percentile of the surface distance, by MONAI."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from monai.metrics.hausdorff_distance import compute_hausdorff_distance
from monai.metrics.surface_dice import compute_surface_dice
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]

# Surfaces nearer than the networks' working spacing are told apart by chance [P].
TOLERANCE_MM = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceScore:
    """Agreement of two surfaces.

    Parameters
    ----------
    surface_dice
        Share of both surfaces within the tolerance of the other (Nikolov et al. 2021, doi:10.2196/26151).
    hd95_mm
        95th percentile of the distance, the larger direction; NaN where one mask is empty.
    """

    surface_dice: float
    hd95_mm: float


def tolerance_mm(spacing: NDArray[np.float64]) -> float:
    """Tolerance of the surface Dice [mm]: 1.5 mm, or the shortest side of a voxel where that is longer."""
    return max(TOLERANCE_MM, float(np.min(spacing)))


def surface_score(reference: BoolArray, found: BoolArray, spacing: NDArray[np.float64]) -> SurfaceScore:
    """Surface Dice and HD95.

    Parameters
    ----------
    reference, found : (slice, row, column)
    spacing : (3,) [mm]
    """
    if not reference.any() or not found.any():
        empty = not reference.any() and not found.any()
        return SurfaceScore(surface_dice=float("nan") if empty else 0.0, hd95_mm=float("nan"))
    # MONAI crops too, but only after several passes over the whole image: six times as long on a lumbar MR.
    window = _box(reference | found)
    truth, result = (torch.from_numpy(mask[window].astype(np.uint8))[None, None] for mask in (reference, found))
    sides = spacing.tolist()
    near = compute_surface_dice(result, truth, [tolerance_mm(spacing)], include_background=True, spacing=sides)
    far = compute_hausdorff_distance(result, truth, include_background=True, percentile=95, spacing=sides)
    return SurfaceScore(surface_dice=float(near.squeeze()), hd95_mm=float(far.squeeze()))


def _box(mask: BoolArray) -> tuple[slice, ...]:
    """Smallest block that holds a mask."""
    window = []
    for axis in range(mask.ndim):
        filled = np.flatnonzero(mask.any(axis=tuple(other for other in range(mask.ndim) if other != axis)))
        window.append(slice(int(filled[0]), int(filled[-1]) + 1))
    return tuple(window)
