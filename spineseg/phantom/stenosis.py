"""Seed + wear -> what narrows and fills the canal of one patient: discs, ligaments, fat, cord, roots and cysts."""

from __future__ import annotations

import numpy as np

from spineseg.domain.volume import FloatArray
from spineseg.phantom import anthropometry as table
from spineseg.phantom.canal_tables import CanalChange, CanalHabit
from spineseg.phantom.degeneration import Degree
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.variation import Cauda, Cyst, Encroachment, Syrinx

_FRONT = np.pi / 2
# Share of patients with a narrow lumbar canal or neck, and with a herniation, by `Degree`; stenosis is found in
# some 20-50 % of people over 60 (Kalichman et al., Spine J 2009;9:545).
_NARROW = (0.05, 0.25, 0.55)
_HERNIATED = (0.08, 0.18, 0.2)
_HERNIATED_LEVELS = (4, 5, 6, 14, 17, 21, 22, 23)  # C5-C7, T8, T11, L3-L5 discs
_HERNIATED_SHARES = (0.12, 0.14, 0.04, 0.03, 0.03, 0.1, 0.27, 0.27)  # [P], most at L4/5 and L5/S1


def draw_encroachments(rng: np.random.Generator, degree: Degree, severity: FloatArray) -> tuple[Encroachment, ...]:
    """Bulges, stenoses and herniations."""
    found = [
        _bulge(rng, int(k), 0.4, 2.2) for k in np.flatnonzero((severity > 0.35) & (rng.random(severity.size) < 0.6))
    ]
    if rng.random() < _NARROW[degree]:
        for level in rng.choice(np.arange(table.L1, table.S1), int(rng.integers(1, 4)), replace=False):
            found += _lumbar_stenosis(rng, int(level))
    if rng.random() < _NARROW[degree]:
        for level in rng.choice(np.arange(table.C3, table.C7), int(rng.integers(1, 4)), replace=False):
            found.append(_bulge(rng, int(level), 1.5, 4.5))
            if rng.random() < 0.4:
                found.append(_flavum(rng, int(level), float(rng.choice([-0.5, 0.0, 0.5])), 0.5, 2.0))
    if rng.random() < _HERNIATED[degree]:
        found.append(_herniation(rng, int(rng.choice(_HERNIATED_LEVELS, p=_HERNIATED_SHARES))))
    return tuple(found)


def draw_canal(
    rng: np.random.Generator, degree: Degree, *, narrow_roots: bool
) -> tuple[CanalHabit, tuple[CanalChange, ...], Cauda]:
    """Width of the canal and of the epidural fat, calibre of the cord and the arrangement of the roots."""
    lipomatosis = rng.random() < 0.04
    fat = float(rng.uniform(1.8, 2.8)) if lipomatosis else float(np.exp(rng.normal(0, 0.2)))
    habit = CanalHabit(
        fat_posterior=fat,
        fat_anterior=float(rng.uniform(0.8, 1.4)) * fat**0.7,
        fat_lateral=float(rng.uniform(0.8, 1.2)) * fat**0.4,
        # Cords of the old are up to 10 % thinner (Ishikawa et al., Spine 2003;28:1581 and [P]).
        cord=float(rng.uniform(0.86, 1.08)) - 0.03 * float(degree),
        cord_wander_mm=float(rng.uniform(0.3, 1.0)),
        cord_v_mm=float(rng.normal(0, 0.5)),
        sac_end_mm=float(rng.normal(0, 12)),  # S1 to S3 (Macdonald et al., Clin Anat 1999;12:149)
    )
    cauda = Cauda(
        pitch_mm=float(rng.uniform(2.0, 3.6)),
        settled=float(rng.uniform(0.3, 0.98)),
        share=float(rng.uniform(0.5, 0.85)),
        winding_mm=float(rng.uniform(1, 3)) if narrow_roots or rng.random() < 0.1 else 0.0,
    )
    return habit, _canal_changes(rng), cauda


def draw_syrinxes(rng: np.random.Generator) -> tuple[Syrinx, ...]:
    """A cavity of the cord in 1.5 % of patients [P]."""
    if rng.random() > 0.015:
        return ()
    level = int(rng.integers(table.C3, table.T12 - 1))
    return (Syrinx(level=level, half_length_mm=float(rng.uniform(15, 60)), share=float(rng.uniform(0.2, 0.65))),)


