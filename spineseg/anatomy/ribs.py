"""Rib mask + placed vertebrae -> which vertebra carries ribs: True, False, or None where the sides are out of view."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spineseg.anatomy.centerline import Projection, project
from spineseg.anatomy.levels import PlacedPart
from spineseg.domain.anatomy import Centerline
from spineseg.domain.labels import RIB
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import to_index, to_patient, voxel_volume_mm3

# Head and neck of a rib lie beside the body and its pedicle: up to some 25 mm lateral of the body's border. [P]
_NECK_MM = 22.0
# A head stands at the upper end plate of its vertebra (T2-T9 reach up over the disc), its neck above mid-body. [P]
_ABOVE_MM = 7.0
_BELOW_SHARE = 0.5
# A neck is some 7 x 12 mm thick: 20 mm of it have 1300 mm³ (ellipse); a sixth of that is seen for sure. [P]
_LEAST_RIB_MM3 = 200.0
# Where a side must be in view before "no rib" may be said [mm beyond the body's border]. [P]
_VIEW_MM = (3.0, 14.0)
_MAX_POINTS = 60_000


def find_ribs(
    segmentation: Segmentation, centerline: Centerline, ordered: Sequence[PlacedPart]
) -> tuple[bool | None, ...]:
    """Whether each vertebra carries ribs.

    Parameters
    ----------
    ordered
        Vertebrae cranial to caudal.

    Returns
    -------
    tuple
        True: a rib on at least one side. False: both sides in view and no rib. None: not known, as for every vertebra
        where the segmenter knows no ribs at all.
    """
    indices = np.argwhere(segmentation.subregions.array == RIB)
    if len(indices) == 0:
        return (None,) * len(ordered)
    step = max(1, len(indices) // _MAX_POINTS)
    seen = project(centerline, to_patient(segmentation.subregions, indices[::step]))
    point_mm3 = step * voxel_volume_mm3(segmentation.subregions)
    answers: list[bool | None] = []
    for one in ordered:
        if not one.part.has_body:
            answers.append(None)
        elif _rib_points(one, seen) * point_mm3 >= _LEAST_RIB_MM3:
            answers.append(True)
        else:
            answers.append(False if _sides_in_view(one, segmentation, centerline) else None)
    return tuple(answers)


def _rib_points(one: PlacedPart, ribs: Projection) -> int:
    """Points of rib beside the upper half of a body, on the side that shows more."""
    low, high = one.extent_mm
    at_height = (ribs.position_mm > low - _ABOVE_MM) & (ribs.position_mm < low + _BELOW_SHARE * (high - low))
    right, left = np.percentile(one.left_mm, (2, 98))
    # A quarter of the body's width inwards: the head may overlap the border's percentile.
    inwards = 0.25 * (left - right)
    beyond = (ribs.left_mm - left, right - ribs.left_mm)
    return max(int(np.count_nonzero(at_height & (side > -inwards) & (side < _NECK_MM))) for side in beyond)


def _sides_in_view(one: PlacedPart, segmentation: Segmentation, centerline: Centerline) -> bool:
    right, left = np.percentile(one.left_mm, (2, 98))
    lateral = np.array([side for margin in _VIEW_MM for side in (left + margin, right - margin)])
    node = int(np.clip(round(one.extent_mm[0] / centerline.step_mm), 0, len(centerline.points) - 1))
    points = centerline.points[node] + lateral[:, None] * centerline.left[node]
    index = to_index(segmentation.anatomy, points)
    upper = np.asarray(segmentation.anatomy.spatial_shape) - 0.5
    return bool(np.all((index > -0.5) & (index < upper)))
