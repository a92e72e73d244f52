from __future__ import annotations

import numpy as np
import pytest

from spineseg.phantom.disc import disc_tissue
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.variation import DiscState


def _middle_and_edge(state, *, height=0.3):
    return disc_tissue(
        np.full(2, state, dtype=np.uint8),
        outline=np.array([0.1, 0.95], dtype=np.float32),
        height=np.full(2, height, dtype=np.float32),
        gap=np.full(2, 10.0, dtype=np.float32),
        rough=np.full(2, 0.3, dtype=np.float32),
        nucleus_share=0.6,
    ).tolist()


def test_a_bright_disc_has_a_nucleus_with_a_dark_cleft():
    """Above the middle lies nucleus, in the middle fibrous tissue, at the edge annulus."""
    assert _middle_and_edge(DiscState.BRIGHT) == [Tissue.NUCLEUS, Tissue.ANNULUS]
    assert _middle_and_edge(DiscState.BRIGHT, height=0.0)[0] == Tissue.ANNULUS


@pytest.mark.parametrize(("state", "tissue"), [(DiscState.VACUUM, Tissue.AIR), (DiscState.FLUID, Tissue.FLUID)])
def test_gas_and_fluid_lie_in_a_slit_between_the_plates(state, tissue):
    """The slit takes the middle of the disc and not its edge."""
    assert _middle_and_edge(state, height=0.0) == [tissue, Tissue.ANNULUS]


def test_a_dark_disc_is_annulus_throughout():
    """Nothing in a dark disc is nucleus."""
    assert _middle_and_edge(DiscState.DARK) == [Tissue.ANNULUS, Tissue.ANNULUS]
