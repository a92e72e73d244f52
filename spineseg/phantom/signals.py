"""Name of a sequence -> mean signal of every tissue, (T,) each: relative signal (MR) or HU (CT).

MR: fat in T1, and CSF in T2, are near 1. T2, T2* and gradient echo T1 were set on open images of the background role
(sct_tutorial T2; gm-challenge 10062, 9418, 9584; sct_testing T1w). Dixon water has no such image: it, and muscle and
red marrow in T2, were set on images of the validation role (VB3; VB2, TPTBox), so that scores on those are not blind
to this choice. The rest is the textbooks' order of signals; each within some 20 %, 2026-11-22 [P].
"""

from __future__ import annotations

from functools import cache

import numpy as np

from spineseg.domain.volume import FloatArray
from spineseg.phantom.tissues import TISSUE_COUNT, Tissue

RED_MARROW = "RED_MARROW"  # a row of the tables without a tissue: cellular marrow, the other end from MARROW_FATTY

# "water" and "fat" are the two images of a Dixon gradient echo; in phase is their sum, opposed phase their difference.
_MR_NAMES = (
    "t1", "t2", "stir", "t1_contrast", "t1_contrast_fat_sat", "pd", "t2_fat_sat", "t2_star", "t1_gre", "water", "fat",
)  # fmt: skip
_MR_ROWS = """
AIR 0.02 0.02 0.02 0.02 0.02 0.02 0.02 0.02 0.02 0.01 0.01
FAT 0.92 0.78 0.09 0.92 0.14 0.85 0.12 0.45 0.72 0.12 0.95
MUSCLE 0.33 0.25 0.26 0.40 0.42 0.45 0.24 0.42 0.60 0.60 0.05
LIVER 0.42 0.28 0.32 0.55 0.55 0.45 0.30 0.25 0.60 0.60 0.05
KIDNEY 0.32 0.52 0.58 0.62 0.72 0.60 0.60 0.45 0.50 0.60 0.04
BOWEL 0.36 0.40 0.42 0.42 0.42 0.45 0.42 0.30 0.45 0.50 0.08
LUNG 0.04 0.04 0.03 0.04 0.04 0.05 0.04 0.02 0.03 0.03 0.01
VESSEL 0.10 0.06 0.12 0.70 0.76 0.22 0.08 0.85 0.72 0.75 0.03
SKIN 0.40 0.28 0.20 0.42 0.38 0.40 0.25 0.30 0.45 0.42 0.15
BRAIN 0.45 0.44 0.48 0.47 0.50 0.62 0.46 0.55 0.68 0.62 0.03
MARROW_BODY 0.52 0.42 0.19 0.56 0.28 0.52 0.22 0.12 0.17 0.42 0.40
MARROW_ARCH 0.58 0.44 0.16 0.60 0.26 0.54 0.19 0.12 0.17 0.37 0.46
MARROW_SACRUM 0.56 0.43 0.18 0.58 0.27 0.53 0.21 0.12 0.17 0.40 0.44
MARROW_OTHER 0.54 0.40 0.17 0.55 0.26 0.52 0.20 0.12 0.17 0.36 0.46
CORTEX 0.06 0.05 0.04 0.07 0.06 0.06 0.05 0.03 0.04 0.05 0.02
NUCLEUS 0.36 0.52 0.50 0.36 0.36 0.60 0.52 0.42 0.66 0.72 0.03
ANNULUS 0.28 0.20 0.18 0.30 0.30 0.34 0.19 0.22 0.52 0.52 0.03
CARTILAGE 0.30 0.32 0.34 0.36 0.36 0.50 0.34 0.32 0.50 0.55 0.04
LIGAMENT 0.16 0.10 0.10 0.18 0.16 0.16 0.10 0.10 0.16 0.18 0.04
ROOT 0.36 0.40 0.42 0.45 0.48 0.60 0.42 0.55 0.64 0.62 0.05
CORD 0.44 0.40 0.40 0.45 0.48 0.62 0.42 0.58 0.76 0.66 0.03
CSF 0.17 0.97 0.97 0.17 0.17 0.74 0.97 0.97 0.42 0.92 0.02
CAUDA 0.28 0.62 0.64 0.30 0.32 0.66 0.68 0.76 0.58 0.78 0.03
EPIDURAL_FAT 0.90 0.76 0.10 0.90 0.14 0.83 0.12 0.45 0.70 0.12 0.93
EPIDURAL_VEIN 0.38 0.50 0.46 0.72 0.78 0.50 0.48 0.70 0.60 0.65 0.04
FLOW_VOID 0.16 0.30 0.30 0.16 0.16 0.34 0.30 0.60 0.32 0.50 0.02
LESION_LYTIC 0.28 0.50 0.64 0.62 0.72 0.52 0.62 0.45 0.46 0.62 0.08
LESION_BLASTIC 0.12 0.12 0.16 0.22 0.22 0.16 0.13 0.06 0.10 0.16 0.08
LESION_SOFT 0.32 0.46 0.60 0.68 0.78 0.55 0.58 0.52 0.58 0.66 0.05
LESION_INTRADURAL 0.42 0.48 0.55 0.85 0.92 0.60 0.55 0.56 0.64 0.68 0.03
LESION_CORD 0.40 0.60 0.66 0.72 0.78 0.68 0.66 0.66 0.68 0.70 0.03
OEDEMA 0.38 0.62 0.68 0.42 0.44 0.68 0.68 0.70 0.60 0.70 0.03
MARROW_OEDEMA 0.32 0.46 0.52 0.62 0.66 0.54 0.52 0.24 0.36 0.58 0.18
MARROW_FATTY 0.74 0.58 0.11 0.74 0.18 0.66 0.14 0.12 0.26 0.24 0.72
HAEMANGIOMA 0.66 0.70 0.48 0.74 0.60 0.72 0.52 0.20 0.36 0.46 0.56
IMPLANT 0.01 0.01 0.01 0.01 0.01 0.01 0.01 0.01 0.01 0.01 0.00
CEMENT 0.04 0.04 0.04 0.04 0.04 0.04 0.04 0.02 0.03 0.03 0.01
FLUID 0.18 0.92 0.94 0.18 0.18 0.76 0.93 0.92 0.38 0.88 0.02
SPLEEN 0.34 0.42 0.54 0.56 0.60 0.52 0.52 0.30 0.48 0.58 0.04
BOWEL_WALL 0.36 0.32 0.38 0.60 0.64 0.45 0.36 0.30 0.48 0.54 0.05
HERNIATION 0.31 0.26 0.26 0.33 0.34 0.42 0.26 0.30 0.56 0.56 0.03
SYRINX 0.18 0.93 0.93 0.18 0.18 0.74 0.93 0.92 0.42 0.90 0.02
TABLE 0.01 0.01 0.01 0.01 0.01 0.01 0.01 0.01 0.01 0.01 0.00
RED_MARROW 0.35 0.26 0.30 0.48 0.42 0.44 0.32 0.24 0.34 0.62 0.16
"""

