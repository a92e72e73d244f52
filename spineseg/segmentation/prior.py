"""Former OUT folder -> PriorMasks of each series: its anatomy and lesion SEGs, as far as they are there."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spineseg.domain.prior import PriorMasks
from spineseg.domain.volume import like
from spineseg.segmentation.segments import Segments, read_segments

ANATOMY_PATTERN = "anatomy*.seg.dcm"
LESION_PATTERN = "lesions*.seg.dcm"


def read_prior_masks(folder: Path) -> tuple[PriorMasks, ...]:
    """Masks of a former run, one a series.

    Raises
    ------
    UnreadableStudyError
        A file with a SEG's name is none.
    """
    anatomy, lesions = (_by_series(folder, pattern) for pattern in (ANATOMY_PATTERN, LESION_PATTERN))
    return tuple(_masks(uid, anatomy.get(uid), lesions.get(uid)) for uid in dict.fromkeys((*anatomy, *lesions)))


def _by_series(folder: Path, pattern: str) -> dict[str, Segments]:
    found = [read_segments(path) for path in sorted(folder.glob(pattern))]
    return {one.series_instance_uids[0]: one for one in found if one.series_instance_uids}


def _masks(uid: str, anatomy: Segments | None, lesions: Segments | None) -> PriorMasks:
    values = np.array([0, *(segment.anatomy for segment in anatomy.segments)], np.uint8) if anatomy else None
    uids = (
        {place: one.tracking_uid for place, one in enumerate(lesions.segments, start=1) if one.tracking_uid is not None}
        if lesions
        else {}
    )
    return PriorMasks(
        series_instance_uid=uid,
        lesions=lesions.numbers if lesions else None,
        anatomy=like(anatomy.numbers, values[anatomy.numbers.array]) if anatomy and values is not None else None,
        tracking_uids=uids,
    )
