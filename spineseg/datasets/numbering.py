"""Label map whose values are no names -> our values: vertebrae and discs numbered from the head."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.domain import labels
from spineseg.domain.dataset import NOT_KNOWN, Structure
from spineseg.domain.volume import LabelMap, make_grid, to_patient

# Specks of an annotation tool: they get no number and say nothing [P].
LEAST_VOXELS = 20

_FIRST = {
    Structure.VERTEBRA: labels.UNNAMED_OFFSET + 1,
    Structure.BODY: labels.UNNAMED_OFFSET + 1,
    Structure.DISC: labels.DISC_OFFSET + labels.UNNAMED_OFFSET + 1,
}
FIXED = {
    Structure.SACRUM: labels.SACRUM,
    Structure.CORD: labels.SPINAL_CORD,
    Structure.CANAL: labels.SPINAL_CANAL,
}
# What `number_parts` gives, as the `values` of a SourceCase.
_UNNAMED = range(labels.UNNAMED_OFFSET + 1, labels.UNNAMED_OFFSET + labels.MAX_UNNAMED + 1)
NUMBERED_VALUES: dict[int, int] = {
    value: value for value in (*_UNNAMED, *(labels.DISC_OFFSET + one for one in _UNNAMED), *FIXED.values(), NOT_KNOWN)
}


def number_parts(raw: LabelMap, meanings: Mapping[int, Structure]) -> LabelMap:
    """Our values for a map that names structures, not levels.

    Parameters
    ----------
    raw : (slice, row, column) integer
    meanings
        Value -> structure. Where several values are vertebrae (bodies, discs), each value is one of them; where one
        value is all of them, its connected parts are.

    Returns
    -------
    (slice, row, column) int32
        Values without a meaning become `-value`, so that they are reported as unknown.
    """
    values_of = raw.array.astype(np.int32)
    result = np.where(np.isin(values_of, [0, *meanings]), 0, -values_of)
    for structure in dict.fromkeys(meanings.values()):
        values = [value for value, meaning in meanings.items() if meaning is structure]
        if structure in FIXED:
            result[np.isin(values_of, values)] = FIXED[structure]
            continue
        parts = values_of * np.isin(values_of, values) if len(values) > 1 else _connected(values_of == values[0])
        _number(parts, raw, _FIRST[structure], result)
    return make_grid(result, raw.affine)


def _connected(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    parts: NDArray[np.int32] = ndimage.label(mask)[0].astype(np.int32)
    return parts


def _number(parts: NDArray[np.int32], grid: LabelMap, first: int, result: NDArray[np.int32]) -> None:
    """Write numbers from the head into `result`, which is the caller's own."""
    numbers, sizes = np.unique(parts[parts > 0], return_counts=True)
    result[np.isin(parts, numbers[sizes < LEAST_VOXELS])] = NOT_KNOWN
    whole = numbers[sizes >= LEAST_VOXELS]
    centres = np.array(ndimage.center_of_mass(parts > 0, parts, whole)).reshape(-1, 3)
    for rank, place in enumerate(np.argsort(-to_patient(grid, centres)[:, 2], kind="stable")):
        result[parts == whole[place]] = first + rank if rank < labels.MAX_UNNAMED else NOT_KNOWN
