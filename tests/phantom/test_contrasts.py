from __future__ import annotations

import numpy as np
import pytest

from spineseg.domain.volume import Modality
from spineseg.phantom.contrasts import Contrast, draw_palette, mean_signal
from spineseg.phantom.tissues import MARROW, Tissue


def test_contrasts_show_what_they_are_named_for() -> None:
    """CSF is bright in T2 and dark in T1, fat bright in both and dark in STIR, tumour darker than marrow in T1."""
    t1, t2, stir = (mean_signal(contrast) for contrast in (Contrast.T1, Contrast.T2, Contrast.STIR))

    assert t2[Tissue.CSF] > 2 * t2[Tissue.CORD]
    assert t1[Tissue.CSF] < t1[Tissue.CORD]
    assert min(t1[Tissue.FAT], t2[Tissue.FAT]) > 4 * stir[Tissue.FAT]
    assert t1[Tissue.LESION_LYTIC] < 0.7 * t1[Tissue.MARROW_BODY]


def test_ct_is_in_hounsfield_units() -> None:
    """Air -1000, fat about -100, muscle about 50, cortex far above marrow, blastic above lytic."""
    hu = mean_signal(Contrast.CT)

    assert hu[Tissue.AIR] == -1000
    assert -120 < hu[Tissue.FAT] < -80
    assert 40 < hu[Tissue.MUSCLE] < 65
    assert hu[Tissue.CORTEX] > 3 * hu[list(MARROW)].max()
    assert hu[Tissue.LESION_BLASTIC] > hu[Tissue.MARROW_BODY] > hu[Tissue.LESION_LYTIC]


@pytest.mark.parametrize("contrast", list(Contrast))
def test_palettes_vary_with_the_seed_only(contrast: Contrast) -> None:
    """The same seed gives the same palette, another seed another one."""
    first, second, other = (draw_palette(contrast, np.random.default_rng(seed)) for seed in (1, 1, 2))

    assert np.array_equal(first.mean, second.mean)
    assert not np.array_equal(first.mean, other.mean)
    assert np.all(first.texture >= 0)


def test_without_variation_a_palette_is_the_mean() -> None:
    """A variation of 0 leaves marrow and CSF at their table's values."""
    palette = draw_palette(Contrast.T2, np.random.default_rng(0), variation=0.0)

    assert palette.mean[Tissue.CSF] == pytest.approx(mean_signal(Contrast.T2)[Tissue.CSF])
    assert Contrast.CT.modality is Modality.CT
    assert Contrast.RANDOM.modality is Modality.MR
