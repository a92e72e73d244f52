from __future__ import annotations

import numpy as np

from spineseg.domain.dataset import NOT_KNOWN, Structure
from spineseg.segmentation.classes import AnatomyClass
from spineseg.segmentation.partial import EVERYTHING, allowed_classes, allowed_table, bits, from_classes

A = AnatomyClass


def test_what_is_not_labelled_stays_open() -> None:
    """A set of vertebrae says nothing of cord, discs and sacrum: its background may be any of them, but no bone."""
    background = allowed_table([Structure.VERTEBRA])[0]

    assert all(background & bits(member) for member in (A.SPINAL_CORD, A.DISC, A.SACRUM))
    assert background & bits(A.RIB), "no set labels ribs"
    assert not background & bits(A.VERTEBRAL_BODY, A.POSTERIOR_ELEMENTS, A.AXIS)


def test_a_vertebra_is_body_or_arch() -> None:
    """A whole vertebra may be either; C2's body is the axis; a map of bodies leaves arches to the background."""
    whole = allowed_table([Structure.VERTEBRA])
    bodies = allowed_table([Structure.BODY])

    assert whole[20] == bits(A.VERTEBRAL_BODY, A.POSTERIOR_ELEMENTS)
    assert whole[2] == bits(A.AXIS, A.POSTERIOR_ELEMENTS)
    assert bodies[31] == bits(A.VERTEBRAL_BODY, A.AXIS)
    assert bodies[0] & bits(A.POSTERIOR_ELEMENTS)


def test_a_canal_holds_anything_unless_the_cord_is_labelled() -> None:
    """An undivided canal may be cord; where cords are labelled, the rest of it is none."""
    assert allowed_table([Structure.CANAL])[64] & bits(A.SPINAL_CORD)
    assert not allowed_table([Structure.CANAL, Structure.CORD])[64] & bits(A.SPINAL_CORD)
    assert not allowed_table([Structure.CANAL])[0] & bits(A.SPINAL_CORD, A.CSF, A.EPIDURAL_SPACE, A.CAUDA_EQUINA)


def test_a_voxel_that_says_nothing_allows_everything() -> None:
    """The value for "not known", and any value that is none of ours, open every class."""
    table = allowed_table([Structure.VERTEBRA])

    assert table[NOT_KNOWN] == table[99] == EVERYTHING


def test_near_cut_vertebrae_nothing_is_background() -> None:
    """Where cut vertebrae are not labelled, background counts only 15 mm inside the labelled part."""
    anatomy = np.zeros((4, 4, 60), np.uint8)
    anatomy[1:3, 1:3, 15:45] = 20

    allowed = allowed_classes(anatomy, [Structure.VERTEBRA], complete_ends=False, spacing_mm=1.5)
    complete = allowed_classes(anatomy, [Structure.VERTEBRA], complete_ends=True, spacing_mm=1.5)

    open_heights = np.flatnonzero(allowed[0, 0] == EVERYTHING)
    assert set(open_heights) == {*range(25), *range(35, 60)}
    assert (complete[0, 0] != EVERYTHING).all()
    assert (allowed[1, 1, 15:45] == complete[1, 1, 15:45]).all(), "labels say what they say anywhere"


def test_complete_labels_are_sets_of_one() -> None:
    """Class 3 becomes bit 3."""
    assert from_classes(np.array([0, 3], np.uint8)).tolist() == [1, 8]