# HU without contrast medium: fat, muscle, organs after Lamba et al. (AJR 2014;203:1013); trabecular bone of L1
# 120-180 in adults of 50-70 years (Pickhardt et al., Ann Intern Med 2013;158:588), less in the elderly; haemangioma
# fat between thick trabeculae; cement 1000-2000; cortex, disc, cord, CSF, table after Hounsfield tables of the
# radiology textbooks [P]. Yellow marrow alone would be near -50; with trabeculae some 60.
_HU = {
    "AIR": -1000, "FAT": -100, "MUSCLE": 52, "LIVER": 58, "KIDNEY": 34, "BOWEL": 30, "LUNG": -830, "VESSEL": 45,
    "SKIN": 20, "BRAIN": 36, "MARROW_BODY": 150, "MARROW_ARCH": 230, "MARROW_SACRUM": 120, "MARROW_OTHER": 200,
    "CORTEX": 720, "NUCLEUS": 75, "ANNULUS": 95, "CARTILAGE": 80, "LIGAMENT": 75, "ROOT": 35, "CORD": 38, "CSF": 12,
    "CAUDA": 26, "EPIDURAL_FAT": -75, "EPIDURAL_VEIN": 38, "FLOW_VOID": 12, "LESION_LYTIC": 50,
    "LESION_BLASTIC": 620, "LESION_SOFT": 55, "LESION_INTRADURAL": 52, "LESION_CORD": 40, "OEDEMA": 32,
    "MARROW_OEDEMA": 185, "MARROW_FATTY": 70, "HAEMANGIOMA": 80, "IMPLANT": 2900, "CEMENT": 1500, "FLUID": 8,
    "SPLEEN": 50, "BOWEL_WALL": 40, "HERNIATION": 85, "SYRINX": 12, "TABLE": -300, RED_MARROW: 240,
}  # fmt: skip

# Share of a voxel's signal that resonates with fat, spin echo sequences [P]; red to yellow marrow of adults 25-60 %
# (Kugel et al., J Magn Reson Imaging 2001;13:263). Tissues without a row hold none.
_FAT_SHARE = {
    "FAT": 0.95, "EPIDURAL_FAT": 0.95, "MARROW_BODY": 0.45, "MARROW_ARCH": 0.5, "MARROW_SACRUM": 0.5,
    "MARROW_OTHER": 0.55, "MARROW_FATTY": 0.75, "HAEMANGIOMA": 0.4, "SKIN": 0.2,
}  # fmt: skip


@cache
def _tables() -> dict[str, dict[str, float]]:
    tables: dict[str, dict[str, float]] = {name: {} for name in _MR_NAMES}
    for line in _MR_ROWS.strip().splitlines():
        tissue, *values = line.split()
        for name, value in zip(_MR_NAMES, values, strict=True):
            tables[name][tissue] = float(value)
    for name, sign in (("dixon_in_phase", 1.0), ("dixon_opposed", -1.0)):
        tables[name] = {key: water + sign * tables["fat"][key] for key, water in tables["water"].items()}
    tables["dixon_water"], tables["dixon_fat"] = tables.pop("water"), tables.pop("fat")
    tables["ct"] = {name: float(value) for name, value in _HU.items()}
    return tables


def tissue_signals(sequence: str) -> FloatArray:
    """Mean of every tissue: (T,) relative signal, or HU for "ct"; opposed phase is signed, negative where fat prevails.

    Raises
    ------
    KeyError
        No table has this name.
    """
    table = _tables()[sequence]
    return np.array([table[tissue.name] for tissue in Tissue], dtype=np.float32)


def red_marrow(sequence: str) -> float:
    """Mean of cellular marrow, as in the young and under marrow stimulation: relative signal, or HU for "ct"."""
    return _tables()[sequence][RED_MARROW]


def fat_shares() -> FloatArray:
    """Share of each tissue's signal that comes from fat, and so is displaced by chemical shift: (T,)."""
    shares = np.zeros(TISSUE_COUNT, dtype=np.float32)
    for name, share in _FAT_SHARE.items():
        shares[Tissue[name]] = share
    return shares
