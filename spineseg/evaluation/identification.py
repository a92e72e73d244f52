"""Found and true vertebrae of one image -> which are identified, as VerSe counts it.

A vertebra is identified when the found one of its name lies within 20 mm of it and nearer to it than to any other true
one (Sekuboyina et al. 2021, doi:10.1016/j.media.2021.102166). Places are the centres of the masks.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.domain.volume import LabelMap, to_patient

WITHIN_MM = 20.0


def centres_mm(labels: LabelMap, values: Mapping[int, str]) -> dict[str, NDArray[np.float64]]:
    """Centre of each named value that occurs [mm, LPS]."""
    present = [int(value) for value in np.unique(labels.array) if int(value) in values]
    if not present:
        return {}
    middle = np.array(ndimage.center_of_mass(labels.array > 0, labels.array, present)).reshape(-1, 3)
    points = to_patient(labels, middle)
    return {values[value]: point for value, point in zip(present, points, strict=True)}


def identified(truth: Mapping[str, NDArray[np.float64]], found: Mapping[str, NDArray[np.float64]]) -> dict[str, bool]:
    """Whether each true vertebra is identified; by name."""
    result = {}
    for name, place in truth.items():
        if name not in found:
            result[name] = False
            continue
        distances = {other: float(np.linalg.norm(found[name] - point)) for other, point in truth.items()}
        nearest = min(distances, key=lambda other: distances[other])
        result[name] = nearest == name and float(np.linalg.norm(found[name] - place)) < WITHIN_MM
    return result
