"""Canvas + hardware -> pedicle screws, rods and cages painted on it; labels stay those of the bone and disc around."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spineseg.phantom import anthropometry as table
from spineseg.phantom.canvas import Canvas, paint
from spineseg.phantom.spine import Spine
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.variation import Hardware

_HEAD_MM = 5.5  # radius of a screw's head [P]
_ROD_BACK_MM = 15.0  # rods lie behind the middle of the canal by its half depth and this [P]
_SCREW_DEPTH = 0.75  # share of the body that screws reach into [P]
_INWARD = 0.22  # screws converge by some 10-15° [P]


def paint_implants(canvas: Canvas, hardware: Sequence[Hardware]) -> None:
    """Everything metal; what it replaces keeps its label."""
    for one in hardware:
        for level in range(one.first, one.last + 1) if one.screws else ():
            for side in (-1.0, 1.0):
                _paint_screw(canvas, one, level, side)
        if one.screws:
            _paint_rods(canvas, one)
        for level in one.cages:
            _paint_cage(canvas, level)


def _paint_screw(canvas: Canvas, one: Hardware, level: int, side: float) -> None:
    spine = canvas.spine
    height = float(spine.sizes["body_height"][level])
    s = float(spine.middle[level]) - 0.15 * height
    canal_a, entry = _entry(spine, level)
    tip = canal_a + 2 * _SCREW_DEPTH * _at(spine, spine.canal.body_a, level)
    back = -canal_a - _ROD_BACK_MM
    chosen = canvas.box(u_mm=entry + 10, v_mm=(back - _HEAD_MM, tip), s_mm=(s - 9, s + 9))
    if not chosen.size:
        return
    points = canvas.points.at(chosen)
    # In the pedicle at the canal's front; inwards in front of it, outwards behind.
    axis = entry - _INWARD * points.v
    across = np.hypot(side * points.u - axis, points.s - s)
    shaft = (across < one.screw_mm / 2) & (points.v > back)
    head = np.sqrt(across**2 + (points.v - back) ** 2) < _HEAD_MM
    paint(canvas.tissue, chosen, shaft | head, Tissue.IMPLANT)


def _paint_rods(canvas: Canvas, one: Hardware) -> None:
    spine = canvas.spine
    low, high = float(spine.middle[one.first]) - 12, float(spine.middle[one.last]) + 8
    chosen = canvas.box(u_mm=45, v_mm=(-45, 0), s_mm=(low, high))
    if not chosen.size:
        return
    points = canvas.points.at(chosen)
    levels = range(one.first, one.last + 1)
    places = [float(spine.middle[k]) for k in levels]
    entries = [_entry(spine, k) for k in levels]
    back = np.interp(points.s, places, [-canal_a - _ROD_BACK_MM for canal_a, _ in entries])
    beside = np.interp(points.s, places, [entry for _, entry in entries]) - _INWARD * back
    rod = np.hypot(np.abs(points.u) - beside, points.v - back) < one.rod_mm / 2
    paint(canvas.tissue, chosen, rod, Tissue.IMPLANT)


def _paint_cage(canvas: Canvas, level: int) -> None:
    spine = canvas.spine
    top, bottom = float(spine.bottom[level]), float(spine.top[level + 1])
    middle, half = (top + bottom) / 2, (bottom - top) / 2 + 1.0
    canal_a = _at(spine, spine.canal.canal_a, level)
    depth, width = _at(spine, spine.canal.body_a, level), _at(spine, spine.canal.body_b, level)
    chosen = canvas.box(u_mm=0.6 * width, v_mm=(canal_a, canal_a + 2 * depth), s_mm=(middle - half, middle + half))
    if not chosen.size:
        return
    points = canvas.points.at(chosen)
    gauge = np.maximum(np.abs(points.u) / (0.5 * width), np.abs(points.v - canal_a - depth) / (0.6 * depth))
    # A hollow box filled with bone graft.
    wall = (gauge < 1) & (gauge > 0.55)
    paint(canvas.tissue, chosen, wall, Tissue.IMPLANT)
    paint(canvas.tissue, chosen, gauge <= 0.55, Tissue.MARROW_BODY)


def _entry(spine: Spine, level: int) -> tuple[float, float]:
    """Half depth of the canal and distance of the pedicle's axis from the midline [mm]."""
    pedicle = float(spine.sizes["pedicle_width"][min(level, table.L5)])
    canal_a = _at(spine, spine.canal.canal_a, level)
    return canal_a, _at(spine, spine.canal.canal_b, level) + pedicle / 2 + _INWARD * canal_a * 0.5


def _at(spine: Spine, values: np.ndarray[tuple[int], np.dtype[np.float32]], level: int) -> float:
    node = int(spine.curve.node(np.array([spine.middle[level]], dtype=np.float32))[0])
    return float(values[node])
