"""Spacing of vertebrae + supposed names -> cost of that supposition: bodies with their discs grow from C3 to L4.

Names are codes here: indices into `NAMES`, cranial to caudal; `OCCIPUT` is whatever lies above C1.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

NAMES: Final = (
    *(f"C{k}" for k in range(1, 8)),
    *(f"T{k}" for k in range(1, 14)),
    *(f"L{k}" for k in range(1, 7)),
    *(f"S{k}" for k in range(1, 5)),
)
C1, C2, C7, T1, T11, T12, T13, L1, L5, L6, S1 = (
    NAMES.index(name) for name in ("C1", "C2", "C7", "T1", "T11", "T12", "T13", "L1", "L5", "L6", "S1")
)
OCCIPUT: Final = -1

# Distance between the middles of a vertebra and of the one below it [mm], from means of cadavers: bodies after Panjabi
# et al. (cervical Spine 1991;16:861, thoracic 1991;16:888, lumbar 1992;17:299), thoracic discs after Kunkel et al.
# (J Anat 2011;219:375), other discs [P]. 0: not told (C1 and C2 differ in form, L5 and the sacrum in what is seen).
_DISTANCE_MM: Final = {
    "C3": 17.5, "C4": 17.5, "C5": 18.0, "C6": 19.5, "C7": 20.5,
    "T1": 20.5, "T2": 21.0, "T3": 21.5, "T4": 22.0, "T5": 22.0, "T6": 23.0, "T7": 24.0, "T8": 24.5, "T9": 26.0,
    "T10": 27.5, "T11": 29.5, "T12": 32.0, "T13": 33.0, "L1": 34.0, "L2": 35.5, "L3": 37.0, "L4": 37.5, "L5": 37.5,
}  # fmt: skip
LOG_DISTANCE: Final = np.log([_DISTANCE_MM.get(name, np.nan) for name in (*NAMES, "occiput")])
# One distance differs from its neighbours' by wear, fracture and outline, and a patient from the mean by size [P].
_PAIR_SIGMA, _SIZE_SIGMA = 0.12, 0.10
_MOST_PER_PAIR = 1.0
# Neighbouring distances err together, so a pair counts by half; and the profile alone never outweighs an anchor. [P]
_SHARE = 0.5
_LEAST_LIMIT, _LIMIT_PER_PAIR, _MOST_LIMIT = 1.0, 0.25, 4.0


def profile_cost(distance_mm: Floats, codes: Codes) -> Floats:
    """How ill the distances fit the names, the patient's size left free.

    Parameters
    ----------
    distance_mm : (P,) [mm]
        From a vertebra's middle to the next one's, along the canal.
    codes : (H, P)
        Name of the upper vertebra under each supposition.

    Returns
    -------
    (H,)
        As negative log-likelihood; 0 where nothing can be compared.
    """
    if not len(distance_mm):
        return np.zeros(len(codes))
    ratio = np.log(distance_mm)[None] - LOG_DISTANCE[codes]
    seen = np.isfinite(ratio)
    count = seen.sum(axis=1)
    size = np.nansum(np.where(seen, ratio, 0.0), axis=1) / (count + (_PAIR_SIGMA / _SIZE_SIGMA) ** 2)
    rest = np.where(seen, ratio - size[:, None], 0.0)
    pairs = np.minimum((rest / _PAIR_SIGMA) ** 2 / 2, _MOST_PER_PAIR).sum(axis=1)
    limit = np.minimum(_LEAST_LIMIT + _LIMIT_PER_PAIR * count, _MOST_LIMIT)
    cost: Floats = np.minimum(_SHARE * pairs + (size / _SIZE_SIGMA) ** 2 / 2, limit)
    return cost
