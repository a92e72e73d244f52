"""Label values of a file + table -> values of ours, and the values that the table does not know."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

# Larger tables are not worth their memory; no program numbers so many structures.
_LARGEST = 1 << 16


def translate(
    raw: NDArray[np.integer], table: Mapping[int, int], *, other: int
) -> tuple[NDArray[np.uint8], tuple[int, ...]]:
    """Values of a table; 0 stays 0.

    Parameters
    ----------
    other
        What values become that the table does not know.

    Returns
    -------
    labels : uint8
    unknown
        Values that occur and are not in the table, in rising order.
    """
    known = {0: 0, **table}
    if raw.size and raw.min() >= 0 and raw.max() < _LARGEST:
        # Sorting a whole CT for its values would take seconds and gigabytes.
        present = np.flatnonzero(np.bincount(raw.ravel()))
        lookup = np.full(int(raw.max()) + 1, other, dtype=np.uint8)
        index: NDArray[np.integer] = raw
        places = present
    else:
        present, index = np.unique(raw, return_inverse=True)
        lookup = np.full(len(present), other, dtype=np.uint8)
        places = np.arange(len(present))
    for place, value in zip(places.tolist(), present.tolist(), strict=True):
        lookup[place] = known.get(value, other)
    unknown = tuple(value for value in present.tolist() if value not in known)
    translated: NDArray[np.uint8] = lookup[index].reshape(raw.shape)
    return translated, unknown
