from __future__ import annotations

import numpy as np

from spineseg.domain.volume import make_grid
from spineseg.segmentation.classes import AnatomyClass
from spineseg.segmentation.cleanup import (
    cord_is_interrupted,
    is_spine,
    keep_column,
    large_components,
    largest_component,
    lesion_instances,
    settle_axis,
    settle_conus,
    settle_sacrum,
)
from tests.segmentation.spines import ToySpine


def test_blobs_beside_the_column_are_dropped() -> None:
    """Bone painted on the abdomen goes, the column stays as it is."""
    classes, _ = ToySpine().grids()
    wide = np.pad(classes, ((20, 20), (40, 0), (0, 0)))
    stray = wide.copy()
    stray[2:10, 2:10, 30:40] = AnatomyClass.VERTEBRAL_BODY

    np.testing.assert_array_equal(keep_column(stray, 1.5), wide)


def test_a_stray_piece_of_canal_is_dropped() -> None:
    """A bit of CSF behind the spinous processes is no second canal."""
    classes, _ = ToySpine().grids()
    stray = classes.copy()
    stray[26:30, 52:55, 60:64] = AnatomyClass.CSF  # 24 mm behind the canal, touching an arch

    cleaned = keep_column(stray, 1.5)

    assert np.all(cleaned[26:30, 52:55, 60:64] != AnatomyClass.CSF)
    assert np.count_nonzero(cleaned == AnatomyClass.CSF) == np.count_nonzero(classes == AnatomyClass.CSF)


def test_conus_divides_cord_from_cauda() -> None:
    """Cord below and cauda above the plane of best agreement are exchanged, nothing else changes."""
    classes = np.zeros((5, 5, 60), np.uint8)
    classes[2, 2, 20:] = AnatomyClass.SPINAL_CORD
    classes[2, 2, :20] = AnatomyClass.CAUDA_EQUINA
    noisy = classes.copy()
    noisy[2, 2, 5] = AnatomyClass.SPINAL_CORD
    noisy[2, 2, 40:43] = AnatomyClass.CAUDA_EQUINA

    np.testing.assert_array_equal(settle_conus(noisy), classes)


def test_cord_alone_stays_cord() -> None:
    """Without cauda equina in view there is no conus to find."""
    classes = np.full((3, 3, 9), AnatomyClass.SPINAL_CORD, np.uint8)

    np.testing.assert_array_equal(settle_conus(classes), classes)


def test_a_gap_in_the_cord_is_noticed() -> None:
    """Twelve millimetres of canal without cord between two stretches of cord is an interruption; three is not."""
    classes, _ = ToySpine().grids()
    small, large = classes.copy(), classes.copy()
    small[..., 60:62][small[..., 60:62] == AnatomyClass.SPINAL_CORD] = AnatomyClass.CSF
    large[..., 60:68][large[..., 60:68] == AnatomyClass.SPINAL_CORD] = AnatomyClass.CSF

    assert not cord_is_interrupted(classes, 1.5)
    assert not cord_is_interrupted(small, 1.5)
    assert cord_is_interrupted(large, 1.5)


def test_too_little_bone_is_no_spine() -> None:
    """A few voxels of body, or much canal without bone, is no spine."""
    classes, _ = ToySpine().grids()
    crumbs = np.zeros_like(classes)
    crumbs[:5, :5, :5] = AnatomyClass.VERTEBRAL_BODY
    canal = np.where(classes == AnatomyClass.CSF, classes, 0).astype(np.uint8)

    assert is_spine(classes, 1.5)
    assert not is_spine(crumbs, 1.5)
    assert not is_spine(canal, 1.5)


def test_largest_component_is_26_connected() -> None:
    """Voxels that meet at a corner belong together."""
    mask = np.zeros((6, 6, 6), bool)
    mask[0, 0, 0] = mask[1, 1, 1] = mask[5, 5, 5] = True

    assert largest_component(mask).sum() == 2


