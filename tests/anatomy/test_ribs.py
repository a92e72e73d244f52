from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spineseg.anatomy.centerline import find_centerline
from spineseg.anatomy.levels import anterior_points, find_parts, in_order
from spineseg.anatomy.ribs import find_rib_sides
from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.labels import CSF, POSTERIOR_ELEMENTS, RIB, UNNAMED_OFFSET, VERTEBRAL_BODY
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import Modality, SeriesRole, make_grid

SPACING = 2.0


def spine(ribs, *, half_width=50):
    """Bodies 24 mm high every 30 mm, cranial first, with rib necks where `ribs` says (left, right)."""
    shape = (2 * half_width, 60, 15 * len(ribs) + 8)
    anatomy, parts = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    middle = half_width
    anatomy[middle - 5 : middle + 5, 36:44, 2:-2] = CSF
    for number, (left, right) in enumerate(ribs):
        top = shape[2] - 5 - 15 * number
        body = (slice(middle - 8, middle + 8), slice(20, 34), slice(top - 12, top))
        anatomy[body], parts[body] = UNNAMED_OFFSET + number + 1, VERTEBRAL_BODY
        arch = (slice(middle - 6, middle + 6), slice(45, 48), slice(top - 8, top - 2))
        anatomy[arch], parts[arch] = UNNAMED_OFFSET + number + 1, POSTERIOR_ELEMENTS
        for there, low in ((left, middle + 9), (right, middle - 19)):
            if there:
                parts[low : low + 10, 34:38, top - 3 : top + 2] = RIB
    affine = np.diag([SPACING, SPACING, SPACING, 1.0])
    grids = [make_grid(part, affine) for part in (anatomy, parts, np.zeros_like(anatomy))]
    return Segmentation(
        anatomy=grids[0], subregions=grids[1], lesions=grids[2], modality=Modality.MR, role=SeriesRole.AXIAL_T2,
        series_instance_uid="1.2", algorithm=AlgorithmIdentity(name="toy", version="0", segmenter="truth"),
    )  # fmt: skip


def ribs_of(segmentation):
    """What `find_rib_sides` says of the described masks."""
    parts = find_parts(segmentation)
    centerline = find_centerline(segmentation.anatomy, anterior_points(parts))
    return find_rib_sides(segmentation, centerline, in_order(parts, centerline))


def test_each_vertebra_owns_the_ribs_at_its_upper_end_plate():
    """Necks at the upper end plate belong to the vertebra below it, and each side has its own answer."""
    found = ribs_of(spine([(True, True), (True, False), (False, True), (False, False)]))
    assert found == ((True, True), (True, False), (False, True), (False, False))


def test_narrow_slabs_say_nothing_about_ribs():
    """Where the sides are out of view a vertebra without ribs is unknown, not rib-free."""
    found = ribs_of(spine([(True, True), (True, True), (False, False)], half_width=10))
    assert found[2] == (None, None)


def test_without_a_rib_class_nothing_is_known():
    """Masks that know no ribs say nothing, although both sides are in view."""
    plain = spine([(False, False)] * 3)
    assert ribs_of(plain) == ((None, None),) * 3


@pytest.mark.parametrize("axis", [0, 1])
def test_the_answer_does_not_depend_on_the_grid(axis):
    """The same masks on a reversed grid give the same ribs."""
    whole = spine([(True, True), (True, False), (False, False)])
    turned = []
    for grid in (whole.anatomy, whole.subregions, whole.lesions):
        affine = np.array(grid.affine, dtype=float)
        affine[:3, 3] += affine[:3, axis] * (grid.spatial_shape[axis] - 1)
        affine[:3, axis] *= -1
        turned.append(make_grid(np.flip(grid.array, axis), affine))
    reversed_grid = replace(whole, anatomy=turned[0], subregions=turned[1], lesions=turned[2])
    assert ribs_of(reversed_grid) == ribs_of(whole)
