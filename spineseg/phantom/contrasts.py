"""Contrast + seed -> signal of every tissue: relative signal (MR) or HU (CT), with its variation between scans."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from spineseg.domain.volume import FloatArray, Modality
from spineseg.phantom.signals import red_marrow, tissue_signals
from spineseg.phantom.tissues import MARROW, TISSUE_COUNT, Tissue


class Contrast(StrEnum):
    """How a phantom is imaged; `RANDOM` draws every tissue's signal (Billot et al., Med Image Anal 2023;86:102789)."""

    T1 = "t1"
    T2 = "t2"
    STIR = "stir"
    T1_CONTRAST = "t1_contrast"
    T1_CONTRAST_FAT_SAT = "t1_contrast_fat_sat"
    PD = "pd"
    T2_FAT_SAT = "t2_fat_sat"
    T2_STAR = "t2_star"
    T1_GRE = "t1_gre"
    DIXON_WATER = "dixon_water"
    DIXON_FAT = "dixon_fat"
    DIXON_IN_PHASE = "dixon_in_phase"
    DIXON_OPPOSED = "dixon_opposed"
    CT = "ct"
    RANDOM = "random"

    @property
    def modality(self) -> Modality:
        """CT or MR."""
        return Modality.CT if self is Contrast.CT else Modality.MR

    @property
    def gradient_echo(self) -> bool:
        """Whether trabeculae spoil the signal of marrow."""
        return self in (Contrast.T2_STAR, Contrast.T1_GRE) or self.value.startswith("dixon")

    @property
    def chemical_shift(self) -> bool:
        """Whether fat and water share one image, so that fat may lie displaced in it."""
        separated = (Contrast.DIXON_WATER, Contrast.DIXON_FAT, Contrast.DIXON_OPPOSED, Contrast.CT)
        return self not in separated


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Palette:
    """Mean signal and texture amplitude per `Tissue`, (T,) each; relative signal (MR) or HU (CT)."""

    mean: FloatArray
    texture: FloatArray


# Standard deviations of texture inside a tissue: share of full signal (MR), HU (CT) on thin slices [P]. Real organs
# are patchier than muscle or fluid: folds and contents of bowel, vessels of the lung, fat between muscle fibres.
_MR_TEXTURE = 0.025
_MARROW_PATCHY = 1.5
# Gradient echoes see the field between trabeculae: mostly 15-22 % of the mean within bodies of VB3, against 6-9 % in
# the spin echo T2 of VB2 (both of the validation role, 1.5 mm).
_MARROW_PATCHY_GRADIENT_ECHO = 3.0
_PATCHY = {Tissue.BOWEL: 5.0, Tissue.LUNG: 1.0, Tissue.KIDNEY: 2.5, Tissue.MUSCLE: 1.6, Tissue.FAT: 1.8}
_CT_TEXTURE_HU = 6.0
_TRABECULAR_HU = 35.0
_CT_PATCHY_HU = {Tissue.BOWEL: 60.0, Tissue.LUNG: 70.0, Tissue.MUSCLE: 10.0, Tissue.HAEMANGIOMA: 90.0}

_RANDOM_SEPARATION = 0.09  # of full signal, between neighbours that a reader tells apart in most sequences [P]
_NEIGHBOURS = (
    (Tissue.MARROW_BODY, Tissue.ANNULUS),
    (Tissue.MARROW_BODY, Tissue.MUSCLE),
    (Tissue.CORD, Tissue.CSF),
    (Tissue.CSF, Tissue.LIGAMENT),
)
_RANDOM_ATTEMPTS = 6


def mean_signal(contrast: Contrast) -> FloatArray:
    """Mean relative signal (MR) or HU (CT) of every tissue: (T,); `RANDOM` has none.

    Opposed phase is signed: its magnitude is taken after the blur, which is what darkens the borders of fat.

    Raises
    ------
    KeyError
        For `Contrast.RANDOM`.
    """
    return tissue_signals(contrast.value)


def draw_palette(contrast: Contrast, rng: np.random.Generator, *, variation: float = 1.0) -> Palette:
    """Signals of one scan.

    Parameters
    ----------
    variation
        1 for the spread between scanners and patients, 0 for the mean.
    """
    if contrast is Contrast.RANDOM:
        return _random_palette(rng)
    if contrast is Contrast.CT:
        return _ct_palette(rng, variation)
    return _mr_palette(contrast, rng, variation)


def _mr_palette(contrast: Contrast, rng: np.random.Generator, variation: float) -> Palette:
    mean = mean_signal(contrast).astype(np.float64)
    _mix_marrow(mean, red_marrow(contrast.value), variation * rng.normal(0, 0.55))
    # Echo and repetition times differ between protocols: one power for all, then 14 % a tissue.
    mean = np.sign(mean) * np.abs(mean) ** np.exp(variation * rng.normal(0, 0.12))
    mean = mean * np.exp(variation * rng.normal(0, 0.14, TISSUE_COUNT)) + variation * rng.normal(0, 0.02, TISSUE_COUNT)
    mean[list(MARROW)] *= np.exp(variation * rng.normal(0, 0.2))
    # Thin dark discs: degenerated nuclei lose their water.
    if rng.random() < 0.4 * variation:
        mean[Tissue.NUCLEUS] = mean[Tissue.ANNULUS] * rng.uniform(0.9, 1.4)
    # Inflow and slow flow: vessels in spin echo are dark or not, whatever the table says.
    if rng.random() < 0.25 * variation:
        mean[Tissue.VESSEL] = rng.uniform(0.05, 1.1)
    # Bright blood, and CSF that keeps its signal or not, at low flip angles.
    if rng.random() < 0.3 * variation:
        mean[[Tissue.CSF, Tissue.CAUDA]] *= rng.uniform(0.7, 1.1)
    mean[Tissue.EPIDURAL_FAT] = mean[Tissue.FAT] * rng.uniform(0.85, 1.05)
    if contrast is not Contrast.DIXON_OPPOSED:
        mean = np.maximum(mean, 0)
    return Palette(mean=mean.astype(np.float32), texture=_mr_texture(rng, contrast, variation))


