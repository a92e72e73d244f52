"""Rib mask + placed vertebrae -> which side of each carries a rib: True, False, or None where it is out of view."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spineseg.anatomy.anchors import RibSides
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


def find_rib_sides(
    segmentation: Segmentation, centerline: Centerline, ordered: Sequence[PlacedPart]
) -> tuple[RibSides, ...]:
    """Whether each vertebra carries a rib on its left and on its right side.

    Parameters
    ----------
    ordered
        Vertebrae cranial to caudal.

    Returns
    -------
    tuple
        True: a rib. False: the side is in view and there is none. None: not known, as for every vertebra where the
        segmenter knows no ribs at all.
    """
    indices = np.argwhere(segmentation.subregions.array == RIB)
    if len(indices) == 0:
        return ((None, None),) * len(ordered)
    step = max(1, len(indices) // _MAX_POINTS)
    seen = project(centerline, to_patient(segmentation.subregions, indices[::step]))
    point_mm3 = step * voxel_volume_mm3(segmentation.subregions)
    answers: list[RibSides] = []
    for number, one in enumerate(ordered):
        if not one.part.has_body:
            answers.append((None, None))
            continue
        points = _rib_points(one, seen)
        # A body that the view cuts may have its ribs, which stand at its upper end plate, out of view.
        cut = one.part.at_border and number in (0, len(ordered) - 1)
        in_view = (False, False) if cut else _sides_in_view(one, segmentation, centerline)
        left, right = (
            True if count * point_mm3 >= _LEAST_RIB_MM3 else False if visible else None
            for count, visible in zip(points, in_view, strict=True)
        )
        answers.append((left, right))
    return tuple(answers)


def _rib_points(one: PlacedPart, ribs: Projection) -> tuple[int, int]:
    """Points of rib beside the upper half of a body: left, right."""
    low, high = one.extent_mm
    at_height = (ribs.position_mm > low - _ABOVE_MM) & (ribs.position_mm < low + _BELOW_SHARE * (high - low))
    right, left = np.percentile(one.left_mm, (2, 98))
    # A quarter of the body's width inwards: the head may overlap the border's percentile.
    inwards = 0.25 * (left - right)
    first, second = (
        int(np.count_nonzero(at_height & (side > -inwards) & (side < _NECK_MM)))
        for side in (ribs.left_mm - left, right - ribs.left_mm)
    )
    return first, second


def _sides_in_view(one: PlacedPart, segmentation: Segmentation, centerline: Centerline) -> tuple[bool, bool]:
    """Whether the left and the right side of a body are in view."""
    right, left = np.percentile(one.left_mm, (2, 98))
    node = int(np.clip(round(one.extent_mm[0] / centerline.step_mm), 0, len(centerline.points) - 1))
    upper = np.asarray(segmentation.anatomy.spatial_shape) - 0.5

    def visible(lateral_mm: list[float]) -> bool:
        points = centerline.points[node] + np.array(lateral_mm)[:, None] * centerline.left[node]
        index = to_index(segmentation.anatomy, points)
        return bool(np.all((index > -0.5) & (index < upper)))

    return visible([left + margin for margin in _VIEW_MM]), visible([right - margin for margin in _VIEW_MM])
