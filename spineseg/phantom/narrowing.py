"""Canal + encroachments -> narrowed canal: bulging and herniated discs, bone and yellow ligament press on the sac."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.labels import DISC_OFFSET, VERTEBRAL_BODY
from spineseg.domain.volume import FloatArray
from spineseg.phantom import anthropometry as table
from spineseg.phantom.canal_section import CanalPoints, Mask
from spineseg.phantom.spine import Spine
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.variation import Encroachment

_LABELS = table.label_values()
_DURA_MM = np.float32(0.3)  # dura and ligament between the mass and the CSF [P]
_LEAST_CORD = np.float32(0.45)  # a cord flattened to less than half is rare (Kameyama, Spine 1995;20:1213; [P])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Narrowing:
    """What fills points of the canal instead of its content: (N,) each."""

    mass: Mask
    tissue: NDArray[np.uint8]
    anatomy: NDArray[np.uint8]
    subregions: NDArray[np.uint8]


def narrow(
    spine: Spine, section: CanalPoints, encroachments: Sequence[Encroachment]
) -> tuple[CanalPoints, Narrowing | None]:
    """The canal with everything that narrows it; sac and cord give way.

    Returns
    -------
    section, narrowing
        The second is None where nothing reaches the points.
    """
    shape = section.points.s.shape
    result = Narrowing(
        mass=np.zeros(shape, dtype=bool),
        tissue=np.zeros(shape, dtype=np.uint8),
        anatomy=np.zeros(shape, dtype=np.uint8),
        subregions=np.zeros(shape, dtype=np.uint8),
    )
    low, high = float(section.points.s.min()), float(section.points.s.max())
    for one in encroachments:
        s = _place(spine, one)
        if s - one.half_length_mm > high or s + one.half_length_mm < low:
            continue
        near = np.flatnonzero(np.abs(section.points.s - np.float32(s)) < one.half_length_mm)
        section, mass = _press(section, one, s, near)
        hit = near[mass]
        result.mass[hit] = True
        result.tissue[hit] = one.tissue
        result.anatomy[hit], result.subregions[hit] = _labels(one)
    return section, result if result.mass.any() else None


def _place(spine: Spine, one: Encroachment) -> float:
    if one.of_body:
        return float(spine.middle[one.level]) + one.shift_mm
    return float(spine.bottom[one.level] + spine.top[one.level + 1]) / 2 + one.shift_mm


def _labels(one: Encroachment) -> tuple[int, int]:
    """Values of the mask: a disc's own, a body's own; the yellow ligament is background."""
    if one.tissue is Tissue.LIGAMENT:
        return 0, 0
    value = int(_LABELS[one.level])
    return (value, VERTEBRAL_BODY) if one.of_body else (value + DISC_OFFSET, 0)


def _press(
    section: CanalPoints, one: Encroachment, s: float, near: NDArray[np.intp]
) -> tuple[CanalPoints, NDArray[np.bool_]]:
    """Sac and cord of the points `near` behind the front of the mass, and which of them are mass."""
    cosine, sine = np.float32(np.cos(one.direction_rad)), np.float32(np.sin(one.direction_rad))
    u, v = section.points.u[near], section.points.v[near]
    q, w = u * cosine + v * sine, v * cosine - u * sine
    along = (section.points.s[near] - np.float32(s)) / np.float32(one.half_length_mm)
    strength = (1 - along * along).clip(0, 1)
    edge = np.hypot(section.canal_b[near] * cosine, section.canal_a[near] * sine)
    front = edge - np.float32(one.depth_mm) * strength * (1 - (w / np.float32(one.half_width_mm)) ** 2)
    mass: Mask = (q > front) & (np.abs(w) < one.half_width_mm)
    section = _flatten(section, near, front - 2 * _DURA_MM, (q, w), (cosine, sine))
    sac = section.sac.copy()
    sac[near] &= q < front - _DURA_MM
    return replace(section, sac=sac), mass


def _flatten(
    section: CanalPoints,
    near: NDArray[np.intp],
    front: FloatArray,
    place: tuple[FloatArray, FloatArray],
    direction: tuple[np.float32, np.float32],
) -> CanalPoints:
    """Cord pushed away from `front`, then flattened against the far side of the sac."""
    (q, w), (cosine, sine) = place, direction
    centre_u, centre_v = section.cord_centre_u[near], section.cord_centre_v[near]
    centre_q, centre_w = centre_u * cosine + centre_v * sine, centre_v * cosine - centre_u * sine
    half = np.maximum(np.hypot(section.cord_b[near] * cosine, section.cord_a[near] * sine), np.float32(0.05))
    overlap = (centre_q + half - front).clip(0, None)
    sac_half = np.hypot(section.sac_b[near] * cosine, section.sac_a[near] * sine)
    free = (centre_q - half - (section.sac_v[near] * sine - sac_half) - _DURA_MM).clip(0, None)
    shift = np.minimum(overlap, free)
    flat = (1 - (overlap - shift) / (2 * half)).clip(_LEAST_CORD, 1)
    centre = centre_q - half - shift + half * flat
    moved = overlap > 0
    back_q = np.where(moved, (q - centre) / flat, 0)
    back_w = w - centre_w
    cord_u, cord_v = section.cord_u.copy(), section.cord_v.copy()
    cord_u[near] = np.where(moved, back_q * cosine - back_w * sine, cord_u[near])
    cord_v[near] = np.where(moved, back_q * sine + back_w * cosine, cord_v[near])
    return replace(section, cord_u=cord_u, cord_v=cord_v)