def _mix_marrow(mean: np.ndarray[tuple[int], np.dtype[np.float64]], red: float, yellow: float) -> None:
    """Move all marrow towards its red (`yellow` = -1) or fatty (1) end, the latter at most a little exceeded."""
    yellow = float(np.clip(yellow, -1.0, 1.2))
    end = mean[Tissue.MARROW_FATTY] if yellow > 0 else red
    for tissue in MARROW:
        mean[tissue] += abs(yellow) * (end - mean[Tissue.MARROW_BODY])


def _mr_texture(rng: np.random.Generator, contrast: Contrast, variation: float) -> FloatArray:
    texture = np.full(TISSUE_COUNT, _MR_TEXTURE)
    for tissue, factor in _PATCHY.items():
        texture[tissue] *= factor
    texture[list(MARROW)] *= _MARROW_PATCHY_GRADIENT_ECHO if contrast.gradient_echo else _MARROW_PATCHY
    texture *= np.exp(variation * rng.normal(0, 0.4, TISSUE_COUNT))
    return texture.astype(np.float32)


def _ct_palette(rng: np.random.Generator, variation: float) -> Palette:
    mean = mean_signal(Contrast.CT) + variation * rng.normal(0, 8, TISSUE_COUNT)
    # Bone density: from osteoporotic (some 20 HU, darker than muscle) to young (some 260 HU); the cortex follows,
    # thinner and so partly averaged away where density is low. Shifted down after one open CT (background role: L1-L5
    # medians 97-117) and a darker one of the validation role (TPTBox, by eye) [P].
    density = variation * rng.normal(-0.3, 0.75)
    mean[list(MARROW)] += 85 * density
    mean[list(MARROW)] = np.maximum(mean[list(MARROW)], 10 + 15 * np.arange(len(MARROW)) * variation)
    mean[Tissue.CORTEX] += 130 * density + variation * rng.normal(-80, 150)
    mean[Tissue.CORTEX] = max(mean[Tissue.CORTEX], 260)
    mean[Tissue.LUNG] += variation * rng.uniform(-80, 200)
    mean[Tissue.TABLE] += variation * rng.normal(0, 150)
    if rng.random() < 0.5 * variation:  # contrast medium in the vessels
        mean[Tissue.VESSEL] += rng.uniform(60, 300)
        mean[[Tissue.LIVER, Tissue.KIDNEY, Tissue.SPLEEN, Tissue.BOWEL_WALL]] += rng.uniform(20, 110, 4)
        mean[Tissue.EPIDURAL_VEIN] += rng.uniform(10, 80)
        mean[[Tissue.LESION_SOFT, Tissue.LESION_LYTIC, Tissue.LESION_INTRADURAL]] += rng.uniform(10, 50)
    if rng.random() < 0.2 * variation:  # contrast medium by mouth
        mean[Tissue.BOWEL] += rng.uniform(50, 350)
    texture = np.full(TISSUE_COUNT, _CT_TEXTURE_HU)
    for tissue, amplitude in _CT_PATCHY_HU.items():
        texture[tissue] = amplitude
    texture[[*MARROW, Tissue.LESION_BLASTIC]] = _TRABECULAR_HU * np.exp(variation * rng.normal(0, 0.4))
    texture[Tissue.CORTEX] = 120.0 * variation  # the rim is broken by partial volume
    return Palette(mean=mean.astype(np.float32), texture=texture.astype(np.float32))


def _random_palette(rng: np.random.Generator) -> Palette:
    """A palette without meaning, drawn again while neighbours that bound the spine look alike."""
    for _ in range(_RANDOM_ATTEMPTS):
        mean = _random_means(rng)
        gaps = [abs(mean[first] - mean[second]) for first, second in _NEIGHBOURS]
        if min(gaps) > _RANDOM_SEPARATION:
            break
    return Palette(mean=np.maximum(mean, 0).astype(np.float32), texture=_mr_texture(rng, Contrast.RANDOM, 1.2))


def _random_means(rng: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    mean = rng.uniform(0.05, 1.0, TISSUE_COUNT)
    mean[list(MARROW)] = rng.uniform(0.1, 1.0) + rng.normal(0, 0.05, len(MARROW))
    # Air, compact bone, lung, metal and table hold no protons whatever the sequence.
    mean[[Tissue.AIR, Tissue.LUNG, Tissue.TABLE, Tissue.IMPLANT, Tissue.CEMENT]] = rng.uniform(0, 0.06)
    if rng.random() < 0.8:
        mean[Tissue.CORTEX] = rng.uniform(0, 0.1)
    mean[Tissue.CAUDA] = (mean[Tissue.CORD] + mean[Tissue.CSF]) / 2
    mean[Tissue.ROOT] = mean[Tissue.CORD] * rng.uniform(0.8, 1.2)
    mean[Tissue.BRAIN] = mean[Tissue.CORD] * rng.uniform(0.9, 1.1)
    mean[[Tissue.SYRINX, Tissue.FLUID]] = mean[Tissue.CSF] * rng.uniform(0.9, 1.1, 2)
    mean[Tissue.HERNIATION] = mean[Tissue.ANNULUS] * rng.uniform(0.8, 1.3)
    if rng.random() < 0.7:
        mean[Tissue.EPIDURAL_FAT] = mean[Tissue.FAT]
    return mean
