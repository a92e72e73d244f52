from __future__ import annotations

import numpy as np

from spineseg.segmentation.background_cleanup import one_column, plausible_heights, with_cord, with_whole_bodies
from spineseg.segmentation.classes import AnatomyClass
from tests.segmentation.backdrops import toy_classes


def test_a_canal_wider_than_any_adults_is_not_trusted() -> None:
    """Slices whose canal measures more than 700 mm² are left out, and so are their short neighbours."""
    classes = toy_classes()
    whole = plausible_heights(classes)
    classes[10:54, 20:80, 40:45] = AnatomyClass.EPIDURAL_SPACE

    heights = plausible_heights(classes)

    assert {39, 40, 44} <= set(whole.tolist())
    assert not set(range(40, 45)) & set(heights.tolist())
    assert 30 in heights


def test_short_pieces_of_canal_are_not_trusted() -> None:
    """Less than 20 mm of canal holds no level."""
    classes = toy_classes()
    classes[..., 18:] = 0

    assert plausible_heights(classes).size == 0


def test_a_drawn_cord_replaces_the_networks() -> None:
    """Where a person drew the cord, that is the cord, with CSF around it and where the network saw more."""
    classes = toy_classes()
    cord = np.zeros(classes.shape, dtype=bool)
    cord[30:33, 53:56, 30:40] = True

    given = with_cord(classes, cord)

    np.testing.assert_array_equal(given[..., 30:40] == AnatomyClass.SPINAL_CORD, cord[..., 30:40])
    assert np.all(given[..., 30:40][(classes[..., 30:40] == AnatomyClass.SPINAL_CORD) & ~cord[..., 30:40]] == 5)
    np.testing.assert_array_equal(given[..., 45:], classes[..., 45:])


def test_crumbs_of_disc_in_a_body_become_body() -> None:
    """A piece of disc below 0.4 mL inside a body is the network's error; whole discs stay."""
    classes = toy_classes()
    body = np.argwhere(classes == AnatomyClass.VERTEBRAL_BODY)
    x, y, z = np.median(body, axis=0).astype(int)
    broken = classes.copy()
    broken[x : x + 4, y : y + 4, z : z + 4] = np.where(classes[x : x + 4, y : y + 4, z : z + 4] == 1, 3, 0)

    mended = with_whole_bodies(broken)

    np.testing.assert_array_equal(mended == AnatomyClass.DISC, classes == AnatomyClass.DISC)
    assert np.all(mended[x : x + 4, y : y + 4, z : z + 4] == AnatomyClass.VERTEBRAL_BODY)


def test_strays_beside_the_column_are_dropped() -> None:
    """A vessel taken for canal and muscle taken for bone vanish; the column itself stays as it is."""
    classes = toy_classes()
    strewn = classes.copy()
    strewn[2:6, 2:6, 20:40] = AnatomyClass.EPIDURAL_SPACE
    strewn[58:62, 80:86, 20:40] = AnatomyClass.POSTERIOR_ELEMENTS

    kept = one_column(strewn)

    assert not kept[2:6, 2:6].any()
    assert not kept[58:62, 80:86, 20:40].any()
    np.testing.assert_array_equal(kept[10:54, 10:78], classes[10:54, 10:78])
