from __future__ import annotations

import math

import numpy as np
import pytest

from spineseg.domain.volume import make_grid
from spineseg.evaluation.reliability import added, reliability

RNG = np.random.default_rng(5)


def grids(said: np.ndarray, share: np.ndarray) -> tuple:
    """A probability map and a truth that holds each voxel with that share."""
    affine = np.eye(4)
    truth = (RNG.random(said.shape) < share).astype(np.uint8)
    return make_grid(np.rint(said * 255).astype(np.uint8), affine), make_grid(truth, affine)


def test_honest_probabilities_have_no_error() -> None:
    """Voxels that are true as often as is said; two images add up."""
    said = RNG.uniform(0.05, 1, (20, 20, 40))

    found = added([reliability(*grids(said, said)) for _ in range(2)])

    assert found.error < 0.02
    assert sum(found.voxels) == 2 * said.size
    assert all(abs(said - true) < 0.05 for said, true, _ in found.points())


def test_boasting_is_measured() -> None:
    """What is said with 0.9 and true in half of the voxels has an error of 0.4."""
    said = np.full((20, 20, 40), 0.9)

    assert reliability(*grids(said, said * 0 + 0.5)).error == pytest.approx(0.4, abs=0.02)


def test_beyond_the_labelled_slices_nothing_counts() -> None:
    """A reference of a part of the spine says nothing about the rest of it; without a label nothing is known."""
    said = np.full((4, 4, 20), 0.5)
    truth = np.zeros((4, 4, 20), np.uint8)
    probability = make_grid(np.rint(said * 255).astype(np.uint8), np.eye(4))

    assert math.isnan(reliability(probability, make_grid(truth, np.eye(4))).error)
    truth = truth.copy()
    truth[..., 5:10] = 1
    assert sum(reliability(probability, make_grid(truth, np.eye(4))).voxels) == 4 * 4 * 5
