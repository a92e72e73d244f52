"""Masks + Source -> Structure in pixels of the source's frames, for annotations on the source's own images."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import to_patient
from spineseg.reporting.filled import filled_box
from spineseg.reporting.outlines import Structure, structures_in
from spineseg.reporting.planes import Plane
from spineseg.reporting.source import Source

# Outlines are found on pixels of about this size, so that a coarse frame keeps its small structures [P].
_FINE_MM = 0.5
_MOST_ROWS = 1536  # of the finer grid [P]
_MARGIN_PIXELS = 2  # of the finer grid, around the box of the labels: more than what rounding moves [P]


def structures_on_frames(
    segmentation: Segmentation,
    source: Source,
    frames: Sequence[int],
    *,
    doubtful: Collection[str],
    lesion_ranks: Mapping[int, int],
) -> dict[int, list[Structure]]:
    """Everything that each frame cuts; frames that cut nothing are left out.

    Contours and anchors are (row, column) of the frame's pixels, 0 in the middle of the first one.

    Parameters
    ----------
    frames
        Indices into the source's frames.
    """
    finer = _finer(source)
    corners = _labelled_corners(segmentation)
    found = {}
    for frame in frames if len(corners) else ():
        corner, plane = _plane(source, frame, finer, corners)
        found[frame] = [
            _on_frame(one, corner, finer) for one in structures_in(plane, segmentation, doubtful, lesion_ranks)
        ]
    return {frame: structures for frame, structures in found.items() if structures}


def _labelled_corners(segmentation: Segmentation) -> NDArray[np.float64]:
    """Corners of the boxes around anatomy and lesions: (N, 3) [mm, LPS]; a plane through a mask cuts a box."""
    corners: list[NDArray[np.float64]] = []
    for labels in (segmentation.anatomy, segmentation.lesions):
        box = filled_box(labels.array)
        if box is not None:
            ends = [(one.start - 0.5, one.stop - 0.5) for one in box]
            corners.append(to_patient(labels, np.array(np.meshgrid(*ends)).reshape(3, -1).T))
    return np.concatenate(corners) if corners else np.empty((0, 3))


def _plane(source: Source, frame: int, finer: int, corners: NDArray[np.float64]) -> tuple[NDArray[np.float64], Plane]:
    """The part of a frame that labels may lie on, in finer pixels, and its first row and column."""
    steps = np.stack([source.orientation[3:], source.orientation[:3]]) * source.pixel_spacing_mm[:, None]
    seen = (corners - source.positions_mm[frame]) @ np.linalg.pinv(steps)  # rows, columns of the frame
    sizes = np.array(source.shape[1:]) * finer
    low = np.clip(np.floor((seen.min(axis=0) + 0.5) * finer) - _MARGIN_PIXELS, 0, sizes - 2).astype(np.intp)
    high = np.clip(np.ceil((seen.max(axis=0) + 0.5) * finer) + _MARGIN_PIXELS, low + 2, sizes).astype(np.intp)
    rows, columns = ((np.arange(*ends) + 0.5) / finer - 0.5 for ends in zip(low, high, strict=True))
    points = source.positions_mm[frame] + rows[:, None, None] * steps[0] + columns[None, :, None] * steps[1]
    pixel_mm = float(np.sqrt(np.prod(source.pixel_spacing_mm))) / finer
    return low, Plane(points=points, pixel_mm=pixel_mm, letters=("", "", "", ""), description="")


def _on_frame(one: Structure, corner: NDArray[np.float64], finer: int) -> Structure:
    """A structure in pixels of the frame."""
    row, column = (np.asarray(one.anchor) + corner + 0.5) / finer - 0.5
    contours = tuple((_thinned(contour, finer) + corner + 0.5) / finer - 0.5 for contour in one.contours)
    return replace(one, anchor=(float(row), float(column)), contours=contours)


def _thinned(contour: NDArray[np.float64], step: int) -> NDArray[np.float64]:
    """About one point a pixel of the frame, the last one kept so that the outline closes."""
    return np.concatenate([contour[:-1:step], contour[-1:]])


def _finer(source: Source) -> int:
    """How many times the frame's pixels are divided."""
    wanted = int(np.ceil(float(source.pixel_spacing_mm.max()) / _FINE_MM))
    return max(1, min(wanted, _MOST_ROWS // max(source.shape[1:])))
