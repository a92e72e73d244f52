"""Seed + degree of wear -> columns of wear: discs, end plates, osteophytes and joints of one patient.

Frequencies follow imaging of people without complaints (Brinjikji et al., AJNR 2015;36:811: degenerate discs in 37 %
at 20 years and 96 % at 80) and Modic changes Jensen et al. (Eur Spine J 2008;17:1407); ranges marked [P] are ours.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.volume import FloatArray
from spineseg.phantom import anthropometry as table
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.variation import DiscState, healthy_wear

Columns = dict[str, NDArray[np.float64]]

_COUNT = len(table.LEVELS)
_DISCS = slice(table.C2, table.S1)


class Degree(IntEnum):
    """How worn a spine is as a whole."""

    NORMAL = 0
    MILD = 1
    STRONG = 2


_SEVERITY = (0.1, 0.42, 0.78)  # mean severity of a disc of weight 1, 0 to 1, by `Degree` [P]

# How much the discs C1 to S5 take part: most at C4-C6 and L3-L5, little in the upper thorax [P].
_WEIGHT = np.array(
    [0, 0.4, 0.8, 1.1, 1.25, 1.2, 0.8] + [0.5, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.85, 0.8, 0.8, 0.75, 0.8]
    + [0.85, 0.95, 1.1, 1.25, 1.25] + [0.0] * 5
)  # fmt: skip
_REGION = np.digitize(np.arange(_COUNT), [table.T1, table.L1])
# Depth of end plates by region against the lumbar ones: 0.35 in the neck, half in the thorax [P].
_HOLLOW_FACTOR = np.array([0.35, 0.5, 1.0])[_REGION]


def draw_severity(rng: np.random.Generator, degree: Degree) -> FloatArray:
    """How worn each disc is, 0 to 1: (29,)."""
    severity: FloatArray = (_SEVERITY[degree] * _WEIGHT * rng.uniform(0.3, 1.6, _COUNT)).clip(0, 1).astype(np.float32)
    if degree is not Degree.NORMAL and rng.random() < 0.5:  # one or two discs are often much worse than the rest
        severity[rng.choice(np.arange(table.C3, table.S1), 2)] = rng.uniform(0.7, 1.0, 2)
    return severity


def draw_wear(rng: np.random.Generator, degree: Degree, severity: FloatArray) -> dict[str, FloatArray]:
    """Columns of `Variation.wear` without fractures and operations."""
    columns = {name: values.astype(np.float64) for name, values in healthy_wear().items()}
    _discs(rng, columns, severity)
    _end_plates(rng, columns, severity)
    _osteophytes(rng, columns, severity, degree)
    _marrow(rng, columns, severity)
    _transition(rng, columns)
    columns["facet"] = 1 + 0.35 * severity * rng.uniform(0, 1, _COUNT)  # hypertrophy of up to a third [P]
    worn = (severity > 0.5) & (rng.random(_COUNT) < 0.15)
    columns["joint"][worn] = rng.choice([Tissue.FLUID, Tissue.FLUID, Tissue.AIR], int(worn.sum()))
    return {name: values.astype(np.float32) for name, values in columns.items()}


def _discs(rng: np.random.Generator, columns: Columns, severity: FloatArray) -> None:
    habit = rng.normal(1.05, 0.08)
    share = habit * (1 - 0.8 * severity**1.3) * rng.uniform(0.9, 1.1, _COUNT)
    columns["disc_share"] = np.where(_WEIGHT > 0, share.clip(0.12, 1.35), 1.0)
    # Pfirrmann grades I-V in four steps (Spine 2001;26:1873): bright, grey, dark, collapsed; limits [P].
    state = np.digitize(severity + rng.normal(0, 0.08, _COUNT), [0.25, 0.48]).astype(np.float64)
    chance = rng.random(_COUNT)
    state[(severity > 0.55) & (chance < 0.22)] = DiscState.VACUUM
    state[(severity > 0.55) & (chance > 0.93)] = DiscState.FLUID
    state[(severity > 0.35) & (chance > 0.3) & (chance < 0.35)] = DiscState.CALCIFIED
    columns["state"] = state
    columns["bulge"] = rng.normal(0.01, 0.02, _COUNT) + 0.11 * severity * rng.random(_COUNT)


def _end_plates(rng: np.random.Generator, columns: Columns, severity: FloatArray) -> None:
    # Lumbar end plates are on average 1.5 mm deep above a disc and 0.7 mm below it (Wang et al., Eur Spine J
    # 2012;21:2316), deeper in their middle; spread, and worn ones flatter [P].
    flat = _HOLLOW_FACTOR * (1 - 0.5 * severity)
    columns["upper_hollow"] = flat * (rng.uniform(0.8, 2.6) + rng.uniform(-0.5, 0.8, _COUNT))
    columns["lower_hollow"] = flat * (rng.uniform(0.2, 1.6) + rng.uniform(-0.2, 0.6, _COUNT))
    columns["plate"] = rng.uniform(0.5, 1.1) + severity * rng.uniform(0, 1.3, _COUNT)
    # Uncinate processes stand on C3-C7 (Hartman, Clin Anat 2014;27:431), about as high as the disc; 2-6 mm [P].
    columns["uncus"][table.C2 : table.C7] = rng.uniform(2.5, 5.0) * rng.uniform(0.85, 1.15, table.C7 - table.C2)
    # Schmorl nodes: in 7 % of end plates T1-L5, most at T7-L2 (Pfirrmann & Resnick, Radiology 2001;219:368).
    nodes = (rng.random(_COUNT) < 0.04 + 0.12 * severity) & (np.arange(_COUNT) > table.T1 + 4)
    upper = rng.random(_COUNT) < 0.5
    depth = rng.uniform(2.0, 7.0, _COUNT)  # [P]
    columns["upper_node"] = np.where(nodes & upper, depth, 0)
    columns["lower_node"] = np.where(nodes & ~upper, depth, 0)
    columns["node_u"] = rng.uniform(-0.4, 0.4, _COUNT)
    columns["node_v"] = rng.uniform(0.3, 0.75, _COUNT)
    # Bodies are never quite square: a millimetre lower in front or behind, left or right.
    for name in ("upper_front", "lower_front", "upper_side", "lower_side"):
        columns[name] = rng.normal(0, 0.5, _COUNT)


def _osteophytes(rng: np.random.Generator, columns: Columns, severity: FloatArray, degree: Degree) -> None:
    # Beaks of 1-7 mm; longer ones bridge (Nathan, J Bone Joint Surg Am 1962;44:243 grades I-IV; sizes [P]).
    lips = rng.random(_COUNT) < severity * 1.2
    columns["lip"] = np.where(lips, severity * rng.uniform(1.5, 6.5, _COUNT), rng.uniform(0, 0.8, _COUNT))
    columns["bridge"] = np.where(lips & (severity > 0.5) & (rng.random(_COUNT) < 0.15), rng.uniform(2, 4, _COUNT), 0)
    if degree is not Degree.NORMAL and rng.random() < 0.1:
        # Diffuse hyperostosis: four discs or more in the thorax (Resnick & Niwayama, Radiology 1976;119:559).
        first = int(rng.integers(table.T1 + 2, table.T1 + 7))
        run = slice(first, first + int(rng.integers(4, 8)))
        columns["bridge"][run] = rng.uniform(2.0, 6.0)
        columns["lip"][run] += 1.5
    columns["lip"][: table.C2] = 0
    columns["bridge"][: table.C3] = 0


def _marrow(rng: np.random.Generator, columns: Columns, severity: FloatArray) -> None:
    """Modic changes: oedema, fat or sclerosis on one or both sides of a disc."""
    chosen = (severity > 0.4) & (rng.random(_COUNT) < 0.3)
    kinds = rng.choice([Tissue.MARROW_OEDEMA, Tissue.MARROW_FATTY, Tissue.CORTEX], _COUNT, p=[0.3, 0.5, 0.2])
    for side in ("upper", "lower"):
        here = chosen & (rng.random(_COUNT) < 0.85)
        columns[f"{side}_marrow"] = np.where(here, kinds, 0)
        columns[f"{side}_marrow_mm"] = np.where(here, rng.uniform(3, 13, _COUNT), 0)


def _transition(rng: np.random.Generator, columns: Columns) -> None:
    """Transitional lumbosacral vertebrae (4-30 %, Konin & Walz, AJNR 2010;31:1778), here 8 %: names stay."""
    chance = rng.random()
    if chance < 0.04:  # sacralised L5: a thin disc below it
        columns["disc_share"][table.L5] = rng.uniform(0.15, 0.4)
        columns["state"][table.L5] = DiscState.DARK
        columns["lip"][table.L5] = columns["bridge"][table.L5] = 0
    elif chance < 0.08:  # lumbarised S1: a real disc below it
        columns["disc_share"][table.S1] = rng.uniform(2.5, 5.0)
