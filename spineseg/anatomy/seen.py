"""Segmentation -> SeenSpine: the vertebrae of one series in order with every count of them, before they are named."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from spineseg.anatomy.anchors import CordEnd, gather_evidence
from spineseg.anatomy.centerline import find_centerline, project
from spineseg.anatomy.counts import Counts, count_levels
from spineseg.anatomy.level_profile import NAMES
from spineseg.anatomy.levels import PlacedPart, anterior_points, find_parts, find_sacrum, in_order
from spineseg.anatomy.naming import Anchor, Anchors, find_anchors
from spineseg.anatomy.ribs import find_rib_sides
from spineseg.domain.anatomy import Centerline
from spineseg.domain.labels import ANATOMY, CANAL_CONTENT, CAUDA_EQUINA, SPINAL_CORD, LabelKind
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import to_patient

_MAX_POINTS = 20_000  # voxels of cord or canal that are looked at
_BELOW_MM = 20.0  # so much canal must be in view below the cord's tip before it is the conus [P]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeenSpine:
    """What one series shows of the spine.

    Parameters
    ----------
    centerline
        None where no canal was found; then there are no vertebrae.
    ordered
        Vertebrae cranial to caudal.
    counts
        None without vertebrae, or where nothing can be counted.
    given
        Whether the masks came with names.
    """

    segmentation: Segmentation
    centerline: Centerline | None
    ordered: tuple[PlacedPart, ...] = ()
    sacrum: PlacedPart | None = None
    counts: Counts | None = None
    anchors: Anchors = field(default_factory=lambda: Anchors(agreed={}))
    given: bool = False


def see_spine(segmentation: Segmentation) -> SeenSpine:
    """The vertebrae of one series and every count of them."""
    parts = find_parts(segmentation)
    centerline = find_centerline(segmentation.anatomy, anterior_points(parts))
    if centerline is None:
        return SeenSpine(segmentation=segmentation, centerline=None)
    ordered = in_order(parts, centerline)
    sacrum = find_sacrum(parts, centerline, ordered)
    if any(ANATOMY[one.part.label].kind is LabelKind.VERTEBRA for one in ordered):
        return SeenSpine(
            segmentation=segmentation, centerline=centerline, ordered=ordered, sacrum=sacrum, counts=_given(ordered),
            anchors=Anchors(agreed={Anchor.NAMED: segmentation.outline_mm == 0}), given=True,
        )  # fmt: skip
    if not ordered:
        return SeenSpine(segmentation=segmentation, centerline=centerline, sacrum=sacrum)
    evidence = gather_evidence(
        ordered,
        sacrum,
        axis_label=segmentation.axis_label,
        ribs=find_rib_sides(segmentation, centerline, ordered),
        cord=_cord_end(segmentation, centerline),
        drawn_by_network=segmentation.outline_mm > 0,
    )
    counts = count_levels(evidence)
    return SeenSpine(
        segmentation=segmentation, centerline=centerline, ordered=ordered, sacrum=sacrum, counts=counts,
        anchors=Anchors(agreed={}) if counts is None else find_anchors(evidence, counts),
    )  # fmt: skip


def _given(ordered: tuple[PlacedPart, ...]) -> Counts:
    """One count: the names that came with the masks."""
    names = [ANATOMY[one.part.label].name for one in ordered]
    known = np.array([[name in NAMES for name in names]])
    codes = np.array([[NAMES.index(name) if name in NAMES else 0 for name in names]], dtype=np.intp)
    one = np.ones(1, dtype=bool)
    return Counts(codes=codes, clear=known, log_weight=np.zeros(1), usual=one, sacrum_fits=one)


def _cord_end(segmentation: Segmentation, centerline: Centerline) -> CordEnd:
    grid = segmentation.anatomy
    cord, cauda = (np.argwhere(grid.array == value) for value in (SPINAL_CORD, CAUDA_EQUINA))
    if not len(cord):
        return CordEnd(cauda_seen=len(cauda) > 0)
    canal = np.argwhere(np.isin(grid.array, CANAL_CONTENT))
    low_end, canal_end = (
        float(
            np.percentile(
                project(centerline, to_patient(grid, part[:: 1 + len(part) // _MAX_POINTS])).position_mm, 99.5
            )
        )
        for part in (cord, canal)
    )
    ends = canal_end - low_end > _BELOW_MM
    return CordEnd(conus_mm=low_end if ends else None, cord_seen=True, cauda_seen=len(cauda) > 0)
