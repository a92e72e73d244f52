"""Spine + points -> CanalPoints: the undisturbed canal at points inside it, and the gauges of canal and cord."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.volume import FloatArray
from spineseg.phantom import anthropometry as table
from spineseg.phantom.canvas import ellipse
from spineseg.phantom.curve import CurvilinearPoints
from spineseg.phantom.spine import Spine

Mask = NDArray[np.bool_]

# 0 neck, 1 thorax, 2 lumbar spine and sacrum, for each level.
_REGION = np.digitize(np.arange(table.S5 + 1), [table.T1, table.L1])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CanalPoints:
    """Points inside the bony canal and what lies around them; lesions replace its arrays, never change them.

    Parameters
    ----------
    points : (N,)
    canal_a, canal_b, sac_v, sac_a, sac_b, cord_a, cord_b : (N,) [mm]
        Tables of the spine at the points.
    cord_u, cord_v : (N,) [mm]
        Position relative to the cord's centre, in the undeformed cord's own frame.
    cord_centre_u, cord_centre_v : (N,) [mm]
        Centre of the undeformed cord.
    sac : (N,)
        Inside the dura.
    tumour : (N,) uint8
        Number of the lesion that fills the point; 0 elsewhere.
    tumour_tissue : (N,) uint8
        What the lesion is made of.
    """

    points: CurvilinearPoints
    canal_a: FloatArray
    canal_b: FloatArray
    sac_v: FloatArray
    sac_a: FloatArray
    sac_b: FloatArray
    cord_a: FloatArray
    cord_b: FloatArray
    cord_centre_u: FloatArray
    cord_centre_v: FloatArray
    cord_u: FloatArray
    cord_v: FloatArray
    sac: Mask
    tumour: NDArray[np.uint8]
    tumour_tissue: NDArray[np.uint8]


def canal_points(spine: Spine, points: CurvilinearPoints) -> CanalPoints:
    """The undisturbed canal at some points."""
    index, canal = points.index, spine.canal
    sac_v, sac_a, sac_b = canal.sac_v[index], canal.sac_a[index], canal.sac_b[index]
    centre_u, centre_v = canal.cord_u[index], canal.cord_v[index]
    tiny = np.float32(1e-3)
    gauge = ellipse(points.u, points.v - sac_v, np.maximum(sac_b, tiny), np.maximum(sac_a, tiny))
    if spine.pathology is not None:
        # The dura follows the rounded triangle of the bone, less sharply.
        narrower = 1 - np.float32(0.6) * taper(spine, points)
        gauge = ellipse(points.u, points.v - sac_v, np.maximum(sac_b * narrower, tiny), np.maximum(sac_a, tiny))
    return CanalPoints(
        points=points,
        canal_a=canal.canal_a[index], canal_b=canal.canal_b[index],
        sac_v=sac_v, sac_a=sac_a, sac_b=sac_b,
        cord_a=canal.cord_a[index], cord_b=canal.cord_b[index],
        cord_centre_u=centre_u, cord_centre_v=centre_v,
        cord_u=points.u - centre_u, cord_v=points.v - centre_v,
        sac=gauge < 1,
        tumour=np.zeros(index.shape, dtype=np.uint8),
        tumour_tissue=np.zeros(index.shape, dtype=np.uint8),
    )  # fmt: skip


def half_width(spine: Spine, points: CurvilinearPoints) -> FloatArray:
    """Half width of the bony canal's ellipse at each point [mm]; less at its back where it is a rounded triangle."""
    width = spine.canal.canal_b[points.index]
    if spine.pathology is None:
        return width
    narrowed: FloatArray = width * (1 - taper(spine, points))
    return narrowed


def taper(spine: Spine, points: CurvilinearPoints) -> FloatArray:
    """Share of the width that the back of the canal lacks, growing from its middle backwards."""
    if spine.pathology is None:
        return np.zeros(points.u.shape, dtype=np.float32)
    share = np.asarray(spine.pathology.arch.canal_taper, dtype=np.float32)[_REGION][spine.level[points.index]]
    lacking: FloatArray = share * (-points.v / spine.canal.canal_a[points.index]).clip(0, 1)
    return lacking


def cord_gauge(section: CanalPoints) -> FloatArray:
    """Below 1 inside the cord; large where the cord has ended."""
    tiny = np.float32(0.05)
    gauge = ellipse(section.cord_u, section.cord_v, np.maximum(section.cord_b, tiny), np.maximum(section.cord_a, tiny))
    return np.where(section.cord_a > 0.4, gauge, np.float32(9.0))
