"""Masks + Source -> Structure in pixels of one source frame, for annotations on the source's own images."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.segmentation import Segmentation
from spineseg.reporting.outlines import Structure, structures_in
from spineseg.reporting.planes import Plane
from spineseg.reporting.source import Source

# Outlines are found on pixels of about this size, so that a coarse frame keeps its small structures [P].
_FINE_MM = 0.5
_MOST_ROWS = 1536  # of the finer grid [P]


def frame_structures(
    segmentation: Segmentation,
    source: Source,
    frame: int,
    *,
    doubtful: Collection[str],
    lesion_ranks: Mapping[int, int],
) -> list[Structure]:
    """Everything that a frame cuts.

    Contours and anchors are (row, column) of the frame's pixels, 0 in the middle of the first one.

    Parameters
    ----------
    frame
        Index into the source's frames.
    """
    finer = _finer(source)
    plane = Plane(
        points=_points(source, frame, finer),
        pixel_mm=float(np.sqrt(np.prod(source.pixel_spacing_mm))) / finer,
        letters=("", "", "", ""),
        description="",
    )
    found = structures_in(plane, segmentation, doubtful, lesion_ranks)
    return [
        replace(
            one,
            anchor=((one.anchor[0] + 0.5) / finer - 0.5, (one.anchor[1] + 0.5) / finer - 0.5),
            contours=tuple((_thinned(contour, finer) + 0.5) / finer - 0.5 for contour in one.contours),
        )
        for one in found
    ]


def _thinned(contour: NDArray[np.float64], step: int) -> NDArray[np.float64]:
    """About one point a pixel of the frame, the last one kept so that the outline closes."""
    return np.concatenate([contour[:-1:step], contour[-1:]])


def _finer(source: Source) -> int:
    """How many times the frame's pixels are divided."""
    wanted = int(np.ceil(float(source.pixel_spacing_mm.max()) / _FINE_MM))
    return max(1, min(wanted, _MOST_ROWS // max(source.shape[1:])))


def _points(source: Source, frame: int, finer: int) -> NDArray[np.float64]:
    """Middles of the divided pixels: (row, column, 3) [mm, LPS]."""
    rows, columns = ((np.arange(size * finer) + 0.5) / finer - 0.5 for size in source.shape[1:])
    down = source.orientation[3:] * source.pixel_spacing_mm[0]
    along = source.orientation[:3] * source.pixel_spacing_mm[1]
    points: NDArray[np.float64] = (
        source.positions_mm[frame] + rows[:, None, None] * down + columns[None, :, None] * along
    )
    return points
