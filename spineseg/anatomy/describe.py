"""Segmentation -> SpineAnatomy: centreline, vertebrae in order with their names, masks renamed accordingly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from spineseg.anatomy.centerline import project
from spineseg.anatomy.counts import Counts
from spineseg.anatomy.levels import PlacedPart
from spineseg.anatomy.naming import Anchor, Anchors, LevelName, given_names, name_levels, unnamed
from spineseg.anatomy.seen import SeenSpine, see_spine
from spineseg.anatomy.series_names import same_frame, told_by_described
from spineseg.domain.anatomy import Centerline, SpineAnatomy, Vertebra
from spineseg.domain.basis import NamingBasis
from spineseg.domain.labels import (
    ANATOMY,
    BACKGROUND,
    DISC_OFFSET,
    LEVEL_ORDER,
    SACRUM,
    SPINAL_CANAL,
    SPINAL_CORD,
    LabelKind,
    level_value,
)
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import like, to_patient
from spineseg.errors import AnatomyError

_INTERRUPTED_MM = 10.0  # a cord mask with a hole longer than half a thoracic level is interrupted [P]
_CORD_POINTS = 20_000  # voxels of the cord that are looked at


def describe_spine(segmentation: Segmentation, *, others: Sequence[SpineAnatomy] = ()) -> SpineAnatomy:
    """The spine of one series: its canal and its vertebrae by name.

    Parameters
    ----------
    segmentation
        Masks of the series; vertebrae named (1-28) or unnamed (31-58).
    others
        Series described before; those of the same frame of reference tell their names.

    Raises
    ------
    AnatomyError
        The masks hold values that are no labels, or named vertebrae stand in reverse order.
    """
    seen = see_checked(segmentation)
    counts, anchors = told_by_described(seen, [one for one in others if same_frame(segmentation, one.segmentation)])
    return describe_seen(seen, names_of(seen, counts, anchors))


def see_checked(segmentation: Segmentation) -> SeenSpine:
    """What one series shows of the spine.

    Raises
    ------
    AnatomyError
        The masks hold values that are no labels.
    """
    _check_values(segmentation)
    return see_spine(segmentation)


def describe_seen(seen: SeenSpine, names: Sequence[LevelName]) -> SpineAnatomy:
    """The spine of one series, its masks renamed.

    Raises
    ------
    AnatomyError
        Named vertebrae stand in reverse order.
    """
    segmentation, centerline, ordered = seen.segmentation, seen.centerline, seen.ordered
    if centerline is None:
        note = QualityNote(code=QualityCode.NO_SPINE_FOUND, series_instance_uid=segmentation.series_instance_uid)
        return SpineAnatomy(segmentation=segmentation, centerline=None, vertebrae=(), quality=(note,))
    vertebrae = [_vertebra(one, name, centerline) for one, name in zip(ordered, names, strict=True)]
    if seen.sacrum is not None and Anchor.SACRUM not in seen.anchors.refused:
        basis = NamingBasis.GIVEN if seen.given else NamingBasis.SACRUM
        # A network's names are assumed: its anchors were nearly always wrong on phantoms (docs/model.md).
        first = LevelName(name="S1", assumed=segmentation.outline_mm > 0, basis=basis)
        vertebrae.append(_vertebra(seen.sacrum, first, centerline))
    _check_order(vertebrae)
    renaming = {one.part.label: level_value(name.name) for one, name in zip(ordered, names, strict=True)}
    doubts = [QualityCode.ANCHOR_REFUSED] if seen.anchors.refused else []
    doubts += _doubts(segmentation, vertebrae, centerline)
    return SpineAnatomy(
        segmentation=_renamed(segmentation, renaming),
        centerline=centerline,
        vertebrae=tuple(vertebrae),
        quality=tuple(QualityNote(code=code, series_instance_uid=segmentation.series_instance_uid) for code in doubts),
    )


def names_of(seen: SeenSpine, counts: Counts | None, others: Anchors) -> tuple[LevelName, ...]:
    """Names of the vertebrae of one series.

    Parameters
    ----------
    counts
        Of the series, with what others tell of them.
    others
        Anchors of the other series.
    """
    if seen.given:
        return given_names([one.part.label for one in seen.ordered])
    if counts is None:
        return unnamed(len(seen.ordered), NamingBasis.AMBIGUOUS)
    names = name_levels(counts, seen.anchors, others)
    by_network = seen.segmentation.outline_mm > 0
    return tuple(replace(name, assumed=True) for name in names) if by_network else names


def _check_values(segmentation: Segmentation) -> None:
    present = np.flatnonzero(np.bincount(segmentation.anatomy.array.ravel(), minlength=256))
    unknown = [int(value) for value in present if value != BACKGROUND and value not in ANATOMY]
    if unknown:
        raise AnatomyError(
            f"mask values {unknown[:5]} are not in the label table",
            remedy="use the label values of `spineseg segment`",
        )


def _check_order(vertebrae: Sequence[Vertebra]) -> None:
    ranks = np.array([LEVEL_ORDER.index(one.name) for one in vertebrae if one.name in LEVEL_ORDER])
    if len(ranks) >= 3 and np.mean(np.diff(ranks) < 0) > 0.5:
        raise AnatomyError(
            "the named vertebrae stand in reverse order along the canal",
            remedy="check the orientation of the masks",
        )


def _vertebra(one: PlacedPart, name: LevelName, centerline: Centerline) -> Vertebra:
    x, y, z = (float(value) for value in one.part.centroid)
    end = (len(centerline.points) - 1) * centerline.step_mm
    return Vertebra(
        label=level_value(name.name),
        name=name.name,
        assumed=name.assumed,
        basis=name.basis,
        body_centroid=(x, y, z),
        position_mm=float(np.clip(one.position_mm, 0.0, end)),
        extent_mm=one.extent_mm,
        complete=not one.part.at_border and (one.part.has_body or name.name in ("C1", "S1")),
        candidates=name.candidates,
    )


def _renamed(segmentation: Segmentation, renaming: dict[int, int]) -> Segmentation:
    table = np.arange(256, dtype=np.uint8)
    for old, new in renaming.items():
        table[old] = new
        table[DISC_OFFSET + old] = DISC_OFFSET + new
    if np.array_equal(table, np.arange(256)):
        return segmentation
    return replace(segmentation, anatomy=like(segmentation.anatomy, table[segmentation.anatomy.array]))


def _doubts(segmentation: Segmentation, vertebrae: Sequence[Vertebra], centerline: Centerline) -> list[QualityCode]:
    doubts = []
    named = [one for one in vertebrae if ANATOMY[one.label].kind is LabelKind.VERTEBRA]
    ranks = [LEVEL_ORDER.index(one.name) for one in named]
    if any(ANATOMY[one.label].kind is LabelKind.UNNAMED_VERTEBRA for one in vertebrae):
        doubts.append(QualityCode.LEVELS_UNKNOWN)
    if any(one.assumed for one in vertebrae if ANATOMY[one.label].kind is not LabelKind.UNNAMED_VERTEBRA):
        doubts.append(QualityCode.LEVELS_ASSUMED)
    strange_sacrum = vertebrae and vertebrae[-1].label != SACRUM and bool(np.any(segmentation.anatomy.array == SACRUM))
    if not vertebrae or ranks != sorted(set(ranks)) or strange_sacrum:
        doubts.append(QualityCode.UNUSUAL_ANATOMY)
    cord = np.argwhere(segmentation.anatomy.array == SPINAL_CORD)
    if not len(cord):
        undivided = bool(np.any(segmentation.anatomy.array == SPINAL_CANAL))
        return [*doubts, QualityCode.CORD_NOT_SEPARABLE] if undivided else doubts
    thinned = to_patient(segmentation.anatomy, cord[:: max(1, len(cord) // _CORD_POINTS)])
    position = np.sort(project(centerline, thinned).position_mm)
    if np.max(np.diff(position), initial=0.0) > _INTERRUPTED_MM:
        doubts.append(QualityCode.CORD_INTERRUPTED)
    return doubts
