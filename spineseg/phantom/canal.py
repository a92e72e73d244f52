"""Canvas -> canal content painted on it: epidural fat and veins, thecal sac, cord, conus and cauda equina."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.labels import CAUDA_EQUINA, CSF, EPIDURAL_SPACE, SPINAL_CORD
from spineseg.domain.volume import FloatArray
from spineseg.phantom import anthropometry as table
from spineseg.phantom.canal_section import CanalPoints, Mask, canal_points, cord_gauge, half_width
from spineseg.phantom.canvas import Canvas, ellipse, paint
from spineseg.phantom.cysts import paint_cysts
from spineseg.phantom.implants import paint_implants
from spineseg.phantom.narrowing import Narrowing, narrow
from spineseg.phantom.spine import Spine
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.variation import Cauda, Syrinx

__all__ = ["CanalLesion", "CanalPoints", "Mask", "canal_points", "cord_gauge", "paint_canal"]

_SACRAL_HIATUS = table.S5 - 1  # the bony canal ends at S4
_MEDULLA_MM = 32.0  # cord label above C1: up to the foramen magnum and a little beyond [P]


class CanalLesion(Protocol):
    """A lesion that changes the canal."""

    def press(self, section: CanalPoints) -> CanalPoints:
        """The canal with this lesion in it."""
        ...


def paint_canal(canvas: Canvas, lesions: Sequence[CanalLesion] = ()) -> None:
    """The canal and everything in it, deformed by the lesions in their order."""
    spine = canvas.spine
    if spine.pathology is not None:
        # Here, since hardware lies in the sacrum, too, and only what fills the canal comes after it.
        paint_implants(canvas, spine.pathology.hardware)
    half = 1.25 * float(max(spine.canal.canal_b.max(), spine.canal.canal_a.max()))
    chosen = canvas.box(
        u_mm=half, v_mm=(-half, half), s_mm=(-_MEDULLA_MM * spine.size, float(spine.bottom[_SACRAL_HIATUS]))
    )
    points = canvas.points.at(chosen)
    canal = ellipse(points.u, points.v, half_width(spine, points), spine.canal.canal_a[points.index]) < 1
    chosen = chosen[canal]
    if not chosen.size:
        return
    section = canal_points(spine, canvas.points.at(chosen))
    narrowing: Narrowing | None = None
    if spine.pathology is not None and spine.pathology.encroachments:
        section, narrowing = narrow(spine, section, spine.pathology.encroachments)
    for lesion in lesions:
        section = lesion.press(section)
    everywhere = np.ones(chosen.size, dtype=bool)
    tissue, anatomy = _content(spine, section, rough=canvas.rough[chosen])
    paint(canvas.tissue, chosen, everywhere, tissue)
    paint(canvas.anatomy, chosen, everywhere, anatomy)
    paint(canvas.subregions, chosen, everywhere, 0)
    if narrowing is not None:
        free = narrowing.mass & (section.tumour == 0)
        paint(canvas.tissue, chosen, free, narrowing.tissue)
        paint(canvas.anatomy, chosen, free, narrowing.anatomy)
        paint(canvas.subregions, chosen, free, narrowing.subregions)
    paint(canvas.lesions, chosen, section.tumour > 0, section.tumour)
    if spine.pathology is not None:
        paint_cysts(canvas, spine.pathology.cysts)


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
    for syrinx in () if spine.pathology is None else spine.pathology.syrinxes:
        tissue[cord & _syrinx(spine, syrinx, section, gauge)] = Tissue.SYRINX
    # Flow voids: dark streaks in bright CSF, mostly behind the thoracic cord (Lisanti et al., AJR 2007;188:716).
    void = sac & ~cord & ~cauda & (points.v < section.sac_v) & (rough > 1.9)
    tissue[void] = Tissue.FLOW_VOID
    tumour = section.tumour > 0
    tissue[tumour] = section.tumour_tissue[tumour]
    return tissue, anatomy


def _cauda(spine: Spine, section: CanalPoints, rough: FloatArray) -> tuple[Mask, Mask]:
    """Region of the nerve roots below the conus, sunk to the back of the sac, and the roots in it."""
    points, habit = section.points, Cauda() if spine.pathology is None else spine.pathology.cauda
    below = points.s - np.float32(spine.conus_s - 8 * spine.size)
    # Roots leave one by one: the bundle thins from most of the sac at the conus to little at S1 [P].
    share = np.clip(habit.share - below * np.float32(0.0024), 0.15, habit.share)
    tiny = np.float32(1e-3)
    half_a = np.maximum(section.sac_a * share, tiny)
    centre = section.sac_v - (section.sac_a - half_a) * np.float32(habit.settled)
    region = ellipse(points.u, points.v - centre, np.maximum(0.85 * section.sac_b, tiny), half_a) < 1
    region &= (below > 0) & (points.s < spine.sac_end_s)
    pitch = np.float32(2 * np.pi / (habit.pitch_mm * spine.size))
    u = points.u
    if habit.winding_mm:
        u = u + np.float32(habit.winding_mm) * np.sin(points.s / 7 + rough)  # waves of some 4 cm [P]
    roots = np.cos(u * pitch + rough) * np.cos((points.v + points.s / 40) * pitch + rough) > 0.05
    return region, roots


def _syrinx(spine: Spine, syrinx: Syrinx, section: CanalPoints, gauge: FloatArray) -> Mask:
    away = np.abs(section.points.s - spine.middle[syrinx.level]) / np.float32(syrinx.half_length_mm)
    cavity: Mask = gauge < syrinx.share * np.sqrt((1 - away * away).clip(0, 1))
    return cavity
