"""Segmentations of a study -> SpineAnatomy of each series; one without an anchor takes its names from the others."""

from __future__ import annotations

from collections.abc import Sequence

from spineseg.anatomy.describe import describe_spine
from spineseg.domain.anatomy import SpineAnatomy
from spineseg.domain.basis import NamingBasis
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.domain.segmentation import Segmentation
from spineseg.errors import AnatomyError


def describe_study(segmentations: Sequence[Segmentation]) -> list[SpineAnatomy]:
    """Describe every series; one without an anchor takes its names from the others in its frame of reference.

    Raises
    ------
    AnatomyError
        The masks of every series contradict a spine.
    """
    alone = [_describe_or_note(segmentation) for segmentation in segmentations]
    if alone and all(_failed(anatomy) for anatomy in alone):
        raise AnatomyError("the segmentation cannot be a spine", remedy="check that the study shows a spine")
    named = [anatomy for anatomy in alone if _has_names(anatomy)]
    return [
        anatomy if _has_names(anatomy) or not named or _failed(anatomy) else describe_spine(segmentation, others=named)
        for segmentation, anatomy in zip(segmentations, alone, strict=True)
    ]


def _describe_or_note(segmentation: Segmentation) -> SpineAnatomy:
    try:
        return describe_spine(segmentation)
    except AnatomyError:
        note = QualityNote(code=QualityCode.SERIES_FAILED, series_instance_uid=segmentation.series_instance_uid)
        return SpineAnatomy(segmentation=segmentation, centerline=None, vertebrae=(), quality=(note,))


def _failed(anatomy: SpineAnatomy) -> bool:
    return any(note.code is QualityCode.SERIES_FAILED for note in anatomy.quality)


def _has_names(anatomy: SpineAnatomy) -> bool:
    return any(vertebra.basis is not NamingBasis.NO_ANCHOR for vertebra in anatomy.vertebrae)
