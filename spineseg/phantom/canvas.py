"""Points of a grid -> Canvas: the voxels that the parts of a phantom are painted on, one after the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.volume import FloatArray
from spineseg.phantom.curve import CurvilinearPoints
from spineseg.phantom.spine import Spine
from spineseg.phantom.tissues import Tissue

Bytes = NDArray[np.uint8]
Chosen = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Canvas:
    """Voxels of a grid as flat arrays; its masks are the only arrays of this package that are painted in place.

    Parameters
    ----------
    points : (N,)
        Voxel centres in the frame of the canal.
    rough, blob : (N,)
        Smooth random fields of unit variance, correlated over about 6 and 16 mm.
    tissue, anatomy, subregions, lesions : (N,) uint8
        What was painted: `Tissue`, then values as in `domain.segmentation.Segmentation`.
    """

    spine: Spine
    points: CurvilinearPoints
    rough: FloatArray
    blob: FloatArray
    tissue: Bytes
    anatomy: Bytes
    subregions: Bytes
    lesions: Bytes

    def box(self, *, u_mm: float, v_mm: tuple[float, float], s_mm: tuple[float, float]) -> Chosen:
        """Indices of the voxels within |u| <= `u_mm` and the given ranges of v and s."""
        points = self.points
        inside = np.abs(points.u) <= np.float32(u_mm)
        inside &= (points.v > np.float32(v_mm[0])) & (points.v < np.float32(v_mm[1]))
        inside &= (points.s > np.float32(s_mm[0])) & (points.s < np.float32(s_mm[1]))
        return np.flatnonzero(inside)


def paint(target: Bytes, chosen: Chosen, mask: NDArray[np.bool_], value: int | Tissue | Bytes) -> None:
    """Set the voxels of `chosen` where `mask` holds, to one value or to one each."""
    hit = chosen[mask]
    target[hit] = value[mask] if isinstance(value, np.ndarray) else int(value)


def ellipse(x: FloatArray, y: FloatArray, a: FloatArray | float, b: FloatArray | float) -> FloatArray:
    """Gauge of an ellipse: below 1 inside, 1 on it."""
    gauge: FloatArray = np.sqrt((x / a) ** 2 + (y / b) ** 2, dtype=np.float32)
    return gauge
