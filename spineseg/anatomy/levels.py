"""Segmentation -> parts: vertebral bodies and discs with place and size, put in order along the canal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.anatomy.centerline import project
from spineseg.domain.anatomy import Centerline
from spineseg.domain.labels import ANATOMY, SACRUM, VERTEBRA_VALUES, VERTEBRAL_BODY, LabelKind, is_vertebra
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import to_patient, voxel_volume_mm3

_MAX_POINTS = 3000  # voxels of one part that are looked at; enough for a centroid to 0.1 mm
_LEAST_BODY_MM3 = 150.0  # a tenth of the smallest body (C3, about 1.5 cm³); less is a splinter [P]
_DISCS = (LabelKind.DISC, LabelKind.UNNAMED_DISC)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """Voxels of one label: a vertebral body, the rest of a vertebra without body, a disc or the sacrum.

    Parameters
    ----------
    points : (N, 3) [mm, LPS]
        Voxel centres, thinned out.
    at_border
        Whether it reaches the edge of the field of view.
    volume_mm3
        Of the voxels of the label, or of the body where it has one.
    """

    label: int
    points: NDArray[np.float64]
    has_body: bool
    at_border: bool
    volume_mm3: float

    @property
    def centroid(self) -> NDArray[np.float64]:
        """Mean of the points: (3,) [mm, LPS]."""
        return np.asarray(self.points.mean(axis=0))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlacedPart:
    """A part in the frame of the canal.

    Parameters
    ----------
    position_mm
        Of its centroid along the centreline.
    extent_mm
        Cranial and caudal end (2nd and 98th percentile).
    along_mm, left_mm : (N,) [mm]
        Of its points.
    """

    part: Part
    position_mm: float
    extent_mm: tuple[float, float]
    along_mm: NDArray[np.float64]
    left_mm: NDArray[np.float64]


def find_parts(segmentation: Segmentation) -> tuple[Part, ...]:
    """Every vertebra (its body where it has one), disc and sacrum of the masks."""
    grid = segmentation.anatomy
    parts = []
    for label, box in enumerate(ndimage.find_objects(grid.array), start=1):
        if box is None or label not in ANATOMY or not _is_part(label):
            continue
        mask = grid.array[box] == label
        has_body = False
        if is_vertebra(label):
            body = mask & (segmentation.subregions.array[box] == VERTEBRAL_BODY)
            has_body = body.sum() * voxel_volume_mm3(grid) >= _LEAST_BODY_MM3
            mask = body if has_body else mask
        indices = np.argwhere(mask) + [side.start for side in box]
        upper = np.asarray(grid.spatial_shape) - 1
        parts.append(
            Part(
                label=label,
                points=to_patient(grid, indices[:: max(1, len(indices) // _MAX_POINTS)]),
                has_body=has_body,
                at_border=bool(np.any(indices == 0) or np.any(indices == upper)),
                volume_mm3=len(indices) * voxel_volume_mm3(grid),
            )
        )
    return tuple(parts)


def anterior_points(parts: tuple[Part, ...]) -> NDArray[np.float64]:
    """Centroids of what lies in front of the canal: (M, 3) [mm, LPS]."""
    centroids = [part.centroid for part in parts if part.has_body or ANATOMY[part.label].kind in _DISCS]
    return np.asarray(centroids, dtype=np.float64).reshape(-1, 3)


def place(part: Part, centerline: Centerline) -> PlacedPart:
    """A part in the frame of the canal."""
    seen = project(centerline, part.points)
    low, high = np.percentile(seen.position_mm, [2, 98])
    return PlacedPart(
        part=part,
        position_mm=float(project(centerline, part.centroid[None]).position_mm[0]),
        extent_mm=(float(low), float(high)),
        along_mm=seen.position_mm,
        left_mm=seen.left_mm,
    )


def in_order(parts: tuple[Part, ...], centerline: Centerline) -> tuple[PlacedPart, ...]:
    """Vertebrae cranial to caudal, without the sacrum.

    Bodies are ordered by place. A vertebra of which only the posterior part is in view has no place of its own (a
    thoracic spinous process lies a level below its body), so its label decides where it stands.
    """
    vertebrae = [part for part in parts if is_vertebra(part.label)]
    placed = [place(part, centerline) for part in vertebrae]
    ordered = sorted((one for one in placed if one.part.has_body), key=lambda one: one.position_mm)
    for one in (one for one in placed if not one.part.has_body):
        rank = _label_rank(one.part.label)
        before = sum(_label_rank(other.part.label) < rank for other in ordered)
        ordered.insert(before, one)
    return tuple(ordered)


def find_sacrum(parts: tuple[Part, ...], centerline: Centerline, ordered: tuple[PlacedPart, ...]) -> PlacedPart | None:
    """The sacrum in the frame of the canal; None where it is not in view.

    A piece that lies beside or above the lowest vertebra is none, whatever its label says: counting from it would
    misname every level.
    """
    placed = next((place(part, centerline) for part in parts if part.label == SACRUM), None)
    if placed is None or (ordered and placed.position_mm <= ordered[-1].position_mm):
        return None
    return placed


def _is_part(label: int) -> bool:
    return is_vertebra(label) or label == SACRUM or ANATOMY[label].kind in _DISCS


def _label_rank(label: int) -> float:
    """Cranio-caudal rank that a label claims; T13 stands between T12 and L1."""
    return VERTEBRA_VALUES["T12"] + 0.5 if label == VERTEBRA_VALUES["T13"] else float(label)
