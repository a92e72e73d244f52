"""Canvas -> muscles that follow the spine, painted: of the back, the neck, psoas; fat and roots of the foramina.

Septa and streaks of fat make them bundles, as on every MR of adults.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spineseg.phantom import anthropometry as table
from spineseg.phantom.canvas import Canvas, Chosen, ellipse, paint
from spineseg.phantom.ground import Shape, tube
from spineseg.phantom.spine import Spine
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.trunk import Landmarks

Mask = NDArray[np.bool_]

# Erector spinae with multifidus: half width and half depth [mm at size 1] by level, read off axial MR [P].
_ERECTOR = (
    ("T1", 25.0, 15.0), ("T5", 24.0, 15.0), ("T9", 26.0, 17.0), ("T12", 29.0, 20.0), ("L3", 33.0, 24.0),
    ("L5", 33.0, 23.0), ("S2", 28.0, 15.0), ("S4", 18.0, 8.0),
)  # fmt: skip


def draw_psoas(rng: np.random.Generator, mark: Landmarks, infiltration: float) -> tuple[Shape, ...]:
    """Psoas and quadratus lumborum of both sides; a sarcopenic psoas is half as wide [P]."""
    size = mark.size
    bulk = size * float(rng.uniform(0.72, 1.2))
    streaks = (3.2 - 1.4 * infiltration, Tissue.FAT, 99.0)
    shapes = []
    for side in (1, -1):
        psoas = [mark.at("T12", 23 * side, 20), mark.at("L2", 33 * side, 26), mark.at("L4", 42 * side, 32)]
        psoas += [mark.at("S1", 52 * side, 46), mark.pelvis(72 * side, -48, -55), mark.pelvis(86 * side, -48, -100)]
        quadratus = [mark.at("T12", 48 * side, -10), mark.at("L2", 60 * side, 2), mark.at("L4", 70 * side, 4)]
        radii = [5 * bulk, 12 * bulk, 18 * bulk, 18 * bulk, 16 * bulk, 13 * bulk]
        shapes.append(tube(psoas, radii, Tissue.MUSCLE, fleck=streaks, uneven_mm=1.0))
        shapes.append(tube(quadratus, 15 * bulk, Tissue.MUSCLE, squash=(1.0, 0.5, 1.0), fleck=streaks))
    return tuple(shapes)


def paint_back(canvas: Canvas, infiltration: float) -> None:
    """Erector spinae and multifidus from T1 to the sacrum, with their septa."""
    spine = canvas.spine
    size = spine.size
    low, high = float(spine.top[table.T1]) - 20 * size, spine.level_s("S4")
    chosen = canvas.box(u_mm=66 * size, v_mm=(-85 * size, 5.0), s_mm=(low, high))
    if not chosen.size:
        return
    points = canvas.points.at(chosen)
    nodes = [spine.level_s(name) for name, *_ in _ERECTOR]
    table_mm = np.array([row[1:] for row in _ERECTOR], dtype=np.float64).T * size
    half_u, half_v = (np.interp(spine.curve.s, nodes, one).astype(np.float32)[points.index] for one in table_mm)
    side = np.abs(points.u)
    canal_a = spine.canal.canal_a[points.index]
    blob = canvas.blob[chosen]
    behind = points.v + canal_a + half_v - 2 * size
    gauge = ellipse(side - half_u, behind - 0.12 * side, half_u * 1.05, half_v) + np.float32(0.05) * blob
    # Multifidus fills the groove beside the spinous processes.
    gauge = np.minimum(gauge, ellipse(side - 9 * size, behind - 4 * size, 12 * size, half_v))
    paint(canvas.tissue, chosen, gauge < 1, Tissue.MUSCLE)
    septa = np.abs(side - 0.55 * half_u + 0.2 * behind + 1.5 * blob) < 0.4 + 0.9 * infiltration
    septa |= np.abs(side - 1.25 * half_u + 0.15 * behind + 1.5 * blob) < 0.3 + 0.7 * infiltration
    streaks = canvas.rough[chosen] + np.float32(0.5) * blob > 2.9 - 1.7 * infiltration
    # Fat gathers first in the multifidus beside the laminae.
    streaks |= canvas.rough[chosen] + 0.06 * (behind + half_v + side) < -3.2 + 1.6 * infiltration
    paint(canvas.tissue, chosen, (gauge < 1) & (septa | streaks), Tissue.FAT)


def paint_nape(canvas: Canvas, infiltration: float) -> None:
    """Muscles behind and beside the cervical spine in layers parted by fat, and the nuchal ligament."""
    spine = canvas.spine
    size = spine.size
    end = float(spine.top[table.T1]) + 30 * size
    chosen = canvas.box(u_mm=64 * size, v_mm=(-56 * size, 18 * size), s_mm=(-14 * size, end))
    if not chosen.size:
        return
    points = canvas.points.at(chosen)
    blob = canvas.blob[chosen]
    side = np.abs(points.u)
    gauge = ellipse(side, points.v + 4 * size, 50 * size, 46 * size) + np.float32(0.03) * blob
    muscle = (gauge < 1) & (points.v < 14 * size - 0.25 * side)
    paint(canvas.tissue, chosen, muscle, Tissue.MUSCLE)
    plane = np.float32(0.012 + 0.016 * infiltration)
    fat = np.abs(gauge - 0.86) < plane
    fat |= (np.abs(gauge - 0.68) < plane) & (points.v < -8 * size)
    fat |= (np.abs(gauge - 0.52) < plane) & (points.v < -12 * size)
    fat |= np.abs(side - 26 * size - 0.5 * (points.v + 10 * size) + 2 * blob) < 0.5 + infiltration
    fat |= canvas.rough[chosen] > 2.8 - 1.2 * infiltration
    paint(canvas.tissue, chosen, muscle & fat, Tissue.FAT)


def paint_roots(canvas: Canvas) -> None:
    """Fat of the foramina, roots that leave through them, and the ligaments between the spinous processes."""
    spine = canvas.spine
    size = spine.size
    end = float(spine.top[table.S1])
    chosen = canvas.box(u_mm=46 * size, v_mm=(-62 * size, 16 * size), s_mm=(-6 * size, end))
    if not chosen.size:
        return
    points = canvas.points.at(chosen)
    side = np.abs(points.u)
    canal_a, canal_b = spine.canal.canal_a[points.index], spine.canal.canal_b[points.index]
    foramina = (side < canal_b + 8 * size) & (np.abs(points.v) < canal_a)
    paint(canvas.tissue, chosen, foramina, Tissue.FAT)
    midline = (side < 1.4) & (points.v < -canal_a - 3 * size) & (points.v > -canal_a - 40 * size)
    # Interspinous ligaments are streaked with fat and grey on MR, dark in places only.
    rough = canvas.rough[chosen]
    streaks = np.where(rough > 0.3, np.uint8(Tissue.FAT), np.uint8(Tissue.MUSCLE))
    paint(canvas.tissue, chosen, midline, np.where(rough < -0.7, np.uint8(Tissue.LIGAMENT), streaks))
    paint(canvas.tissue, chosen, _exits(spine, canvas, chosen, foramina), Tissue.ROOT)


def _exits(spine: Spine, canvas: Canvas, chosen: Chosen, foramina: Mask) -> Mask:
    """Where the roots run: below the pedicle, through the lower part of the level, then outwards and down."""
    size = spine.size
    points = canvas.points.at(chosen)
    side = np.abs(points.u)
    upper = spine.level[points.index]
    leave = spine.bottom[upper] + 1 - 0.45 * (side - spine.canal.canal_b[points.index])
    root = np.hypot(points.s - leave + 3 * size, points.v + 0.5) < 2.4 * size
    root &= foramina | (np.abs(points.v + 0.5) < 2.4 * size)
    exits: Mask = root & (points.s > 0)
    return exits
