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


def test_gradient_echo_darkens_bone() -> None:
    """In T2* and gradient echo T1 marrow is darker than disc and cord; CSF is bright in T2* and dark in T1."""
    star, t1 = mean_signal(Contrast.T2_STAR), mean_signal(Contrast.T1_GRE)

    for signals in (star, t1):
        assert signals[Tissue.MARROW_BODY] < 0.7 * min(signals[Tissue.ANNULUS], signals[Tissue.CORD])
    assert star[Tissue.CSF] > 1.3 * star[Tissue.CORD]
    assert t1[Tissue.CSF] < 0.7 * t1[Tissue.CORD]


def test_fat_saturation_darkens_fat_and_keeps_enhancement() -> None:
    """Fat-saturated T1 with contrast medium shows tumour far above fat, without saturation it does not."""
    plain, saturated = mean_signal(Contrast.T1_CONTRAST), mean_signal(Contrast.T1_CONTRAST_FAT_SAT)

    assert saturated[Tissue.LESION_SOFT] > 3 * saturated[Tissue.EPIDURAL_FAT]
    assert plain[Tissue.LESION_SOFT] < plain[Tissue.EPIDURAL_FAT]


def _ratios(contrast: Contrast, tissue: Tissue, reference: Tissue) -> list[float]:
    means = np.array([draw_palette(contrast, np.random.default_rng(seed)).mean for seed in range(300)])
    return [float(value) for value in np.percentile(means[:, tissue] / means[:, reference], (5, 95))]


# Measured in open images of the background role (2026-11-22): one lumbar T2, three T2* and one gradient echo T1 of
# the neck; T1 marrow against muscle: red marrow near it, fatty marrow twice as bright (textbooks).
@pytest.mark.parametrize(
    ("contrast", "tissue", "reference", "measured"),
    [
        (Contrast.T2, Tissue.CSF, Tissue.MARROW_BODY, (2.0,)),
        (Contrast.T2, Tissue.NUCLEUS, Tissue.MARROW_BODY, (1.6,)),
        (Contrast.T2, Tissue.ANNULUS, Tissue.MARROW_BODY, (0.35,)),
        (Contrast.T2_STAR, Tissue.CSF, Tissue.CORD, (1.6, 1.8, 2.3)),
        (Contrast.T2_STAR, Tissue.MARROW_BODY, Tissue.CORD, (0.16, 0.13, 0.16)),
        (Contrast.T2_STAR, Tissue.MUSCLE, Tissue.CORD, (0.65, 0.7, 0.85)),
        (Contrast.T1_GRE, Tissue.CORD, Tissue.MARROW_BODY, (4.5,)),
        (Contrast.T1_GRE, Tissue.NUCLEUS, Tissue.MARROW_BODY, (4.0,)),
        (Contrast.T1, Tissue.MARROW_BODY, Tissue.MUSCLE, (1.1, 2.0)),
    ],
)
def test_drawn_ratios_hold_the_measured_ones(
    contrast: Contrast, tissue: Tissue, reference: Tissue, measured: tuple[float, ...]
) -> None:
    """Ratios of tissues in real scans lie within the 5th and 95th percentile of what is drawn."""
    low, high = _ratios(contrast, tissue, reference)

    assert low < min(measured)
    assert max(measured) < high


def test_ct_marrow_ranges_from_osteoporotic_to_young() -> None:
    """Some bodies are darker than muscle, some above 200 HU, and the cortex stays the brightest."""
    means = np.array([draw_palette(Contrast.CT, np.random.default_rng(seed)).mean for seed in range(200)])
    body = means[:, Tissue.MARROW_BODY]

    assert 0.02 < np.mean(body < means[:, Tissue.MUSCLE]) < 0.3
    assert np.mean(body > 200) > 0.03
    assert np.all(means[:, Tissue.CORTEX] > body)


def test_random_palettes_mostly_separate_what_bounds_the_spine() -> None:
    """Cord and CSF, and body and disc, differ by 9 % of full signal in nine of ten random palettes."""
    means = np.array([draw_palette(Contrast.RANDOM, np.random.default_rng(seed)).mean for seed in range(200)])
    cord = np.abs(means[:, Tissue.CORD] - means[:, Tissue.CSF]) > 0.09
    disc = np.abs(means[:, Tissue.MARROW_BODY] - means[:, Tissue.ANNULUS]) > 0.09

    assert np.mean(cord & disc) > 0.9
