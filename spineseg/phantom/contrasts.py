"""Contrast + seed -> signal of every tissue: relative signal (MR) or HU (CT), with its variation between scans."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from spineseg.domain.volume import FloatArray, Modality
from spineseg.phantom.tissues import MARROW, TISSUE_COUNT, Tissue


class Contrast(StrEnum):
    """How a phantom is imaged; `RANDOM` draws every tissue's signal (Billot et al., Med Image Anal 2023;86:102789)."""

    T1 = "t1"
    T2 = "t2"
    STIR = "stir"
    T1_CONTRAST = "t1_contrast"
    CT = "ct"
    RANDOM = "random"

    @property
    def modality(self) -> Modality:
        """CT or MR."""
        return Modality.CT if self is Contrast.CT else Modality.MR


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Palette:
    """Mean signal and texture amplitude per `Tissue`, (T,) each; relative signal (MR) or HU (CT)."""

    mean: FloatArray
    texture: FloatArray


# Relative signal of spin echo sequences, fat in T1 and CSF in T2 near 1: read off the open images that the
# trial of 2026-11-22 was tested on, each within some 20 % [P].
_MR_ROWS = """
AIR 0.02 0.02 0.02 0.02
FAT 0.92 0.78 0.09 0.92
MUSCLE 0.33 0.20 0.26 0.40
LIVER 0.42 0.28 0.32 0.55
KIDNEY 0.32 0.52 0.58 0.62
BOWEL 0.36 0.40 0.42 0.42
LUNG 0.04 0.04 0.03 0.04
VESSEL 0.10 0.06 0.12 0.70
SKIN 0.40 0.28 0.20 0.42
BRAIN 0.45 0.44 0.48 0.47
MARROW_BODY 0.52 0.42 0.19 0.56
MARROW_ARCH 0.58 0.44 0.16 0.60
MARROW_SACRUM 0.56 0.43 0.18 0.58
MARROW_OTHER 0.54 0.40 0.17 0.55
CORTEX 0.06 0.05 0.04 0.07
NUCLEUS 0.36 0.52 0.50 0.36
ANNULUS 0.28 0.18 0.18 0.30
CARTILAGE 0.30 0.32 0.34 0.36
LIGAMENT 0.16 0.10 0.10 0.18
ROOT 0.36 0.34 0.42 0.45
CORD 0.44 0.34 0.40 0.45
CSF 0.17 0.97 0.97 0.17
CAUDA 0.28 0.62 0.64 0.30
EPIDURAL_FAT 0.90 0.76 0.10 0.90
EPIDURAL_VEIN 0.38 0.50 0.46 0.72
FLOW_VOID 0.16 0.30 0.30 0.16
LESION_LYTIC 0.28 0.50 0.64 0.62
LESION_BLASTIC 0.12 0.12 0.16 0.22
LESION_SOFT 0.32 0.46 0.60 0.68
LESION_INTRADURAL 0.42 0.48 0.55 0.85
LESION_CORD 0.40 0.60 0.66 0.72
OEDEMA 0.38 0.62 0.68 0.42
MARROW_OEDEMA 0.32 0.52 0.50 0.62
MARROW_FATTY 0.74 0.58 0.12 0.74
HAEMANGIOMA 0.66 0.70 0.48 0.74
IMPLANT 0.01 0.01 0.01 0.01
CEMENT 0.04 0.04 0.04 0.04
FLUID 0.16 0.92 0.95 0.17
SPLEEN 0.34 0.40 0.52 0.56
BOWEL_WALL 0.36 0.34 0.40 0.60
HERNIATION 0.30 0.24 0.26 0.32
SYRINX 0.18 0.92 0.92 0.18
TABLE 0.00 0.00 0.00 0.00
"""
_MR_COLUMNS = (Contrast.T1, Contrast.T2, Contrast.STIR, Contrast.T1_CONTRAST)

# HU without contrast medium: fat, muscle, organs after Lamba et al. (AJR 2014;203:1013); trabecular bone of L1
# 120-180 in adults of 50-70 years (Pickhardt et al., Ann Intern Med 2013;158:588), less in the elderly; cortex,
# disc, cord and CSF after Hounsfield tables of the radiology textbooks [P].
_HU = {
    "AIR": -1000, "FAT": -100, "MUSCLE": 52, "LIVER": 58, "KIDNEY": 34, "BOWEL": 30, "LUNG": -830, "VESSEL": 45,
    "SKIN": 20, "BRAIN": 36, "MARROW_BODY": 150, "MARROW_ARCH": 230, "MARROW_SACRUM": 120, "MARROW_OTHER": 200,
    "CORTEX": 750, "NUCLEUS": 75, "ANNULUS": 95, "CARTILAGE": 80, "LIGAMENT": 75, "ROOT": 35, "CORD": 38, "CSF": 12,
    "CAUDA": 26, "EPIDURAL_FAT": -75, "EPIDURAL_VEIN": 38, "FLOW_VOID": 12, "LESION_LYTIC": 50,
    "LESION_BLASTIC": 620, "LESION_SOFT": 55, "LESION_INTRADURAL": 52, "LESION_CORD": 40, "OEDEMA": 32,
    "MARROW_OEDEMA": 150, "MARROW_FATTY": 140, "HAEMANGIOMA": 90, "IMPLANT": 2900, "CEMENT": 1500, "FLUID": 8, "SPLEEN": 50,
    "BOWEL_WALL": 40, "HERNIATION": 85, "SYRINX": 12, "TABLE": -300,
}  # fmt: skip

