"""Nothing -> tables: mean sizes of the vertebrae, the canal and its content by level, with their sources.

Bodies, end plates, canal and pedicles after Panjabi et al.: cervical (Spine 1991;16:861), thoracic
(Spine 1991;16:888), lumbar (Spine 1992;17:299). Cord after Sherman et al. (AJNR 1990;11:369). Disc heights
after Kunkel et al. (J Anat 2011;219:375) in the thorax, otherwise [P]. Processes, sacrum
and everything marked [P] are proposals of this project, read off atlases. All values rounded to 0.5 mm.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.labels import SACRUM, VERTEBRA_VALUES

LEVELS: Final = (
    *(f"C{k}" for k in range(1, 8)),
    *(f"T{k}" for k in range(1, 13)),
    *(f"L{k}" for k in range(1, 6)),
    *(f"S{k}" for k in range(1, 6)),
)
C1, C2, C3, C7 = 0, 1, 2, 6
T1, T12 = 7, 18
L1, L5 = 19, 23
S1, S2, S5 = 24, 25, 28

COLUMNS: Final = (
    "body_height", "disc_height", "body_width", "body_depth", "canal_ap", "canal_width", "cord_ap", "cord_width",
    "pedicle_width", "spinous_length", "spinous_height", "transverse_length",
)  # fmt: skip

# Columns as in COLUMNS [mm]; disc_height is that of the disc below. Sources in the module's docstring.
_MEAN_SIZES_MM: Final = """
C1  11.0  1.0 14.0 10.0 19.5 28.5 8.8 12.4  6.0  5.0  6.0 15.0
C2  21.0  4.0 16.5 15.0 18.0 24.5 8.8 12.4  6.5 19.0 11.0  9.0
C3  12.5  5.0 17.0 15.5 16.2 23.5 8.6 13.2  5.5 16.0  8.0  8.5
C4  12.5  5.0 18.0 16.0 15.8 24.7 8.4 13.6  5.5 16.0  8.0  8.5
C5  12.5  5.0 19.0 16.0 15.8 25.0 8.1 13.5  5.5 18.0  8.0  8.5
C6  13.0  5.5 21.0 16.5 15.6 25.5 7.8 13.0  6.0 24.0  8.5  9.0
C7  14.5  5.5 24.0 17.0 15.5 24.5 7.4 11.4  6.5 33.0  9.5 10.5
T1  15.5  4.5 26.5 17.5 16.2 21.8 6.9 10.2  7.5 36.0 10.0 20.0
T2  17.0  4.0 26.5 19.0 15.8 19.5 6.6  9.2  7.0 36.0 10.0 20.0
T3  17.5  3.5 26.0 20.5 15.8 18.0 6.4  8.8  5.5 36.0  9.5 20.0
T4  18.0  3.5 25.5 22.0 16.0 17.2 6.4  8.5  5.0 36.0  9.5 20.0
T5  18.5  3.5 26.5 23.5 16.0 17.0 6.4  8.4  5.0 36.0  9.5 20.0
T6  19.0  4.0 27.5 25.0 16.2 17.2 6.4  8.3  5.2 36.0  9.5 20.0
T7  19.5  4.0 28.5 26.5 16.0 17.2 6.4  8.3  5.6 36.0  9.5 19.0
T8  20.0  4.5 30.0 28.0 15.8 17.5 6.4  8.4  6.0 35.0 10.0 18.0
T9  20.5  5.0 31.5 29.0 15.8 17.8 6.5  8.5  6.5 33.0 11.0 17.0
T10 21.5  5.5 33.5 29.5 15.8 18.2 6.7  8.7  7.2 30.0 13.0 15.0
T11 22.5  6.0 36.5 30.5 16.2 19.4 7.0  9.1  8.5 28.0 15.0 12.0
T12 24.0  7.0 39.5 31.5 17.6 22.0 7.4  9.5  8.8 28.0 18.0 11.0
L1  25.5  8.0 41.5 32.5 18.4 23.5 7.0  8.6  8.6 29.0 20.0 19.0
L2  26.0  9.5 43.0 33.5 17.8 23.8 5.0  6.0  8.6 30.0 21.0 20.0
L3  26.5 10.5 45.0 34.5 17.4 24.3 5.0  6.0 10.3 31.0 21.0 23.0
L4  26.5 11.0 47.5 35.0 17.8 25.4 5.0  6.0 12.9 29.0 19.0 20.0
L5  26.5 10.5 50.0 34.5 18.2 27.0 5.0  6.0 16.0 25.0 16.0 19.0
S1  29.0  1.5 50.0 30.0 15.0 29.0 5.0  6.0 20.0 12.0 18.0  0.0
S2  24.0  1.0 42.0 21.0 11.5 24.0 4.0  5.0 20.0 10.0 16.0  0.0
S3  20.0  1.0 36.0 15.0  8.5 18.0 3.0  4.0 18.0  8.0 12.0  0.0
S4  17.0  1.0 30.0 12.0  5.5 13.0 2.0  3.0 14.0  6.0  9.0  0.0
S5  15.0  1.0 24.0 10.0  3.5  9.0 2.0  2.0 10.0  4.0  6.0  0.0
"""

# Caudal slope of the spinous process: mm caudally per mm posteriorly, steepest at T5-T8 (Panjabi 1991, [P]).
SPINOUS_SLOPE: Final = np.array(
    [0.0, 0.25, 0.3, 0.35, 0.4, 0.4, 0.4, 0.45, 0.6, 0.8, 1.0, 1.15, 1.2, 1.2, 1.1, 0.8, 0.5, 0.3, 0.2]
    + [0.15, 0.12, 0.1, 0.1, 0.1]
    + [0.1] * 5,
    dtype=np.float32,
)

# Width of the epidural space [mm] at C3, C7, T6, T12, L3, L5, S1: posterior fat is thick in the thoracic and
# lumbar spine and nearly absent in the neck (described by Reina et al., Acta Anaesthesiol Belg 2009;60:7; numbers [P]).
EPIDURAL_NODES: Final = ("C3", "C7", "T6", "T12", "L3", "L5", "S1")
EPIDURAL_POSTERIOR_MM: Final = (0.8, 1.1, 2.2, 2.4, 3.4, 4.2, 5.0)
EPIDURAL_ANTERIOR_MM: Final = (0.8, 0.8, 0.8, 0.9, 1.1, 2.2, 4.0)
EPIDURAL_LATERAL_MM: Final = (2.2, 2.2, 1.6, 1.9, 3.0, 4.0, 6.0)


def mean_sizes_mm() -> dict[str, NDArray[np.float64]]:
    """Mean sizes by column of the table: (29,) each, C1 to S5 [mm]."""
    rows = np.array([[float(word) for word in line.split()[1:]] for line in _MEAN_SIZES_MM.strip().splitlines()])
    return {name: rows[:, column].copy() for column, name in enumerate(COLUMNS)}


def label_values() -> NDArray[np.uint8]:
    """Value of the anatomy mask for each of `LEVELS`; the five sacral segments share one."""
    return np.array([VERTEBRA_VALUES.get(name, SACRUM) for name in LEVELS], dtype=np.uint8)
