from __future__ import annotations

import numpy as np
import pytest

from spineseg.domain import labels
from spineseg.domain.findings import Compartment
from spineseg.evaluation.hybrid_signal import borrowed_texture, tissue_medians, tumour_signal
from tests.evaluation.toy_canal import SIGNAL, toy_masks, toy_volume

IMAGE = np.asarray(toy_volume().image.array)
MASKS, _ = toy_masks()
MEDIANS = {"marrow": 100.0, "cord": 110.0, "csf": 220.0}


def test_tissues_are_read_off_the_image() -> None:
    """Medians are those that the image was made with; without a cord the bone stands in."""
    medians = tissue_medians(IMAGE.ravel(), MASKS.ravel())
    without = tissue_medians(IMAGE.ravel(), np.where(MASKS == labels.SPINAL_CORD, 0, MASKS).astype(np.uint8).ravel())

    assert medians["cord"] == pytest.approx(SIGNAL[labels.SPINAL_CORD], abs=0.5)
    assert medians["csf"] == pytest.approx(SIGNAL[labels.CSF], abs=0.5)
    assert without["cord"] == without["marrow"] == pytest.approx(100, abs=0.5)


@pytest.mark.parametrize("compartment", [Compartment.EXTRADURAL, Compartment.INTRAMEDULLARY])
def test_tumour_lies_between_cord_and_csf_on_t2(compartment: Compartment) -> None:
    """Brighter than cord and darker than CSF on T2; about as cord on T1."""
    for seed in range(5):
        bright, dark = (
            tumour_signal(MEDIANS, compartment, np.random.default_rng(seed), dark_csf=dark) for dark in (False, True)
        )

        assert 110 < bright < 220
        assert 80 < dark < 125


def test_texture_has_the_size_of_the_images_noise() -> None:
    """Grain taken from bone with noise of 2 units is of 1 to 5 units, and no edge of the anatomy comes with it."""
    where = np.zeros(IMAGE.shape, dtype=bool)
    where[40:50, 45:55, 28:36] = True

    texture = borrowed_texture(IMAGE, MASKS, where, np.random.default_rng(0))

    assert 1 < texture[where].std() < 5
    assert np.abs(texture).max() < 30
