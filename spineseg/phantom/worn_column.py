"""Canvas -> bodies C2 to L5 and their discs as wear, fractures and growth shaped them, painted on it.

Each point is looked at together with its nearest disc: what lies between that disc's two end plates is disc, what
lies beyond them is the vertebra above or below. End plates are surfaces s(u, v) with concavity, wedging, Schmorl
nodes, uncinate processes and osteophytes; the outline across the canal is a rounded heart with a grooved back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.labels import DISC_OFFSET, VERTEBRAL_BODY
from spineseg.domain.volume import FloatArray
from spineseg.phantom import anthropometry as table
from spineseg.phantom.canvas import Canvas, Chosen, paint
from spineseg.phantom.curve import CurvilinearPoints, Indices
from spineseg.phantom.disc import disc_tissue
from spineseg.phantom.spine import Spine
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.variation import Variation

Mask = NDArray[np.bool_]

_LABELS = table.label_values()
_REGION = np.digitize(np.arange(len(table.LEVELS)), [table.T1, table.L1])
_ROUGHNESS_MM = np.float32(0.45)  # unevenness of a body's outline [P]
_NODE_MM = np.float32(4.5)  # half width of Schmorl nodes [P]
_LIP_REACH_MM = np.float32(4.5)  # height of an osteophyte along the wall of the body [P]
_LIP_RISE = np.float32(0.45)  # share by which an osteophyte bends towards the disc [P]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Column:
    """Points of the column, (N,) each.

    Parameters
    ----------
    disc
        Nearest disc.
    front
        Place between the posterior (0) and the anterior wall (1).
    side
        Place across, in half widths.
    outline
        Below 1 inside the bodies; `plain` is the same without osteophytes and waist.
    radius
        Smaller half diameter [mm].
    upper_end, lower_end
        End plates of the disc along the canal [mm].
    """

    points: CurvilinearPoints
    disc: Indices
    front: FloatArray
    side: FloatArray
    outline: FloatArray
    plain: FloatArray
    radius: FloatArray
    upper_end: FloatArray
    lower_end: FloatArray
    rough: FloatArray
    blob: FloatArray


def paint_worn_column(canvas: Canvas, variation: Variation) -> None:
    """Bodies and discs of a spine with pathology."""
    spine = canvas.spine
    size = spine.size
    chosen = canvas.box(
        u_mm=40 * size,
        v_mm=(0.5 - 7 * size, 62 * size),
        s_mm=(float(spine.top[table.C2]), float(spine.top[table.S1]) + 8 * size),
    )
    chosen = chosen[_near_column(spine, canvas.points.at(chosen))]
    if not chosen.size:
        return
    column = _column(canvas, chosen, variation)
    _paint_bodies(canvas, chosen, column, variation)
    _paint_discs(canvas, chosen, column, variation)


def _near_column(spine: Spine, points: CurvilinearPoints) -> Mask:
    # Bodies with the longest osteophytes and bridges; most of the box lies outside them.
    reach = np.float32(9 * spine.size)
    depth = points.v - spine.canal.canal_a[points.index]
    near: Mask = np.abs(points.u) < spine.canal.body_b[points.index] + reach
    near &= (depth < 2 * spine.canal.body_a[points.index] + reach) & (depth > -reach)
    return near


def _column(canvas: Canvas, chosen: Chosen, variation: Variation) -> _Column:
    spine, points, wear = canvas.spine, canvas.points.at(chosen), variation.wear
    index = points.index
    level = spine.level[index]
    disc = np.maximum(level - (points.s < spine.middle[level]), table.C1).astype(np.int32)
    half_depth, half_width = spine.canal.body_a[index], spine.canal.body_b[index]
    dens = ((points.s - spine.top[table.C2]) / np.float32(9 * spine.size)).clip(0, 1)
    half_width = np.where(level == table.C2, half_width * (0.62 + 0.38 * dens), half_width)
    side = points.u / half_width
    groove = np.asarray(variation.form.hollow_mm, dtype=np.float32)[_REGION][level] * np.minimum(side * side, 1)
    depth = points.v - spine.canal.canal_a[index]
    # The wall's corners lie behind its middle; the front stays.
    depth = depth + groove * (1 - depth / (2 * half_depth)).clip(0, 1)
    front = depth / (2 * half_depth)
    plain = _heart(spine, variation, level, side, front)
    radius = np.minimum(half_depth, half_width)
    rough, blob = canvas.rough[chosen], canvas.blob[chosen]
    # More at the front and the sides, in some places than in others; the fine field would fray thin edges.
    wall = (front * 1.4 + np.abs(side) - 0.55).clip(0, 1) * (1 + np.float32(0.35) * blob).clip(0.2, 1.6)
    lip = wear["lip"][disc] * wall
    upper, lower = _end_plates(spine, wear, points, disc, plain=plain, front=front, side=side, lip=lip)
    away = np.maximum(upper - points.s, points.s - lower)
    growth = lip * np.exp(-((np.maximum(away, 0) / _LIP_REACH_MM) ** 2)) + rough * _ROUGHNESS_MM
    along = ((points.s - spine.middle[level]) / spine.sizes["body_height"][level]).clip(-0.5, 0.5)
    narrowing = 1 - np.float32(spine.shape.waist) * (1 - 4 * along * along)
    return _Column(
        points=points, disc=disc, front=front, side=side, plain=plain, radius=radius,
        outline=plain / (narrowing + growth / radius), upper_end=upper, lower_end=lower,
        rough=rough, blob=blob,
    )  # fmt: skip


def _heart(spine: Spine, variation: Variation, level: Indices, side: FloatArray, front: FloatArray) -> FloatArray:
    power = np.float32(spine.shape.exponent)
    heart = np.asarray(variation.form.heart, dtype=np.float32)[_REGION][level]
    forward = np.abs(2 * front - 1)
    across = np.abs(side) / (1 - heart * front.clip(0, 1) ** 1.5)
    outline: FloatArray = ((across**power + forward**power) ** (1 / power)).astype(np.float32)
    return outline


def _end_plates(
    spine: Spine,
    wear: Mapping[str, FloatArray],
    points: CurvilinearPoints,
    disc: Indices,
    *,
    plain: FloatArray,
    front: FloatArray,
    side: FloatArray,
    lip: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Lower surface of the vertebra above the disc and upper surface of the one below it [mm]."""
    hollow = (1 - plain * plain).clip(0, 1)
    ahead, aside = front.clip(0, 1), side.clip(-1, 1)
    node = np.exp(
        -((points.u - wear["node_u"][disc] * spine.canal.body_b[points.index]) ** 2) / _NODE_MM**2
        - ((front - wear["node_v"][disc]) * 2 * spine.canal.body_a[points.index]) ** 2 / _NODE_MM**2
    )
    # Osteophytes at the rim bend towards the disc.
    rise = _LIP_RISE * lip * ((plain - np.float32(0.85)) * 8).clip(0, 1)
    # Uncinate processes: lateral edges of C3-C7 stand up, the vertebra above is bevelled [P].
    hook = wear["uncus"][disc] * ((np.abs(aside) - np.float32(0.68)) * 4).clip(0, 1) * (front < 0.8)
    upper = spine.bottom[disc] - (
        wear["upper_hollow"][disc] * hollow + wear["upper_front"][disc] * ahead
        + wear["upper_side"][disc] * aside + wear["upper_node"][disc] * node
    ) + rise - np.float32(0.6) * hook  # fmt: skip
    lower = spine.top[disc + 1] + (
        wear["lower_hollow"][disc] * hollow + wear["lower_front"][disc] * ahead
        + wear["lower_side"][disc] * aside + wear["lower_node"][disc] * node
    ) - rise - hook  # fmt: skip
    middle = (upper + lower) / 2
    fused = wear["fused"][disc] > 0
    # Bone does not run through bone: at least half a millimetre stays between the plates.
    apart = np.where(fused, np.float32(0.0), np.float32(0.25))
    return np.where(fused, middle, np.minimum(upper, middle - apart)), np.where(
        fused, middle, np.maximum(lower, middle + apart)
    )