def draw_cysts(rng: np.random.Generator) -> tuple[Cyst, ...]:
    """Perineural cysts of S1-S3: 4.2 % of people, 12 mm long (Klepinowski et al., Surg Radiol Anat 2021;43:855)."""
    if rng.random() > 0.05:
        return ()
    return tuple(
        Cyst(
            level=int(rng.integers(table.S1, table.S1 + 3)),
            side=float(rng.choice([-1, 1])),
            radius_mm=float(rng.uniform(2.5, 8)),
        )
        for _ in range(int(rng.integers(1, 4)))
    )


def _canal_changes(rng: np.random.Generator) -> tuple[CanalChange, ...]:
    chance = rng.random()
    if chance < 0.06:  # short pedicles: 11-14 mm deep (Verbiest, Orthop Clin North Am 1975;6:177)
        return (CanalChange(level="L3", reach_mm=75.0, canal_ap_mm=float(rng.uniform(11.0, 14.0))),)
    if chance < 0.1:
        return (CanalChange(level="C5", reach_mm=45.0, canal_ap_mm=float(rng.uniform(10.5, 13.0))),)
    if chance < 0.12:  # dural ectasia with scalloped bodies [P]
        change = CanalChange(
            level=str(rng.choice(["L4", "L5", "S1"])), reach_mm=40.0, canal_ap_mm=float(rng.uniform(21, 27)),
            canal_width_mm=float(rng.uniform(28, 36)), epidural_posterior_mm=1.0, epidural_anterior_mm=0.8,
            epidural_lateral_mm=1.5,
        )  # fmt: skip
        return (change,)
    return ()


def _bulge(rng: np.random.Generator, level: int, least_mm: float, most_mm: float) -> Encroachment:
    # Broad, over more than a quarter of the disc's edge (Fardon et al., Spine J 2014;14:2525).
    neck = level < table.T1
    return Encroachment(
        level=int(level),
        tissue=Tissue.ANNULUS,
        direction_rad=float(_FRONT + rng.normal(0, 0.12)),
        depth_mm=float(rng.uniform(least_mm, most_mm)),
        half_width_mm=float(rng.uniform(8, 12) if neck else rng.uniform(10, 17)),
        half_length_mm=float(rng.uniform(3.0, 5.0) if neck else rng.uniform(4.0, 7.5)),
    )


def _flavum(rng: np.random.Generator, level: int, side_rad: float, least_mm: float, most_mm: float) -> Encroachment:
    return Encroachment(
        level=level,
        tissue=Tissue.LIGAMENT,
        direction_rad=float(-_FRONT + side_rad),
        depth_mm=float(rng.uniform(least_mm, most_mm)),
        half_width_mm=float(rng.uniform(6, 10)),
        half_length_mm=float(rng.uniform(7, 12)),
        shift_mm=float(rng.normal(0, 1.5)),
    )


def _lumbar_stenosis(rng: np.random.Generator, level: int) -> list[Encroachment]:
    # Yellow ligament thickened from 3 to over 5 mm (Sakamaki et al., Eur Spine J 2009;18:1) on both sides.
    spread = float(rng.uniform(0.5, 0.95))
    both = [_flavum(rng, level, side * spread, 1.5, 5.0) for side in (-1.0, 1.0)]
    return [_bulge(rng, level, 1.5, 5.0), *both]


def _herniation(rng: np.random.Generator, level: int) -> Encroachment:
    lumbar = level >= table.L1
    return Encroachment(
        level=level,
        tissue=Tissue.HERNIATION,
        direction_rad=float(_FRONT + rng.uniform(-0.8, 0.8)),
        depth_mm=float(rng.uniform(3, 10) if lumbar else rng.uniform(2, 5)),
        half_width_mm=float(rng.uniform(5, 9) if lumbar else rng.uniform(4, 7)),
        half_length_mm=float(rng.uniform(5, 12) if lumbar else rng.uniform(4, 7)),
        shift_mm=float(rng.normal(0, 3.5 if lumbar else 1.5)),
    )
