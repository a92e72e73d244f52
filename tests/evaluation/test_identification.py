from __future__ import annotations

import numpy as np

from spineseg.domain.volume import make_grid
from spineseg.evaluation.identification import centres_mm, identified

AFFINE = np.array([[0, 0, 2.0, 0], [0, 2.0, 0, 0], [2.0, 0, 0, 0], [0, 0, 0, 1]])


def at(*heights: float) -> dict[str, np.ndarray]:
    """T11, T12, L1 ... at heights [mm]."""
    names = ("T11", "T12", "L1")
    return {name: np.array([0.0, 0.0, height]) for name, height in zip(names, heights, strict=False)}


def test_near_and_nearest_is_identified() -> None:
    """5 mm off is identified; 25 mm off is not; nearer to the neighbour is not; missing is not."""
    truth = at(60, 30, 0)

    assert identified(truth, at(65, 35, 5)) == {"T11": True, "T12": True, "L1": True}
    assert identified(truth, at(85, 30)) == {"T11": False, "T12": True, "L1": False}
    assert identified(truth, at(60, 47, 0))["T12"] is False


def test_names_off_by_one_identify_nothing() -> None:
    """A column named one level too low lies a vertebra away everywhere."""
    truth = at(60, 30, 0)

    assert not any(identified(truth, at(90, 60, 30)).values())


def test_centres_are_those_of_the_masks() -> None:
    """In patient space, whatever the array order; values without a name are left out."""
    labels = np.zeros((10, 4, 4), np.uint8)
    labels[2:4], labels[6:8] = 19, 31

    assert {name: point.tolist() for name, point in centres_mm(make_grid(labels, AFFINE), {19: "T12"}).items()} == {
        "T12": [3.0, 3.0, 5.0]
    }
