"""Seed + spine -> lesions of any kind around a place along the canal, for training."""

from __future__ import annotations

from functools import partial

import numpy as np

from spineseg.domain.escc import EsccGrade
from spineseg.domain.findings import BoneQuality, Compartment
from spineseg.phantom import anthropometry as table
from spineseg.phantom.anthropometry import LEVELS
from spineseg.phantom.lesions import Lesion, numbered
from spineseg.phantom.spine import Spine
from spineseg.phantom.tumours import (
    body_blob,
    bone_source,
    cauda_growth,
    cord_growth,
    epidural_growth,
    intradural_growth,
)

_GRADES = (EsccGrade.G1A, EsccGrade.G1B, EsccGrade.G1C, EsccGrade.G2, EsccGrade.G3)
_QUALITIES = (BoneQuality.LYTIC, BoneQuality.BLASTIC, BoneQuality.MIXED)
_KINDS = ("epidural", "bone", "intradural", "cord")
_KIND_SHARES = (0.58, 0.2, 0.12, 0.1)  # epidural tumours are what the grade needs [P]


def draw_lesions(rng: np.random.Generator, spine: Spine, *, near_s: float) -> tuple[Lesion, ...]:
    """One to three random lesions, mostly epidural tumours that arise from destroyed bone.

    Parameters
    ----------
    near_s
        Place along the canal [mm].
    """
    lesions: list[Lesion] = []
    for _ in range(int(rng.choice([1, 2, 3], p=[0.6, 0.28, 0.12]))):
        s = near_s + float(rng.normal(0, 16))
        level = int(np.abs(spine.middle - s).argmin())
        if table.C2 <= level <= table.S1 and all(abs(s - other.s) > 30 for other in lesions):
            lesions.append(_draw_lesion(rng, spine, s, LEVELS[level]))
    return numbered(lesions)


def _draw_lesion(rng: np.random.Generator, spine: Spine, s: float, level: str) -> Lesion:
    kind = _KINDS[rng.choice(len(_KINDS), p=_KIND_SHARES)]
    # Mostly from the bodies and pedicles in front, otherwise from anywhere.
    direction = float(rng.choice([rng.uniform(0.15, np.pi - 0.15), rng.uniform(-np.pi, np.pi)], p=[0.6, 0.4]))
    ungraded = partial(Lesion, number=1, level=level, s=s, grade=EsccGrade.NOT_APPLICABLE)
    if kind == "cord" and s < spine.conus_s - 15:
        swelling = cord_growth(s=s, half_length_mm=float(rng.uniform(8, 28)), swelling=float(rng.uniform(0.2, 0.6)))
        return ungraded(compartment=Compartment.INTRAMEDULLARY, growths=(swelling,))
    if kind == "intradural" and s < spine.sac_end_s - 20:
        ball = intradural_growth(spine, s=s, direction_rad=direction, half_s_mm=float(rng.uniform(6, 18)))
        return ungraded(compartment=Compartment.INTRADURAL_EXTRAMEDULLARY, growths=(ball,))
    if kind == "bone" or s > spine.sac_end_s - 25:
        return _bone_only(rng, spine, s, level)
    return _epidural(rng, spine, s, level, direction)


def _bone_only(rng: np.random.Generator, spine: Spine, s: float, level: str) -> Lesion:
    blob = body_blob(spine, level, share=float(rng.uniform(0.3, 0.95)), side=float(rng.uniform(-1, 1)))
    return Lesion(
        number=1, level=level, s=s, grade=EsccGrade.G0, compartment=Compartment.EXTRADURAL,
        bone_quality=_QUALITIES[rng.choice(3, p=[0.6, 0.2, 0.2])], bones=(blob,),
    )  # fmt: skip


def _epidural(rng: np.random.Generator, spine: Spine, s: float, level: str, direction: float) -> Lesion:
    source = bone_source(
        spine, s=s, direction_rad=direction, extent=float(rng.uniform(0.5, 1.3)), paraspinal=bool(rng.random() < 0.4)
    )
    quality = _QUALITIES[rng.choice(3, p=[0.6, 0.2, 0.2])]
    grade = _GRADES[rng.choice(len(_GRADES))]
    if s < spine.conus_s - 15:
        growth = epidural_growth(spine, s=s, grade=grade, direction_rad=direction, plateau_mm=float(rng.uniform(2, 12)))
    else:
        grade = EsccGrade.NOT_APPLICABLE
        growth = cauda_growth(spine, s=s, direction_rad=direction, effaced=float(rng.uniform(0.1, 0.7)))
    bones = (source,) if rng.random() < 0.85 else ()
    return Lesion(
        number=1, level=level, s=s, grade=grade, compartment=Compartment.EXTRADURAL,
        bone_quality=quality if bones else BoneQuality.UNDETERMINED, growths=(growth,), bones=bones,
    )  # fmt: skip
