"""Seed -> fractures added to a patient's wear: wedge, biconcave and crush deformities, fresh or healed, with cement.

Deformities after Genant et al. (J Bone Miner Res 1993;8:1137): grade 1 to 3 is 20-25, 25-40 and over 40 % of height.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from spineseg.domain.volume import FloatArray
from spineseg.phantom import anthropometry as table
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.variation import Encroachment, Spot

# Osteoporotic fractures peak at T7-T8 and T12-L1 (Nevitt et al., Bone 1999;25:613); shape of the peaks [P].
_LEVELS = np.arange(table.T1 + 2, table.L5 + 1)
_PEAKS = 0.25 + np.exp(-(((_LEVELS - table.T12 - 0.5) / 1.6) ** 2)) + 0.5 * np.exp(-(((_LEVELS - 14) / 1.6) ** 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fractures:
    """What fractures add besides the columns of wear."""

    kyphosis_deg: tuple[tuple[int, float], ...] = ()
    spots: tuple[Spot, ...] = ()
    encroachments: tuple[Encroachment, ...] = field(default=())


def draw_fractures(
    rng: np.random.Generator, wear: dict[str, FloatArray], *, fracture: bool, cement: bool
) -> tuple[dict[str, FloatArray], Fractures]:
    """Columns of wear with the fractures, and what else they bring."""
    wear = {name: values.copy() for name, values in wear.items()}
    if not fracture and not cement:
        return wear, Fractures()
    levels = [int(k) for k in np.unique(rng.choice(_LEVELS, int(rng.integers(1, 4)), p=_PEAKS / _PEAKS.sum()))]
    bends, spots, masses = [], [], []
    for level in levels:
        bends.append((level, _deform(rng, wear, level)))
        fresh = rng.random() < 0.45
        if fresh or rng.random() < 0.3:
            _discolour(rng, wear, level, Tissue.MARROW_OEDEMA if fresh else Tissue.MARROW_FATTY)
        if rng.random() < 0.3:
            masses.append(_retropulsion(rng, level))
        if cement and rng.random() < 0.8:
            spots += _cement(rng, level)
    if cement and not spots:
        spots += _cement(rng, levels[0])
    return wear, Fractures(kyphosis_deg=tuple(bends), spots=tuple(spots), encroachments=tuple(masses))


def _deform(rng: np.random.Generator, wear: dict[str, FloatArray], level: int) -> float:
    """Deform a body; the angle by which the spine bends over it [degree]."""
    sizes = table.mean_sizes_mm()
    height, depth = float(sizes["body_height"][level]), float(sizes["body_depth"][level])
    loss = float(rng.uniform(0.12, 0.6)) * height
    # A body's upper end plate belongs to the disc above it.
    above, angle = level - 1, 0.0
    kind = rng.choice(3, p=[0.45, 0.35, 0.2])
    if kind == 0:
        # Half of a wedge comes from the end plate, half from the bend of the spine.
        wear["lower_front"][above] += np.float32(0.4 * loss)
        wear["upper_front"][level] += np.float32(0.1 * loss)
        wear["lower_hollow"][above] += np.float32(rng.uniform(0, 0.25) * loss)
        angle = float(np.rad2deg(np.arctan(0.5 * loss / depth)))
    elif kind == 1:
        wear["lower_hollow"][above] += np.float32(rng.uniform(0.4, 0.7) * loss)
        wear["upper_hollow"][level] += np.float32(rng.uniform(0.1, 0.5) * loss)
    else:
        wear["crush"][level] = np.float32(0.8 * loss / height)
        wear["lower_hollow"][above] += np.float32(0.15 * loss)
        angle = float(rng.uniform(0, 6))
    wear["lower_side"][above] += np.float32(rng.normal(0, 0.08) * height)
    # The disc above fills what the end plate leaves: its height grows a little [P].
    wear["disc_share"][above] = max(float(wear["disc_share"][above]), 0.45)
    return angle


def _discolour(rng: np.random.Generator, wear: dict[str, FloatArray], level: int, kind: Tissue) -> None:
    reach = np.float32(rng.choice([rng.uniform(4, 10), 30.0]))  # a band below the end plate, or the whole body
    wear["lower_marrow"][level - 1], wear["lower_marrow_mm"][level - 1] = np.float32(kind), reach
    if reach > 20:
        wear["upper_marrow"][level], wear["upper_marrow_mm"][level] = np.float32(kind), reach


def _retropulsion(rng: np.random.Generator, level: int) -> Encroachment:
    height = float(table.mean_sizes_mm()["body_height"][level])
    return Encroachment(
        level=level,
        tissue=Tissue.MARROW_BODY,
        direction_rad=float(np.pi / 2 + rng.normal(0, 0.15)),
        depth_mm=float(rng.uniform(1.0, 5.0)),
        half_width_mm=float(rng.uniform(7, 11)),
        half_length_mm=float(rng.uniform(0.25, 0.45)) * height,
        shift_mm=-float(rng.uniform(0.1, 0.3)) * height,
        of_body=True,
    )


def _cement(rng: np.random.Generator, level: int) -> list[Spot]:
    sides = (-0.35, 0.35) if rng.random() < 0.6 else (0.0,)
    return [
        Spot(
            level=level,
            tissue=Tissue.CEMENT,
            centre=(float(rng.normal(0, 0.15)), side + float(rng.normal(0, 0.08)), float(rng.uniform(-0.1, 0.4))),
            half_mm=(float(rng.uniform(4, 8)), float(rng.uniform(5, 9)), float(rng.uniform(6, 11))),
            ragged=float(rng.uniform(0.3, 0.7)),
        )
        for side in sides
    ]
