"""Segmentations of a study -> the same, with lesions found on MR put on the CT that none were looked for in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from spineseg.domain.quality import QualityCode
from spineseg.domain.rigid import Rigid, move_grid
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import LabelMap, Modality, like
from spineseg.segmentation.placing import place_numbers

_MOST_LESIONS = 255  # lesion numbers are uint8


def carry_lesions(segmentations: Sequence[Segmentation], rigids: Mapping[str, Rigid]) -> tuple[Segmentation, ...]:
    """Lesions at their place in patient space on every CT whose own lesions were not assessed.

    Only the bone beneath them is asked for there: a CT carried lesion never grades the cord.

    Parameters
    ----------
    rigids
        From each series' patient space to a common one, by Series Instance UID; unrelated series have none.
    """
    sources = [one for one in segmentations if _assessed(one) and one.lesions.array.any()]
    return tuple(
        _with_lesions_of(sources, one, rigids) if one.modality is Modality.CT and not _assessed(one) else one
        for one in segmentations
    )


def _with_lesions_of(
    sources: Sequence[Segmentation], target: Segmentation, rigids: Mapping[str, Rigid]
) -> Segmentation:
    numbers = np.zeros(tuple(target.lesions.spatial_shape), dtype=np.uint8)
    for source in sources:
        moved = _moved(source, target, rigids)
        if moved is None:
            continue
        placed = place_numbers(moved, target.lesions).array
        free = (placed > 0) & (numbers == 0)
        numbers[free] = np.minimum(placed[free].astype(np.uint16) + numbers.max(), _MOST_LESIONS).astype(np.uint8)
    return replace(target, lesions=like(target.lesions, numbers)) if numbers.any() else target


def _moved(source: Segmentation, target: Segmentation, rigids: Mapping[str, Rigid]) -> LabelMap | None:
    frame = target.lesions.frame_of_reference_uid
    if frame is not None and frame == source.lesions.frame_of_reference_uid:
        return source.lesions
    first, second = (rigids.get(one.series_instance_uid) for one in (source, target))
    return None if first is None or second is None else move_grid(source.lesions, second.inverse().after(first), frame)


def _assessed(segmentation: Segmentation) -> bool:
    return all(note.code is not QualityCode.LESIONS_NOT_ASSESSED for note in segmentation.quality)
