"""Canvas -> vertebral bodies, dens, anterior arch of C1 and discs painted on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.labels import DISC_OFFSET, POSTERIOR_ELEMENTS, VERTEBRAL_BODY
from spineseg.domain.volume import FloatArray
from spineseg.phantom import anthropometry as table
from spineseg.phantom.canvas import Canvas, Chosen, paint
from spineseg.phantom.curve import CurvilinearPoints
from spineseg.phantom.spine import Spine
from spineseg.phantom.spots import paint_spots
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.worn_column import paint_worn_column

_ROUGHNESS_MM = 0.35  # unevenness of a body's outline [P]
_LABELS = table.label_values()


def paint_bodies(canvas: Canvas) -> None:
    """Bodies C2 to L5 with end plates, waist and compact rim, the discs between them, and the upper neck."""
    spine = canvas.spine
    size = spine.size
    # Largest half width and depth of the table, individual variation included.
    chosen = canvas.box(
        u_mm=36 * size, v_mm=(1.0, 58 * size), s_mm=(float(spine.top[table.C2]), float(spine.top[table.S1]))
    )
    if spine.pathology is not None:
        paint_worn_column(canvas, spine.pathology)
        paint_spots(canvas, spine.pathology.spots)
    elif chosen.size:
        _paint_column(canvas, chosen)
    _paint_upper_neck(canvas)
    if spine.pathology is not None:
        _paint_lateral_masses(canvas)


def _paint_column(canvas: Canvas, chosen: Chosen) -> None:
    spine, points = canvas.spine, canvas.points.at(chosen)
    level = spine.level[points.index]
    outline, radius = _outline(spine, points, level, canvas.rough[chosen] * np.float32(_ROUGHNESS_MM))
    top, bottom = _end_plates(spine, points, level, outline)
    depth = np.minimum((1 - outline) * radius, np.minimum(points.s - top, bottom - points.s))
    body = depth > 0
    rim = depth < spine.shape.cortex_mm
    tissue = np.where(rim, np.uint8(Tissue.CORTEX), np.uint8(Tissue.MARROW_BODY))
    tissue[_basivertebral(spine, points, level)] = Tissue.EPIDURAL_VEIN
    paint(canvas.tissue, chosen, body, tissue)
    paint(canvas.anatomy, chosen, body, _LABELS[level])
    paint(canvas.subregions, chosen, body, VERTEBRAL_BODY)
    _paint_discs(canvas, chosen, level, outline=outline, below=points.s >= bottom, above=points.s <= top)


def _outline(
    spine: Spine, points: CurvilinearPoints, level: NDArray[np.int32], roughness: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Gauge of the body's outline across the canal and its smaller half diameter [mm]."""
    index = points.index
    height = spine.sizes["body_height"][level]
    along = ((points.s - spine.middle[level]) / height).clip(-0.5, 0.5)
    narrowing = 1 - spine.shape.waist * (1 - 4 * along * along)
    half_depth = spine.canal.body_a[index]
    half_width = spine.canal.body_b[index]
    # The axis narrows upwards into the dens.
    dens = ((points.s - spine.top[table.C2]) / (9 * spine.size)).clip(0, 1)
    half_width = np.where(level == table.C2, half_width * (0.62 + 0.38 * dens), half_width)
    forward = np.abs(points.v - spine.canal.canal_a[index] - half_depth)
    power = np.float32(spine.shape.exponent)
    across = (np.abs(points.u) / (half_width * narrowing + roughness)) ** power
    outline = (across + (forward / (half_depth * narrowing + roughness)) ** power) ** (1 / power)
    return outline, np.minimum(half_depth, half_width)