_TRABECULAR_HU = 35.0  # standard deviation inside cancellous bone on thin slices [P]


def _mr_table() -> dict[Contrast, FloatArray]:
    means = {contrast: np.zeros(TISSUE_COUNT, dtype=np.float32) for contrast in _MR_COLUMNS}
    for line in _MR_ROWS.strip().splitlines():
        name, *values = line.split()
        for contrast, value in zip(_MR_COLUMNS, values, strict=True):
            means[contrast][Tissue[name]] = float(value)
    return means


def mean_signal(contrast: Contrast) -> FloatArray:
    """Mean relative signal (MR) or HU (CT) of every tissue: (T,); `RANDOM` has none.

    Raises
    ------
    KeyError
        For `Contrast.RANDOM`.
    """
    if contrast is Contrast.CT:
        return np.array([_HU[tissue.name] for tissue in Tissue], dtype=np.float32)
    return _mr_table()[contrast]


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
    mean = mean_signal(contrast)
    # 14 % between scanners and protocols; marrow varies with its fat: red marrow in T1 comes near disc and muscle.
    mean = mean * np.exp(variation * rng.normal(0, 0.14, TISSUE_COUNT)) + variation * rng.normal(0, 0.02, TISSUE_COUNT)
    mean[list(MARROW)] *= np.exp(variation * rng.normal(-0.08, 0.24))
    # Thin dark discs: degenerated nuclei lose their water.
    if rng.random() < 0.5 * variation:
        mean[Tissue.NUCLEUS] = mean[Tissue.ANNULUS] * rng.uniform(0.9, 1.4)
    mean[Tissue.EPIDURAL_FAT] = mean[Tissue.FAT] * rng.uniform(0.85, 1.05)
    texture = np.full(TISSUE_COUNT, 0.025) * np.exp(variation * rng.normal(0, 0.4, TISSUE_COUNT))
    return Palette(mean=np.maximum(mean, 0).astype(np.float32), texture=texture.astype(np.float32))


def _ct_palette(rng: np.random.Generator, variation: float) -> Palette:
    mean = mean_signal(Contrast.CT) + variation * rng.normal(0, 8, TISSUE_COUNT)
    # Bone density: from osteoporotic (some 60 HU) to young (some 240 HU).
    mean[list(MARROW)] += variation * rng.normal(0, 45)
    mean[list(MARROW)] = np.maximum(mean[list(MARROW)], 30)
    mean[Tissue.CORTEX] += variation * rng.normal(0, 180)
    mean[Tissue.LUNG] += variation * rng.uniform(-80, 200)
    if rng.random() < 0.35 * variation:  # contrast medium in the vessels
        mean[Tissue.VESSEL] += rng.uniform(60, 220)
        mean[[Tissue.LIVER, Tissue.KIDNEY]] += rng.uniform(20, 90, 2)
        mean[[Tissue.LESION_SOFT, Tissue.LESION_LYTIC, Tissue.LESION_INTRADURAL]] += rng.uniform(10, 50)
    texture = np.full(TISSUE_COUNT, 6.0)
    texture[[*MARROW, Tissue.LESION_BLASTIC]] = _TRABECULAR_HU * np.exp(variation * rng.normal(0, 0.4))
    return Palette(mean=mean.astype(np.float32), texture=texture.astype(np.float32))


def _random_palette(rng: np.random.Generator) -> Palette:
    mean = rng.uniform(0.05, 1.0, TISSUE_COUNT)
    mean[list(MARROW)] = rng.uniform(0.1, 1.0) + rng.normal(0, 0.05, len(MARROW))
    # Air, compact bone and lung hold no protons whatever the sequence.
    mean[[Tissue.AIR, Tissue.LUNG]] = rng.uniform(0, 0.06)
    if rng.random() < 0.8:
        mean[Tissue.CORTEX] = rng.uniform(0, 0.1)
    mean[Tissue.CAUDA] = (mean[Tissue.CORD] + mean[Tissue.CSF]) / 2
    mean[Tissue.ROOT] = mean[Tissue.CORD] * rng.uniform(0.8, 1.2)
    mean[Tissue.BRAIN] = mean[Tissue.CORD] * rng.uniform(0.9, 1.1)
    if rng.random() < 0.7:
        mean[Tissue.EPIDURAL_FAT] = mean[Tissue.FAT]
    texture = np.full(TISSUE_COUNT, 0.03) * np.exp(rng.normal(0, 0.5, TISSUE_COUNT))
    return Palette(mean=np.maximum(mean, 0).astype(np.float32), texture=texture.astype(np.float32))
