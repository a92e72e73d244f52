from __future__ import annotations

import numpy as np
import pytest

from spineseg.phantom.contrasts import Contrast
from spineseg.phantom.signals import fat_shares, red_marrow, tissue_signals
from spineseg.phantom.tissues import MARROW, TISSUE_COUNT, Tissue

NAMED = [contrast.value for contrast in Contrast if contrast is not Contrast.RANDOM]


@pytest.mark.parametrize("sequence", NAMED)
def test_every_sequence_has_a_signal_for_every_tissue(sequence: str) -> None:
    """Tables cover all tissues, and only opposed phase and HU go below zero."""
    signals = tissue_signals(sequence)

    assert signals.shape == (TISSUE_COUNT,)
    assert np.all(np.isfinite(signals))
    assert signals.min() >= 0 or sequence in ("ct", "dixon_opposed")


def test_dixon_images_are_sums_and_differences() -> None:
    """In phase is water plus fat, opposed phase water minus fat, negative in fat."""
    water, fat = tissue_signals("dixon_water"), tissue_signals("dixon_fat")

    assert np.allclose(tissue_signals("dixon_in_phase"), water + fat)
    assert np.allclose(tissue_signals("dixon_opposed"), water - fat)
    assert tissue_signals("dixon_opposed")[Tissue.FAT] < -0.5


def test_red_and_fatty_marrow_lie_on_both_sides() -> None:
    """Adult marrow is between cellular and fatty marrow in T1, T2, STIR, Dixon water and CT."""
    for sequence in ("t1", "t2", "stir", "dixon_water", "ct"):
        signals = tissue_signals(sequence)
        low, high = sorted((red_marrow(sequence), float(signals[Tissue.MARROW_FATTY])))
        assert low < signals[Tissue.MARROW_BODY] < high, sequence


def test_an_unknown_sequence_is_refused() -> None:
    """Only the names of the tables are known."""
    with pytest.raises(KeyError):
        tissue_signals("random")


def test_only_fat_and_marrow_are_displaced() -> None:
    """Chemical shift moves fat nearly whole, marrow in part and water not at all."""
    shares = fat_shares()

    assert shares[Tissue.FAT] > 0.9
    assert np.all((shares[list(MARROW)] > 0.2) & (shares[list(MARROW)] < 0.8))
    assert shares[Tissue.CSF] == shares[Tissue.MUSCLE] == 0
