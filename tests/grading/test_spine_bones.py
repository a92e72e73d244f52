from __future__ import annotations

from tests.grading.boxes import in_body, viewed, with_lesion


def test_the_vertebra_with_the_tumour_is_involved_and_its_neighbours_are_not():
    """A lesion in the body of T7 involves T7; T6 and T8 may serve as references."""
    _, bones = viewed(with_lesion(in_body))
    affected = {one.name for one in bones.anatomy.vertebrae if bones.is_affected(one)}
    assert [one.name for one in bones.involved(1)] == ["T7"]
    assert affected == {"T7"}


def test_a_few_voxels_do_not_involve_a_vertebra():
    """Some 60 cubic millimetres are the edge of an outline: no involved vertebra, yet no reference either."""
    _, bones = viewed(
        with_lesion(
            lambda left, behind, up, anatomy, _: (anatomy == 14) & (abs(left) < 4) & (abs(up) < 3) & (behind < -32)
        )
    )
    assert 30 < bones.tumour_mm3[14][1] < 100
    assert bones.involved(1) == ()
    assert [one.name for one in bones.anatomy.vertebrae if bones.is_affected(one)] == ["T7"]


def test_parts_and_shapes_are_computed_once():
    """The second question gets the very same answer."""
    _, bones = viewed(with_lesion(in_body))
    (vertebra,) = bones.involved(1)
    assert bones.parts(vertebra) is bones.parts(vertebra)
    assert bones.shape(vertebra) is bones.shape(vertebra)
