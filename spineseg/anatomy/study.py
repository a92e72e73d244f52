"""Segmentations of a study -> SpineAnatomy of each series, named alike: all evidence of one frame counts for all."""

from __future__ import annotations

from collections.abc import Sequence

from spineseg.anatomy.describe import describe_seen, names_of, see_checked
from spineseg.anatomy.naming import LevelName
from spineseg.anatomy.seen import SeenSpine
from spineseg.anatomy.series_names import share_counts, without_contradictions
from spineseg.domain.anatomy import SpineAnatomy
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.domain.segmentation import Segmentation
from spineseg.errors import AnatomyError


def describe_study(segmentations: Sequence[Segmentation]) -> list[SpineAnatomy]:
    """Describe every series; those of one frame of reference share what they show of the names.

    Raises
    ------
    AnatomyError
        The masks of every series contradict a spine.
    """
    seen = [_see_or_none(segmentation) for segmentation in segmentations]
    good = [one for one in seen if one is not None]
    names = [names_of(one, counts, anchors) for one, (counts, anchors) in zip(good, share_counts(good), strict=True)]
    described = iter([_describe_or_none(*pair) for pair in zip(good, without_contradictions(good, names), strict=True)])
    anatomies = [None if one is None else next(described) for one in seen]
    if anatomies and all(one is None for one in anatomies):
        raise AnatomyError("the segmentation cannot be a spine", remedy="check that the study shows a spine")
    return [
        _failed(segmentation) if one is None else one
        for segmentation, one in zip(segmentations, anatomies, strict=True)
    ]


def _see_or_none(segmentation: Segmentation) -> SeenSpine | None:
    try:
        return see_checked(segmentation)
    except AnatomyError:
        return None


def _describe_or_none(seen: SeenSpine, names: Sequence[LevelName]) -> SpineAnatomy | None:
    try:
        return describe_seen(seen, names)
    except AnatomyError:
        return None


def _failed(segmentation: Segmentation) -> SpineAnatomy:
    note = QualityNote(code=QualityCode.SERIES_FAILED, series_instance_uid=segmentation.series_instance_uid)
    return SpineAnatomy(segmentation=segmentation, centerline=None, vertebrae=(), quality=(note,))
