"""Source + masks + pictures -> the frames of a series that a viewer should open: those of the pictures and lesions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spineseg.reporting.filled import filled_box
from spineseg.reporting.frames import labels_on_frames, nearest_frame
from spineseg.reporting.pictures import Picture, ReportInput
from spineseg.reporting.source import Source

MAX_FRAMES = 24  # of one series: a picture for each of eight lesions and as many slices of further ones [P]


def shown_frames(source: Source, one: ReportInput, pictures: Sequence[Picture]) -> tuple[int, ...]:
    """Indices of frames, ascending: next to the middle of each picture of the series, and through each lesion.

    A series without picture and lesion is shown at its middle.
    """
    chosen = [nearest_frame(source, picture.point_mm) for picture in pictures if picture.input is one]
    chosen += _lesion_frames(source, one)
    distinct = list(dict.fromkeys(chosen or [source.shape[0] // 2]))
    return tuple(sorted(distinct[:MAX_FRAMES]))


def _lesion_frames(source: Source, one: ReportInput) -> list[int]:
    """The frame that cuts most of each lesion, in the order of their numbers."""
    if filled_box(one.segmentation.lesions.array) is None:
        return []
    lesions = labels_on_frames(one.segmentation.lesions, source)
    box = filled_box(lesions)
    if box is None:
        return []
    counts = np.array([np.bincount(frame.reshape(-1), minlength=256) for frame in lesions[box]])
    first = box[0].start
    return [first + int(np.argmax(counts[:, number])) for number in range(1, 256) if counts[:, number].any()]
