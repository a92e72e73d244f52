"""Canvas -> ribs, skull base and brain painted on it."""

from __future__ import annotations

import numpy as np

from spineseg.domain.volume import FloatArray
from spineseg.phantom import anthropometry as table
from spineseg.phantom.canvas import Canvas, ellipse, paint
from spineseg.phantom.curve import CurvilinearPoints
from spineseg.phantom.spine import Spine
from spineseg.phantom.tissues import Tissue


def paint_ribs(canvas: Canvas) -> None:
    """Ribs of T1 to T12 from the costovertebral joint outwards, sinking on their way."""
    spine = canvas.spine
    size = spine.size
    chosen = canvas.box(
        u_mm=150 * size,
        v_mm=(-50 * size, 130 * size),
        s_mm=(float(spine.top[table.T1]) - 10, float(spine.bottom[table.T12]) + 60 * size),
    )
    if not chosen.size:
        return
    depth = _ribs(spine, canvas.points.at(chosen))
    tissue = np.where(depth < 1.2, np.uint8(Tissue.CORTEX), np.uint8(Tissue.MARROW_OTHER))
    paint(canvas.tissue, chosen, (depth > 0) & (canvas.anatomy[chosen] == 0), tissue)


def chest_wall(spine: Spine, points: CurvilinearPoints) -> FloatArray:
    """Gauge of the rib cage across the canal: below 1 inside."""
    # 260 mm wide and 170 mm deep, reaching 30 mm behind the canal (read off chest CT, [P]).
    return ellipse(points.u, points.v - 55 * spine.size, 130 * spine.size, 85 * spine.size)


def _ribs(spine: Spine, points: CurvilinearPoints) -> FloatArray:
    size = spine.size
    side = np.abs(points.u)
    start = 0.75 * spine.canal.body_b[points.index]
    outward = np.maximum(side - start, 0)
    # Ribs sink by some 0.35 mm per mm beyond the transverse process [P].
    level_s = points.s - 0.35 * np.maximum(outward - 25 * size, 0)
    level = spine.level[spine.curve.node(level_s + 2 * size)]
    # From the joint at the disc they run backwards to the angle, then with the chest wall.
    neck = points.v - (4 * size - 0.95 * outward)
    wall = (chest_wall(spine, points) - 1) * (95 * size)
    across = np.where(outward < 30 * size, neck * np.float32(0.72), wall)
    gauge = ellipse(across, level_s - spine.top[level] - 2 * size, 3.8 * size, 6.2 * size)
    depth = np.minimum((1 - gauge) * 3.8 * size, side - start)
    # The twelfth rib is short, some 8 cm.
    thoracic = (level >= table.T1) & (level <= table.T12) & ((level < table.T12) | (outward < 60 * size))
    return np.where(thoracic, depth, np.float32(-1))


def paint_skull(canvas: Canvas) -> None:
    """Skull base with clivus, occiput and mandible-free face, and the brain above; nothing here is labelled."""
    spine = canvas.spine
    size = spine.size
    chosen = canvas.box(u_mm=110 * size, v_mm=(-130 * size, 130 * size), s_mm=(-120 * size, 2.0))
    if not chosen.size:
        return
    points = canvas.points.at(chosen)
    up = -points.s - 8 * size  # height above the foramen magnum
    brain = np.sqrt(
        (points.u / (68 * size)) ** 2
        + ((points.v - 5 * size) / (84 * size)) ** 2
        + ((up - 62 * size) / (62 * size)) ** 2
    )
    skull = (1.1 - brain) * 65 * size
    free = canvas.anatomy[chosen] == 0
    hole = ellipse(points.u, points.v, 15 * size, 18 * size) < 1
    shell = (skull > 0) & (brain > 1) & ~hole & free
    tissue = np.where((skull < 1.6) | (brain < 1.03), np.uint8(Tissue.CORTEX), np.uint8(Tissue.MARROW_OTHER))
    paint(canvas.tissue, chosen, shell, tissue)
    paint(canvas.tissue, chosen, (brain <= 1) & free, Tissue.BRAIN)
    # Clivus in front of the foramen magnum; occipital condyles on both sides carry C1.
    clivus = (points.v > 19 * size) & (points.v < 31 * size + 0.3 * up) & (np.abs(points.u) < 13 * size)
    condyle = np.sqrt(
        ((np.abs(points.u) - 20 * size) / (7 * size)) ** 2
        + ((points.v - 6 * size) / (11 * size)) ** 2
        + ((points.s + 5 * size) / (6 * size)) ** 2
    )
    bone = ((clivus & (up > -4) & (up < 40 * size)) | (condyle < 1)) & free
    paint(canvas.tissue, chosen, bone, Tissue.MARROW_OTHER)