def _end_plates(
    spine: Spine, points: CurvilinearPoints, level: NDArray[np.int32], outline: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Cranial and caudal surface of the body at each point, along the canal [mm]."""
    height = spine.sizes["body_height"][level]
    hollow = (1 - outline * outline).clip(0, 1) * spine.shape.concavity_mm * (height / 25).clip(0.3, 1.2)
    front = (points.v - spine.canal.canal_a[points.index]) / (2 * spine.canal.body_a[points.index])
    # A collapsed end plate sinks in front and in the middle; half of the loss shows at each end plate's course [P].
    wedge = spine.collapse[level] * height * (0.66 * front.clip(0, 1) + 0.2 * (1 - outline).clip(0, 1))
    return spine.top[level] + hollow + wedge, spine.bottom[level] - hollow


def _basivertebral(spine: Spine, points: CurvilinearPoints, level: NDArray[np.int32]) -> NDArray[np.bool_]:
    # Vein that enters at the middle of the posterior wall; some 3 mm wide, half of the body deep [P].
    inside: NDArray[np.bool_] = np.abs(points.u) < 1.6 * spine.size
    inside &= np.abs(points.s - spine.middle[level]) < 1.4 * spine.size
    inside &= points.v < spine.canal.canal_a[points.index] + 0.8 * spine.canal.body_a[points.index]
    return inside


def _paint_discs(
    canvas: Canvas,
    chosen: Chosen,
    level: NDArray[np.int32],
    *,
    outline: FloatArray,
    below: NDArray[np.bool_],
    above: NDArray[np.bool_],
) -> None:
    spine = canvas.spine
    upper = np.where(above, level - 1, level)
    bulged = outline / (1 + spine.bulge[upper])
    disc = (below | above) & (bulged < 1) & (upper >= table.C2) & (upper <= table.L5)
    s = canvas.points.s[chosen]
    middle = (spine.bottom[upper] + spine.top[np.minimum(upper + 1, table.S5)]) / 2
    half_height = spine.sizes["disc_height"][upper] / 2 + spine.shape.concavity_mm / 2
    inner = (np.abs(s - middle) < 0.75 * half_height) & (bulged < spine.shape.nucleus)
    tissue = np.where(inner, np.uint8(Tissue.NUCLEUS), np.uint8(Tissue.ANNULUS))
    paint(canvas.tissue, chosen, disc, tissue)
    paint(canvas.anatomy, chosen, disc, (_LABELS[upper] + DISC_OFFSET).astype(np.uint8))


def _paint_upper_neck(canvas: Canvas) -> None:
    """Dens of C2 and anterior arch of C1 (its only part in front of the canal, given the value of a body)."""
    spine = canvas.spine
    size = spine.size
    low, high = -5.0 * size, float(spine.top[table.C2]) + 1
    chosen = canvas.box(u_mm=16 * size, v_mm=(1.0, 30 * size), s_mm=(low, high))
    if not chosen.size:
        return
    points = canvas.points.at(chosen)
    forward = points.v - spine.canal.canal_a[points.index]
    # Dens: 10-11 mm wide and deep (Schaffler et al., Spine 1992;17:489, rounded), rounded at its tip.
    tip = ((points.s - low) / (5 * size)).clip(0.05, 1) ** 0.5
    dens = (1 - np.hypot(points.u, forward - 5.5 * size) / (5.2 * size * tip)) * 5.2 * size
    # Arch: 5 mm thick, 2 mm in front of the dens (atlantodental interval) [P].
    inner = 12.3 * size - points.u**2 / (38 * size)
    arch = np.minimum(np.minimum(forward - inner, inner + 5 * size - forward), 14 * size - np.abs(points.u))
    arch = np.minimum(arch, 5 * size - np.abs(points.s - spine.middle[table.C1]))
    for depth, level in ((dens, table.C2), (arch, table.C1)):
        tissue = np.where(depth < spine.shape.cortex_mm, np.uint8(Tissue.CORTEX), np.uint8(Tissue.MARROW_BODY))
        paint(canvas.tissue, chosen, depth > 0, tissue)
        paint(canvas.anatomy, chosen, depth > 0, int(_LABELS[level]))
        paint(canvas.subregions, chosen, depth > 0, VERTEBRAL_BODY)


def _paint_lateral_masses(canvas: Canvas) -> None:
    """Lateral masses of C1, which join its anterior to its posterior arch; counted among the posterior elements."""
    spine = canvas.spine
    size = spine.size
    middle = float(spine.middle[table.C1]) - 1.5 * size
    chosen = canvas.box(u_mm=26 * size, v_mm=(-4 * size, 24 * size), s_mm=(middle - 9 * size, middle + 8 * size))
    if not chosen.size:
        return
    points = canvas.points.at(chosen)
    # Some 12 mm wide, 18 mm deep and 14 mm high (Doherty & Heggeness, Spine 1994;19:2497, rounded).
    across = np.abs(points.u) - spine.canal.canal_b[points.index] - np.float32(2.0 * size)
    gauge = np.sqrt(
        (across / np.float32(6.0 * size)) ** 2
        + ((points.v - np.float32(10.0 * size)) / np.float32(9.5 * size)) ** 2
        + ((points.s - np.float32(middle)) / np.float32(7.5 * size)) ** 2
    )
    depth = (1 - gauge) * np.float32(6.0 * size)
    bone = (depth > 0) & (canvas.anatomy[chosen] == 0)
    tissue = np.where(depth < spine.shape.cortex_mm, np.uint8(Tissue.CORTEX), np.uint8(Tissue.MARROW_ARCH))
    paint(canvas.tissue, chosen, bone, tissue)
    paint(canvas.anatomy, chosen, bone, int(_LABELS[table.C1]))
    paint(canvas.subregions, chosen, bone, POSTERIOR_ELEMENTS)
