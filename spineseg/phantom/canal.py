"""Canvas -> canal content painted on it: epidural fat and veins, thecal sac, cord, conus and cauda equina."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.labels import CAUDA_EQUINA, CSF, EPIDURAL_SPACE, SPINAL_CORD
from spineseg.domain.volume import FloatArray
from spineseg.phantom import anthropometry as table
from spineseg.phantom.canvas import Canvas, ellipse, paint
from spineseg.phantom.curve import CurvilinearPoints
from spineseg.phantom.spine import Spine
from spineseg.phantom.tissues import Tissue

Mask = NDArray[np.bool_]

_SACRAL_HIATUS = table.S5 - 1  # the bony canal ends at S4
_MEDULLA_MM = 32.0  # cord label above C1: up to the foramen magnum and a little beyond [P]
_ROOT_PITCH_MM = 2.6  # distance of cauda roots in the sac [P]


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


class CanalLesion(Protocol):
    """A lesion that changes the canal."""

    def press(self, section: CanalPoints) -> CanalPoints:
        """The canal with this lesion in it."""
        ...


def canal_points(spine: Spine, points: CurvilinearPoints) -> CanalPoints:
    """The undisturbed canal at some points."""
    index, canal = points.index, spine.canal
    sac_v, sac_a, sac_b = canal.sac_v[index], canal.sac_a[index], canal.sac_b[index]
    centre_u, centre_v = canal.cord_u[index], canal.cord_v[index]
    tiny = np.float32(1e-3)
    return CanalPoints(
        points=points,
        canal_a=canal.canal_a[index], canal_b=canal.canal_b[index],
        sac_v=sac_v, sac_a=sac_a, sac_b=sac_b,
        cord_a=canal.cord_a[index], cord_b=canal.cord_b[index],
        cord_centre_u=centre_u, cord_centre_v=centre_v,
        cord_u=points.u - centre_u, cord_v=points.v - centre_v,
        sac=ellipse(points.u, points.v - sac_v, np.maximum(sac_b, tiny), np.maximum(sac_a, tiny)) < 1,
        tumour=np.zeros(index.shape, dtype=np.uint8),
        tumour_tissue=np.zeros(index.shape, dtype=np.uint8),
    )  # fmt: skip


def paint_canal(canvas: Canvas, lesions: Sequence[CanalLesion] = ()) -> None:
    """The canal and everything in it, deformed by the lesions in their order."""
    spine = canvas.spine
    half = 1.25 * float(max(spine.canal.canal_b.max(), spine.canal.canal_a.max()))
    chosen = canvas.box(
        u_mm=half, v_mm=(-half, half), s_mm=(-_MEDULLA_MM * spine.size, float(spine.bottom[_SACRAL_HIATUS]))
    )
    points = canvas.points.at(chosen)
    canal = ellipse(points.u, points.v, spine.canal.canal_b[points.index], spine.canal.canal_a[points.index]) < 1
    chosen = chosen[canal]
    if not chosen.size:
        return
    section = canal_points(spine, canvas.points.at(chosen))
    for lesion in lesions:
        section = lesion.press(section)
    everywhere = np.ones(chosen.size, dtype=bool)
    tissue, anatomy = _content(spine, section, rough=canvas.rough[chosen])
    paint(canvas.tissue, chosen, everywhere, tissue)
    paint(canvas.anatomy, chosen, everywhere, anatomy)
    paint(canvas.subregions, chosen, everywhere, 0)
    paint(canvas.lesions, chosen, section.tumour > 0, section.tumour)


def cord_gauge(section: CanalPoints) -> FloatArray:
    """Below 1 inside the cord; large where the cord has ended."""
    tiny = np.float32(0.05)
    gauge = ellipse(section.cord_u, section.cord_v, np.maximum(section.cord_b, tiny), np.maximum(section.cord_a, tiny))
    return np.where(section.cord_a > 0.4, gauge, np.float32(9.0))


def _content(spine: Spine, section: CanalPoints, *, rough: FloatArray) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    points = section.points
    # Anterior epidural veins lie at the back of the bodies; fat elsewhere.
    veins = (points.v > 0.55 * section.canal_a) & (rough > 0.1) & (points.s > 0)
    tissue = np.where(veins, np.uint8(Tissue.EPIDURAL_VEIN), np.uint8(Tissue.EPIDURAL_FAT))
    anatomy = np.full(points.s.shape, EPIDURAL_SPACE, dtype=np.uint8)
    above = points.s < 0
    sac = section.sac | above
    tissue[sac], anatomy[sac] = Tissue.CSF, CSF
    gauge = cord_gauge(section)
    cord = sac & (gauge < 1)
    cauda, roots = _cauda(spine, section, rough)
    cauda &= sac & ~cord
    tissue[cauda & roots], anatomy[cauda] = Tissue.ROOT, CAUDA_EQUINA
    tissue[cord], anatomy[cord] = Tissue.CORD, SPINAL_CORD
    # Flow voids: dark streaks in bright CSF, mostly behind the thoracic cord (Lisanti et al., AJR 2007;188:716).
    void = sac & ~cord & ~cauda & (points.v < section.sac_v) & (rough > 1.9)
    tissue[void] = Tissue.FLOW_VOID
    tumour = section.tumour > 0
    tissue[tumour] = section.tumour_tissue[tumour]
    return tissue, anatomy


def _cauda(spine: Spine, section: CanalPoints, rough: FloatArray) -> tuple[Mask, Mask]:
    """Region of the nerve roots below the conus, sunk to the back of the sac, and the roots in it."""
    points = section.points
    below = points.s - np.float32(spine.conus_s - 8 * spine.size)
    # Roots leave one by one: the bundle thins from most of the sac at the conus to little at S1 [P].
    share = np.clip(0.72 - below * np.float32(0.0024), 0.15, 0.72)
    tiny = np.float32(1e-3)
    half_a = np.maximum(section.sac_a * share, tiny)
    centre = section.sac_v - (section.sac_a - half_a) * np.float32(0.85)
    region = ellipse(points.u, points.v - centre, np.maximum(0.85 * section.sac_b, tiny), half_a) < 1
    region &= (below > 0) & (points.s < spine.sac_end_s)
    pitch = np.float32(2 * np.pi / (_ROOT_PITCH_MM * spine.size))
    roots = np.cos(points.u * pitch + rough) * np.cos((points.v + points.s / 40) * pitch + rough) > 0.05
    return region, roots