def test_lesions_are_numbered_from_the_head_on_any_grid() -> None:
    """Number 1 is the most cranial in patient space, whichever way the slices run, and small ones are left out."""
    mask = np.zeros((40, 10, 10), np.uint8)
    mask[5:9, 2:6, 2:6] = 1
    mask[20:24, 2:6, 2:6] = 1
    mask[35, 0, 0] = 1
    upward = np.array([[0, 0, 1.0, 0], [0, 1.0, 0, 0], [2.0, 0, 0, 0], [0, 0, 0, 1]])
    downward = upward * np.array([-1.0, 1, 1, 1])

    up, down = (lesion_instances(make_grid(mask, affine), least_mm3=100.0) for affine in (upward, downward))

    assert (up[6, 3, 3], up[21, 3, 3]) == (2, 1)
    assert (down[6, 3, 3], down[21, 3, 3]) == (1, 2)
    assert up[35, 0, 0] == 0
    assert up.max() == 2


def test_no_lesion_gives_zeros() -> None:
    """An empty mask stays empty."""
    empty = make_grid(np.zeros((4, 4, 4), np.uint8), np.eye(4))

    assert not lesion_instances(empty, least_mm3=1.0).any()


def test_a_sacrum_between_thoracic_bodies_is_a_body() -> None:
    """A piece called sacrum high up would rename every level; it becomes vertebral body, the true sacrum stays."""
    classes, _ = ToySpine().grids()
    lowest = int(np.flatnonzero(np.any(classes == AnatomyClass.VERTEBRAL_BODY, axis=(0, 1)))[0])
    true = classes.copy()
    true[28:40, 20:32, max(0, lowest - 10) : lowest] = AnatomyClass.SACRUM
    strange = true.copy()
    body = np.argwhere(classes == AnatomyClass.VERTEBRAL_BODY)
    high = tuple(body[body[:, 2].argmax()])
    strange[high] = AnatomyClass.SACRUM
    alone = classes.copy()
    alone[high] = AnatomyClass.SACRUM

    np.testing.assert_array_equal(settle_sacrum(strange, 1.5), true)
    np.testing.assert_array_equal(settle_sacrum(alone, 1.5), classes)


def test_c2_stays_only_at_the_upper_end() -> None:
    """A tall piece of C2 at the top stays; one with bodies above it, or a splinter, becomes body."""
    classes = np.zeros((20, 20, 100), np.uint8)
    classes[5:15, 5:15, 20:60] = AnatomyClass.VERTEBRAL_BODY
    top = classes.copy()
    top[5:15, 5:15, 62:88] = AnatomyClass.AXIS
    low = classes.copy()
    low[5:15, 5:15, 2:18] = AnatomyClass.AXIS
    splinter = classes.copy()
    splinter[5:9, 5:9, 62:66] = AnatomyClass.AXIS

    assert np.array_equal(settle_axis(top, 1.5), top)
    for wrong in (low, splinter):
        settled = settle_axis(wrong, 1.5)
        assert not np.any(settled == AnatomyClass.AXIS)
        assert np.array_equal(settled > 0, wrong > 0)


def test_ribs_are_no_part_of_the_column() -> None:
    """Ribs neither join stray bone to the column nor make a spine alone."""
    classes, _ = ToySpine().grids()
    wide = np.pad(classes, ((20, 20), (0, 0), (0, 0)))
    wide[2:24, 30:34, 40:44] = AnatomyClass.RIB
    wide[0:4, 30:40, 38:48] = AnatomyClass.VERTEBRAL_BODY

    cleaned = keep_column(wide, 1.5)

    assert not np.any(cleaned[0:4] == AnatomyClass.VERTEBRAL_BODY)
    assert not is_spine(np.full((60, 60, 60), AnatomyClass.RIB, np.uint8), 1.5)


def test_large_parts_are_kept_beside_the_largest() -> None:
    """Two pieces of a spine stay, a crumb goes."""
    mask = np.zeros((10, 10, 40), bool)
    mask[2:8, 2:8, 2:20] = mask[2:8, 2:8, 24:36] = True
    crumb = mask.copy()
    crumb[0, 0, 39] = True

    np.testing.assert_array_equal(large_components(crumb, 0.05), mask)
