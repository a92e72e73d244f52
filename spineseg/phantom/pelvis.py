"""Canvas -> sacrum with its alae and foramina, and the iliac bones painted on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.labels import POSTERIOR_ELEMENTS, SACRUM, VERTEBRAL_BODY
from spineseg.domain.volume import FloatArray
from spineseg.phantom import anthropometry as table
from spineseg.phantom.canvas import Canvas, paint
from spineseg.phantom.curve import CurvilinearPoints
from spineseg.phantom.spine import Spine
from spineseg.phantom.tissues import Tissue

# Half width of sacrum with alae at the top of S1, middles of S1, S3, S5 [mm]; sacral breadth some 105 mm [P].
_ALA_MM = (52.0, 52.0, 36.0, 14.0)
_FORAMEN_MM = 20.0  # distance of the sacral foramina from the midline [P]


def paint_pelvis(canvas: Canvas) -> None:
    """Sacrum (value 26) and iliac bones."""
    spine = canvas.spine
    size = spine.size
    low, high = float(spine.top[table.S1]), float(spine.bottom[table.S5])
    chosen = canvas.box(u_mm=130 * size, v_mm=(-45 * size, 75 * size), s_mm=(low - 45 * size, high))
    if not chosen.size:
        return
    points = canvas.points.at(chosen)
    rough = canvas.rough[chosen] * np.float32(0.4)
    ilium = _ilium(spine, points, rough)
    tissue = np.where(ilium < 1.4, np.uint8(Tissue.CORTEX), np.uint8(Tissue.MARROW_OTHER))
    paint(canvas.tissue, chosen, (ilium > 0) & (canvas.anatomy[chosen] == 0), tissue)
    central, wings, foramen = _sacrum(spine, points, rough)
    depth = np.maximum(central, wings)
    bone = (depth > 0) & ~foramen & (canvas.anatomy[chosen] == 0)
    tissue = np.where(depth < spine.shape.cortex_mm, np.uint8(Tissue.CORTEX), np.uint8(Tissue.MARROW_SACRUM))
    tissue[_remnant_disc(spine, points) & (central > 0)] = Tissue.ANNULUS
    paint(canvas.tissue, chosen, bone, tissue)
    paint(canvas.anatomy, chosen, bone, SACRUM)
    part = np.where(central > 0, np.uint8(VERTEBRAL_BODY), np.uint8(POSTERIOR_ELEMENTS))
    paint(canvas.subregions, chosen, bone, part)
    paint(canvas.tissue, chosen, (wings > 0) & foramen & ~bone, Tissue.FAT)
    root = np.hypot(np.abs(points.u) - _FORAMEN_MM * size, points.v - spine.canal.canal_a[points.index]) < 2.6 * size
    paint(canvas.tissue, chosen, (wings > 0) & root & foramen, Tissue.ROOT)


def _sacrum(
    spine: Spine, points: CurvilinearPoints, rough: FloatArray
) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Depth in the fused bodies and in the alae with the posterior wall [mm], and the foramina."""
    size = spine.size
    canal = spine.canal
    canal_a, half_depth, half_width = (part[points.index] for part in (canal.canal_a, canal.body_a, canal.body_b))
    side = np.abs(points.u)
    along = np.minimum(points.s - float(spine.top[table.S1]), float(spine.bottom[table.S5]) - points.s)
    outline = ((side / half_width) ** 2.5 + (np.abs(points.v - canal_a - half_depth) / half_depth) ** 2.5) ** 0.4
    central = np.minimum((1 - outline) * np.minimum(half_depth, half_width) + rough, along)
    nodes = [spine.top[table.S1], spine.middle[table.S1], spine.middle[table.S1 + 2], spine.middle[table.S5]]
    ala = np.interp(points.s, nodes, _ALA_MM).astype(np.float32) * np.float32(size)
    front = canal_a + 2 * half_depth * np.clip(1 - 0.6 * (side / ala) ** 2, 0.1, 1)
    back = canal_a + np.float32(6.0 * size) - 0.12 * side
    wings = np.minimum(np.minimum(ala - side, front - points.v), points.v + back)
    wings = np.minimum(wings + rough, along)
    crest = np.minimum(3.2 * size - side, np.minimum(points.v + canal_a + 13 * size, -points.v - canal_a))
    wings = np.maximum(wings, np.minimum(crest, along))
    level = spine.level[points.index].clip(table.S1, table.S5)
    gauge = np.hypot((side - _FORAMEN_MM * size) / (4.5 * size), (points.s - spine.bottom[level] + 3) / (6 * size))
    # Anterior and posterior foramina of S1-S4.
    foramen = (gauge < 1) & (level < table.S5)
    return central.astype(np.float32), wings.astype(np.float32), foramen


def _remnant_disc(spine: Spine, points: CurvilinearPoints) -> NDArray[np.bool_]:
    level = spine.level[points.index]
    outside = (points.s > spine.bottom[level]) & (level >= table.S1) & (level < table.S1 + 2)
    remnant: NDArray[np.bool_] = outside & (points.v > spine.canal.canal_a[points.index] + 2)
    return remnant


def _ilium(spine: Spine, points: CurvilinearPoints, rough: FloatArray) -> FloatArray:
    """Depth inside the iliac bones [mm]: oblique plates lateral to the alae."""
    size = spine.size
    side = np.abs(points.u) - 60 * size
    nodes = [spine.top[table.S1] - 40 * size, spine.top[table.S1], spine.middle[table.S1 + 1], spine.middle[table.S5]]
    thickness = np.interp(points.s, nodes, [4.0, 9.0, 12.0, 7.0]).astype(np.float32) * np.float32(size)
    plate = thickness - np.abs(side - 0.75 * (points.v + 15 * size))
    plate = np.minimum(plate, points.v + 32 * size) + rough
    lower = np.minimum(points.s - spine.top[table.S1] + 35 * size, spine.middle[table.S5] - points.s)
    depth: FloatArray = np.minimum(plate, lower).astype(np.float32)
    return depth
