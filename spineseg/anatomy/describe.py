"""Segmentation -> SpineAnatomy: centreline, vertebrae in order with their names, masks renamed accordingly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from spineseg.anatomy.centerline import find_centerline, project
from spineseg.anatomy.levels import PlacedPart, anterior_points, find_parts, find_sacrum, in_order
from spineseg.anatomy.naming import LevelName, name_levels
from spineseg.anatomy.ribs import find_ribs
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
        Series described before; those of the same frame of reference lend their names where no anchor is in view.

    Raises
    ------
    AnatomyError
        The masks hold values that are no labels, or named vertebrae stand in reverse order.
    """
    _check_values(segmentation)
    parts = find_parts(segmentation)
    centerline = find_centerline(segmentation.anatomy, anterior_points(parts))
    if centerline is None:
        note = QualityNote(code=QualityCode.NO_SPINE_FOUND, series_instance_uid=segmentation.series_instance_uid)
        return SpineAnatomy(segmentation=segmentation, centerline=None, vertebrae=(), quality=(note,))
    ordered = in_order(parts, centerline)
    sacrum = find_sacrum(parts, centerline, ordered)
    names = name_levels(
        ordered,
        sacrum,
        [other for other in others if _same_frame(segmentation, other)],
        axis_label=segmentation.axis_label,
        ribs=find_ribs(segmentation, centerline, ordered),
    )
    if segmentation.outline_mm > 0:  # a network's anchors were nearly always wrong on phantoms (docs/model.md)
        names = tuple(replace(name, assumed=True) for name in names)
    vertebrae = [_vertebra(one, name, centerline) for one, name in zip(ordered, names, strict=True)]
    if sacrum is not None:
        basis = NamingBasis.GIVEN if any(name.basis is NamingBasis.GIVEN for name in names) else NamingBasis.SACRUM
        vertebrae.append(_vertebra(sacrum, LevelName(name="S1", assumed=False, basis=basis), centerline))
    _check_order(vertebrae)
    renaming = {one.part.label: level_value(name.name) for one, name in zip(ordered, names, strict=True)}
    return SpineAnatomy(
        segmentation=_renamed(segmentation, renaming),
        centerline=centerline,
        vertebrae=tuple(vertebrae),
        quality=tuple(
            QualityNote(code=code, series_instance_uid=segmentation.series_instance_uid)
            for code in _doubts(segmentation, vertebrae, centerline)
        ),
    )


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


def _same_frame(segmentation: Segmentation, other: SpineAnatomy) -> bool:
    own = segmentation.anatomy.frame_of_reference_uid
    return own is not None and own == other.segmentation.anatomy.frame_of_reference_uid


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
    if any(one.assumed for one in named):
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
