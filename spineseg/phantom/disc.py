"""State of discs + places in them -> tissues: nucleus with its cleft, annulus, gas, fluid and chalk."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.volume import FloatArray
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.variation import DiscState


def disc_tissue(
    state: NDArray[np.uint8],
    *,
    outline: FloatArray,
    height: FloatArray,
    gap: FloatArray,
    rough: FloatArray,
    nucleus_share: float,
) -> NDArray[np.uint8]:
    """What points of discs are made of.

    Parameters
    ----------
    state : (N,)
        `DiscState` of the disc of each point.
    outline : (N,)
        Place between the disc's axis (0) and its edge (1).
    height : (N,)
        From -1 at the upper to 1 at the lower end plate.
    gap : (N,) [mm]
        Distance of the end plates.
    rough : (N,)
        Random field of unit variance.
    nucleus_share
        Of the disc's radius.

    Returns
    -------
    (N,) `Tissue`
    """
    tissue = np.full(state.shape, Tissue.ANNULUS, dtype=np.uint8)
    core = outline / np.float32(nucleus_share)
    nucleus = (core < 1) & (np.abs(height) < 0.85 * np.sqrt((1 - 0.5 * core * core).clip(0, 1)))
    # The fibrous cleft of adult discs: 1 mm in the middle of the nucleus (Aguila et al., Radiology 1985;155:155).
    cleft = np.abs(height) * gap / 2 < 0.5 + 0.3 * rough
    tissue[nucleus & (state == DiscState.BRIGHT) & ~(cleft & (gap > 7))] = Tissue.NUCLEUS
    tissue[nucleus & (state == DiscState.GREY) & (rough > 0.1)] = Tissue.NUCLEUS
    slit = (core < 1.2) & (np.abs(height) * gap / 2 < np.minimum(0.35 * gap, 1.3 + 0.6 * rough))
    tissue[slit & (state == DiscState.VACUUM)] = Tissue.AIR
    tissue[slit & (state == DiscState.FLUID)] = Tissue.FLUID
    tissue[(state == DiscState.CALCIFIED) & (rough > 0.6)] = Tissue.CORTEX
    return tissue
