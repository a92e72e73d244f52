from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from spineseg.segmentation.growth import blob, level_near_middle, noise


def test_noise_has_unit_variance_and_a_grain() -> None:
    """Neighbouring voxels are alike, those a few grains away are not."""
    field = noise((40, 40, 40), 5, np.random.default_rng(1))

    assert field.shape == (40, 40, 40)
    assert field.std() == pytest.approx(1, abs=1e-3)
    near, far = ((field[:-step] * field[step:]).mean() for step in (1, 15))
    assert near > 0.7
    assert abs(far) < 0.3


def test_a_blob_keeps_to_where_it_may_grow() -> None:
    """One connected piece within the allowed mask, and nothing at all where nothing is allowed."""
    allowed = np.zeros((40, 40, 40), dtype=bool)
    allowed[:, 15:] = True

    share = blob(allowed, np.array([20.0, 18.0, 20.0]), np.array([9.0, 9.0, 9.0]), np.random.default_rng(2))

    assert share[~allowed].max() == 0
    assert ndimage.label(share > 0)[1] == 1
    assert share.max() == 1
    assert not blob(~(allowed | True), np.full(3, 20.0), np.full(3, 9.0), np.random.default_rng(2)).any()


def test_the_level_holds_some_of_the_mask() -> None:
    """A mask at one end of the patch is still met."""
    mask = np.zeros((4, 4, 60), dtype=bool)
    mask[1, 1, 3:6] = True

    assert {level_near_middle(mask, np.random.default_rng(seed)) for seed in range(10)} <= {3, 4, 5}
