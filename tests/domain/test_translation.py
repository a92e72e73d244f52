from __future__ import annotations

import numpy as np
import pytest

from spineseg.domain.translation import translate


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64])
def test_values_are_translated_whatever_their_type(dtype: type) -> None:
    """Known values by the table, 0 as 0, the others as asked and listed."""
    labels, unknown = translate(np.array([[0, 5], [9, 5]], dtype=dtype), {5: 24}, other=255)

    assert labels.tolist() == [[0, 24], [255, 24]]
    assert labels.dtype == np.uint8
    assert unknown == (9,)


@pytest.mark.parametrize("odd", [-7, 1 << 40])
def test_negative_and_huge_values_are_unknown(odd: int) -> None:
    """No table is made for them, and no memory asked."""
    labels, unknown = translate(np.array([0, odd, 5]), {5: 24}, other=0)

    assert labels.tolist() == [0, 0, 24]
    assert unknown == (odd,)


def test_nothing_is_nothing() -> None:
    """An empty map has no values."""
    labels, unknown = translate(np.zeros((0, 3), np.uint8), {}, other=0)

    assert labels.shape == (0, 3)
    assert unknown == ()
