from __future__ import annotations

import numpy as np

from spineseg.datasets.numbering import number_parts
from spineseg.domain.dataset import Structure
from spineseg.domain.volume import make_grid
from tests.datasets import miniatures

# (z, y, x) to patient space, the first index from the feet up or from the head down.
UPWARD = np.array([[0, 0, 4.0, 0], [0, 4.0, 0, 0], [4.0, 0, 0, 0], [0, 0, 0, 1]])
DOWNWARD = UPWARD * [[1], [1], [-1], [1]]


def test_parts_are_numbered_from_the_head_whatever_the_array_order() -> None:
    """The same patient stored upside down gets the same numbers at the same places."""
    labels = miniatures.column((1, 1, 1), discs=(2, 2)).astype(np.int64)
    meanings = {1: Structure.BODY, 2: Structure.DISC}

    up = number_parts(make_grid(labels, UPWARD), meanings)
    down = number_parts(make_grid(labels[::-1], DOWNWARD), meanings)

    np.testing.assert_array_equal(up.array, down.array[::-1])
    assert np.unique(up.array).tolist() == [0, 31, 32, 33, 131, 132]


def test_specks_say_nothing_and_strangers_are_reported() -> None:
    """A speck becomes "not known"; a value without a meaning comes out negative, so that it is reported."""
    labels = miniatures.column((1,)).astype(np.int64)
    labels[0, 0, 0] = 1
    labels[0, 39, 35] = 7

    numbered = number_parts(make_grid(labels, UPWARD), {1: Structure.VERTEBRA})

    assert numbered.array[0, 0, 0] == 255
    assert numbered.array[0, 39, 35] == -7


def test_canal_and_cord_keep_their_values() -> None:
    """Structures of which there is one get its value."""
    labels = miniatures.column((1,), canal=2).astype(np.int64)

    numbered = number_parts(make_grid(labels, UPWARD), {1: Structure.VERTEBRA, 2: Structure.CORD})

    assert set(np.unique(numbered.array)) == {0, 31, 60}