def _paint_bodies(canvas: Canvas, chosen: Chosen, column: _Column, variation: Variation) -> None:
    spine, wear, s, disc = canvas.spine, variation.wear, column.points.s, column.disc
    to_plate = np.maximum(column.upper_end - s, s - column.lower_end)
    above = s < column.upper_end
    owner = np.where(above, disc, disc + 1)
    to_wall = (1 - column.outline) * column.radius
    fused = wear["fused"][disc] > 0
    body = (to_wall > 0) & ((to_plate > 0) | fused) & (owner >= table.C2) & (owner <= table.L5)
    # Where a plain dens has no end plate the upper surface is open.
    plate = np.where((disc < table.C2) | fused, np.float32(9), to_plate)
    uneven = 1 + np.float32(0.3) * column.rough
    compact = (to_wall < spine.shape.cortex_mm * uneven) | (plate < wear["plate"][disc] * uneven)
    tissue = np.full(body.shape, Tissue.MARROW_BODY, dtype=np.uint8)
    islands = np.float32(0.7) * (column.rough + column.blob) > variation.form.fat_islands
    tissue[islands] = Tissue.MARROW_FATTY
    _marrow_beside_plates(tissue, column, variation, above=above, to_plate=plate)
    tissue[compact] = Tissue.CORTEX
    tissue[_basivertebral(spine, column.points, owner)] = Tissue.EPIDURAL_VEIN
    paint(canvas.tissue, chosen, body, tissue)
    paint(canvas.anatomy, chosen, body, _LABELS[owner])
    paint(canvas.subregions, chosen, body, VERTEBRAL_BODY)
    _paint_bridges(canvas, chosen, column, variation, to_plate=to_plate, owner=owner)


