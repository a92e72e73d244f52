from __future__ import annotations

import numpy as np
import pytest

from spineseg.anatomy.centerline import find_centerline
from spineseg.anatomy.levels import anterior_points, find_parts, find_sacrum, in_order
from spineseg.domain.labels import SACRUM
from tests.grading.analytic import BODY_MM, Spec, segment


@pytest.fixture(scope="module")
def spine():
    """Parts and centreline of an analytic spine."""
    segmentation = segment(Spec())
    parts = find_parts(segmentation)
    return parts, find_centerline(segmentation.anatomy, anterior_points(parts))


def test_vertebrae_come_cranial_to_caudal(spine):
    """Bodies are ordered by their place along the canal."""
    ordered = in_order(*spine)
    assert [one.part.label for one in ordered] == [33, 34, 35, 36, 37]
    assert np.all(np.diff([one.position_mm for one in ordered]) > 0)


def test_the_extent_is_the_height_of_the_body(spine):
    """A body of 20 mm on slices of 3 mm extends over 18 mm of slice centres."""
    middle = in_order(*spine)[2]
    low, high = middle.extent_mm
    assert high - low == pytest.approx(BODY_MM - 2, abs=1.5)


def test_a_body_at_the_end_of_the_field_is_at_the_border(spine):
    """Only the first and the last vertebra are cut by the field of view."""
    assert [one.part.at_border for one in in_order(*spine)] == [True, False, False, False, True]


def test_a_spinous_process_alone_keeps_its_place(spine):
    """A vertebra without a body in view stands where its label says, not at the level of its processes."""
    parts, centerline = spine
    low_arch = next(part for part in parts if part.label == 35)
    ghost = type(low_arch)(label=32, points=low_arch.points, has_body=False, at_border=True, volume_mm3=900.0)
    assert [one.part.label for one in in_order((*parts, ghost), centerline)][:2] == [32, 33]


def test_no_sacrum_is_none(spine):
    """A thoracic stack has no sacrum."""
    assert find_sacrum(*spine, in_order(*spine)) is None
    assert all(part.label != SACRUM for part in spine[0])