def _marrow_beside_plates(
    tissue: NDArray[np.uint8], column: _Column, variation: Variation, *, above: Mask, to_plate: FloatArray
) -> None:
    wear, disc = variation.wear, column.disc
    reach = np.where(above, wear["upper_marrow_mm"][disc], wear["lower_marrow_mm"][disc])
    kind = np.where(above, wear["upper_marrow"][disc], wear["lower_marrow"][disc]).astype(np.uint8)
    # Uneven borders; the change thins out towards the back.
    near = to_plate < reach * (1 + np.float32(0.25) * column.rough + np.float32(0.25) * column.blob)
    near &= (kind > 0) & (column.blob > np.float32(-1.2))
    # Sclerosis is spongy bone with thick beams: a mixture of compact bone and marrow.
    near &= (kind != Tissue.CORTEX) | (column.rough > np.float32(-0.5))
    tissue[near] = kind[near]


def _basivertebral(spine: Spine, points: CurvilinearPoints, owner: Indices) -> Mask:
    # A funnel at the middle of the posterior wall, 3-4 mm wide, that reaches to the middle of the body [P].
    deep = (points.v - spine.canal.canal_a[points.index]) / spine.canal.body_a[points.index]
    half = np.float32(2.4 * spine.size) * (1 - deep).clip(0, 1)
    inside: Mask = np.abs(points.u) < half
    inside &= np.abs(points.s - spine.middle[owner]) < np.float32(0.75) * half
    return inside


def _paint_bridges(
    canvas: Canvas, chosen: Chosen, column: _Column, variation: Variation, *, to_plate: FloatArray, owner: Indices
) -> None:
    """Syndesmophytes: bone that runs over the disc from rim to rim, at the front and the sides."""
    bridge = variation.wear["bridge"][column.disc]
    if not bridge.any():
        return
    beyond = (column.plain - 1) * column.radius
    shell = (beyond > -1) & (beyond < bridge * (1 + np.float32(0.4) * column.rough)) & (to_plate < 3)
    shell &= (bridge > 0) & (column.front > 0.35) & (owner >= table.C2) & (owner <= table.L5)
    shell &= canvas.subregions[chosen] == 0
    paint(canvas.tissue, chosen, shell, np.where(beyond > 1.5, np.uint8(Tissue.CORTEX), np.uint8(Tissue.MARROW_BODY)))
    paint(canvas.anatomy, chosen, shell, _LABELS[owner])
    paint(canvas.subregions, chosen, shell, VERTEBRAL_BODY)


def _paint_discs(canvas: Canvas, chosen: Chosen, column: _Column, variation: Variation) -> None:
    wear, disc, s = variation.wear, column.disc, column.points.s
    between = (s >= column.upper_end) & (s <= column.lower_end) & (wear["fused"][disc] == 0)
    outline = column.plain / (1 + wear["bulge"][disc] + column.rough * _ROUGHNESS_MM / column.radius)
    inside = between & (outline < 1) & (disc >= table.C2) & (disc <= table.L5) & (canvas.subregions[chosen] == 0)
    hit = np.flatnonzero(inside)
    gap = column.lower_end[hit] - column.upper_end[hit]
    height = 2 * (s[hit] - column.upper_end[hit]) / np.maximum(gap, np.float32(0.1)) - 1
    state = wear["state"][disc[hit]].astype(np.uint8)
    tissue = disc_tissue(
        state,
        outline=outline[hit],
        height=height,
        gap=gap,
        rough=column.rough[hit],
        nucleus_share=canvas.spine.shape.nucleus,
    )
    canvas.tissue[chosen[hit]] = tissue
    canvas.anatomy[chosen[hit]] = _LABELS[disc[hit]] + DISC_OFFSET
