"""Canvas -> pedicles, laminae, articular pillars, transverse and spinous processes painted on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.labels import POSTERIOR_ELEMENTS
from spineseg.domain.volume import FloatArray
from spineseg.phantom import anthropometry as table
from spineseg.phantom.arch_shape import ArchShape, Triple
from spineseg.phantom.canal_section import half_width
from spineseg.phantom.canvas import Canvas, Chosen, paint
from spineseg.phantom.curve import CurvilinearPoints, Indices
from spineseg.phantom.spine import Spine
from spineseg.phantom.tissues import Tissue

_LABELS = table.label_values()
_FAR_OUT = np.float32(-1e3)

# 0 neck, 1 thorax, 2 lumbar spine, for each level.
_REGION = np.digitize(np.arange(table.S5 + 1), [table.T1, table.L1])

# Articular pillars by region: half sizes (u, v, s), place of the centre behind the canal's middle as share of its
# half depth, and normal (u, v, s) of the joint, pointing into the lower vertebra. Facets face backwards and up at
# 45° in the neck, nearly coronally in the thorax, half sagittally in the lumbar spine (Panjabi, Spine 1993;18:1298).
_PILLAR_HALF_MM = np.array([[5.5, 5.5, 8.5], [6.0, 4.5, 9.0], [7.0, 7.0, 12.5]], dtype=np.float32)
_PILLAR_BACK = np.array([0.45, 0.95, 0.75], dtype=np.float32)
_JOINT_NORMAL = np.array([[0.0, 0.7, 0.7], [0.1, 0.95, 0.3], [0.68, 0.7, 0.1]], dtype=np.float32)

# By region [P]: how far pedicles lie above the middle of the body (share of its height), how far they reach into it
# [mm].
_PEDICLE_UP = np.array([0.0, 0.17, 0.17], dtype=np.float32)
_PEDICLE_REACH = np.array([3.0, 8.0, 8.0], dtype=np.float32)

# Transverse processes by region: backward slope (v per u), start (share of the canal's half depth, positive
# anteriorly) and half thickness [mm] [P].
_TRANSVERSE = np.array([[0.0, 0.4, 3.6], [0.7, -0.75, 4.6], [0.22, -0.3, 3.8]], dtype=np.float32)


def paint_posterior(canvas: Canvas) -> None:
    """Posterior elements of C1 to L5, and the yellow ligament between the laminae."""
    spine = canvas.spine
    size = spine.size
    chosen = canvas.box(
        u_mm=50 * size,
        v_mm=(-68 * size, 24 * size),
        s_mm=(-6.0 * size, float(spine.top[table.S1]) + 8 * size),
    )
    if not chosen.size:
        return
    points = canvas.points.at(chosen)
    frame = _Frame(spine, points)
    _paint_between_spines(canvas, chosen, frame)
    free = (frame.canal_mm > 0) & (canvas.subregions[chosen] == 0)
    flavum = free & (frame.canal_mm < frame.arch.flavum_mm) & (points.v < -0.35 * frame.canal_a) & (points.s > 0)
    paint(canvas.tissue, chosen, flavum, Tissue.LIGAMENT)
    depth, level, joint = _deepest(spine, frame)
    artery = _vertebral_artery(frame)
    paint(canvas.tissue, chosen, free & artery, Tissue.VESSEL)
    in_disc = canvas.anatomy[chosen] != 0
    bone = free & (depth > 0) & ~joint & ~in_disc & ~artery
    tissue = np.where(depth < spine.shape.cortex_mm, np.uint8(Tissue.CORTEX), np.uint8(Tissue.MARROW_ARCH))
    paint(canvas.tissue, chosen, bone, tissue)
    paint(canvas.tissue, chosen, free & joint & (depth > 0), _joint_tissue(spine, frame))
    paint(canvas.anatomy, chosen, bone, _LABELS[level])
    paint(canvas.subregions, chosen, bone, POSTERIOR_ELEMENTS)


class _Frame:
    """Quantities that every part of the arch needs, at each point."""

    def __init__(self, spine: Spine, points: CurvilinearPoints) -> None:
        index = points.index
        self.points = points
        self.spine = spine
        self.side = np.abs(points.u)
        self.level: Indices = np.minimum(spine.level[index], table.L5)
        self.canal_a: FloatArray = spine.canal.canal_a[index]
        self.canal_b: FloatArray = spine.canal.canal_b[index]
        self.region = _REGION.take(self.level)
        self.arch = ArchShape() if spine.pathology is None else spine.pathology.arch
        radius = np.hypot(points.u, points.v)
        gauge = np.hypot(points.u / half_width(spine, points), points.v / self.canal_a)
        # Distance from the canal's wall along the ray from its middle.
        self.canal_mm: FloatArray = radius - radius / np.maximum(gauge, np.float32(1e-3))

    def size_of(self, column: str, level: Indices) -> FloatArray:
        return self.spine.sizes[column][level]

    def by_region(self, values: Triple) -> FloatArray:
        chosen: FloatArray = np.asarray(values, dtype=np.float32).take(self.region)
        return chosen


def _deepest(spine: Spine, frame: _Frame) -> tuple[FloatArray, Indices, NDArray[np.bool_]]:
    """Depth inside bone [mm], the vertebra it belongs to, and where two joint surfaces face each other."""
    depth = np.full(frame.side.shape, _FAR_OUT, dtype=np.float32)
    level = frame.level.copy()
    joint_depth, joint_level, joint = _pillars(spine, frame)
    parts = [_pedicles(frame), _laminae(frame), _spinous(frame), _transverse(frame), (joint_depth, joint_level)]
    if spine.pathology is not None:
        parts.append(_isthmus(frame))
    for part, owner in parts:
        deeper = part > depth
        depth = np.where(deeper, part, depth)
        level = np.where(deeper, owner, level)
    # Inside a pillar the joint decides to which vertebra bone belongs.
    level = np.where(joint_depth > 0, joint_level, level)
    return depth, level, joint


def _pedicles(frame: _Frame) -> tuple[FloatArray, Indices]:
    spine, points, level = frame.spine, frame.points, frame.level
    width = frame.size_of("pedicle_width", level)
    height = frame.size_of("body_height", level)
    # Upper half of the body; half height 0.3 of the body's (Panjabi 1991/1992: 15-16 mm in the thoracic spine).
    centre = spine.middle[level] - _PEDICLE_UP.take(frame.region) * height
    # In the neck the canal is wider than the body, and pedicles run obliquely between them.
    share = (points.v / (frame.canal_a + 4 * spine.size)).clip(0, 1)
    beside = frame.canal_b + width / 2
    attached = np.minimum(beside, spine.canal.body_b[points.index] - 1)
    middle = beside + share * (attached - beside)
    gauge = np.hypot((frame.side - middle) / (width / 2 + 0.5), (points.s - centre) / (0.3 * height))
    depth = (1 - gauge) * width / 2
    depth = np.minimum(depth, points.v + 0.7 * frame.canal_a)
    reach = _PEDICLE_REACH.take(frame.region) * spine.size  # ends inside the body
    return np.minimum(depth, frame.canal_a + reach - points.v), level


def _laminae(frame: _Frame) -> tuple[FloatArray, Indices]:
    spine, points = frame.spine, frame.points
    # Laminae slope: their lower edge lies further back (0.35 mm per mm) [P].
    shifted = points.s + 0.35 * (points.v + frame.canal_a)
    height_here = frame.size_of("body_height", frame.level)
    low = frame.by_region(frame.arch.lamina_low)
    level = np.minimum(spine.level[spine.curve.node(shifted - low * height_here)], table.L5)
    height = frame.size_of("body_height", level)
    share = frame.by_region(frame.arch.lamina_share)
    thickness = spine.shape.lamina_mm * frame.by_region(frame.arch.lamina_factor)
    along = share * height - np.abs(shifted - spine.middle[level] - low * height)
    depth = np.minimum(np.minimum(frame.canal_mm, thickness - frame.canal_mm), along)
    depth = np.minimum(depth, -points.v - 0.05 * frame.canal_a)
    return _without_removed(spine, depth, level), level


def _spinous(frame: _Frame) -> tuple[FloatArray, Indices]:
    spine, points = frame.spine, frame.points
    back = np.maximum(-points.v - frame.canal_a, 0)
    slope = table.SPINOUS_SLOPE[frame.level]
    shifted = points.s - slope * back - 0.3 * frame.size_of("body_height", frame.level)
    level = np.minimum(spine.level[spine.curve.node(shifted)], table.L5)
    length, height = frame.size_of("spinous_length", level), frame.size_of("spinous_height", level)
    if spine.pathology is not None:
        place = (back / np.maximum(length, 1) - np.float32(0.6)) / np.float32(0.6)
        height = height * frame.by_region(frame.arch.spinous_height_factor)
        height = height * (1 - np.float32(frame.arch.spinous_rounding) * place * place)
    along = height / 2 - np.abs(shifted - spine.middle[level] + 0.02 * height)
    bulb = 0.09 * np.maximum(back - 0.6 * length, 0)
    half = spine.shape.spinous_mm * frame.by_region(frame.arch.spinous_factor)
    aside = frame.side
    if frame.arch.bifid_mm:
        # The tips of C2-C6 part over their last third; those of other vertebrae stay single.
        parted = frame.arch.bifid_mm * ((back / np.maximum(length, 1) - np.float32(0.6)) * 2.5).clip(0, 1)
        aside = np.where((level >= table.C2) & (level < table.C7), np.abs(frame.side - parted), frame.side)
    depth = np.minimum(half + bulb - aside, along)
    depth = np.minimum(depth, length + spine.shape.lamina_mm - back)
    return _without_removed(spine, np.minimum(depth, -points.v - frame.canal_a), level), level


def _without_removed(spine: Spine, depth: FloatArray, level: Indices) -> FloatArray:
    """Depth with the laminae and processes gone that an operation took."""
    if spine.pathology is None or not spine.pathology.wear["laminectomy"].any():
        return depth
    removed: FloatArray = np.where(spine.pathology.wear["laminectomy"][level] > 0, _FAR_OUT, depth)
    return removed


def _paint_between_spines(canvas: Canvas, chosen: Chosen, frame: _Frame) -> None:
    """Interspinous ligament and fat in the midline; bone is painted over it."""
    share = frame.arch.interspinous
    if share < 0:
        return
    points = frame.points
    back = -points.v - frame.canal_a
    length = frame.size_of("spinous_length", frame.level)
    middle = (back > 0) & (back < 0.95 * length) & (frame.side < 3.2 * frame.spine.size)
    middle &= (points.s > 0) & (canvas.anatomy[chosen] == 0)
    ligament = canvas.rough[chosen] < 2 * share - 1
    paint(canvas.tissue, chosen, middle, np.where(ligament, np.uint8(Tissue.LIGAMENT), np.uint8(Tissue.FAT)))


def _joint_tissue(spine: Spine, frame: _Frame) -> NDArray[np.uint8]:
    if spine.pathology is None:
        return np.full(frame.side.shape, Tissue.CARTILAGE, dtype=np.uint8)
    level = np.where(frame.points.s > spine.middle[frame.level], frame.level, frame.level - 1).clip(0, table.L5)
    tissue: NDArray[np.uint8] = spine.pathology.wear["joint"][level].astype(np.uint8)
    return tissue


def _transverse(frame: _Frame) -> tuple[FloatArray, Indices]:
    spine, points, level = frame.spine, frame.points, frame.level
    slope, start, half = (column.take(frame.region) for column in _TRANSVERSE.T)
    outward = frame.side - frame.canal_b - 0.8 * frame.size_of("pedicle_width", level)
    centre_v = start * frame.canal_a - slope * np.maximum(outward, 0)
    centre_s = spine.middle[level] - 0.12 * frame.size_of("body_height", level)
    half = half * spine.size
    gauge = np.hypot((points.v - centre_v) / half, (points.s - centre_s) / (1.15 * half))
    depth = np.minimum((1 - gauge) * half, outward + 3)
    return np.minimum(depth, frame.size_of("transverse_length", level) - outward), level


def _pillars(spine: Spine, frame: _Frame) -> tuple[FloatArray, Indices, NDArray[np.bool_]]:
    points = frame.points
    upper = np.where(points.s > spine.middle[frame.level], frame.level, frame.level - 1).clip(0, table.L5)
    lower = upper + 1
    disc = (spine.bottom[upper] + spine.top[lower]) / 2
    width = frame.size_of("pedicle_width", upper)
    # Tables by region, one column at a time: gathers of single columns are several times faster than of rows.
    half_u, half_v, half_s = (
        column.take(frame.region) for column in _PILLAR_HALF_MM.T * np.float32(spine.size * spine.shape.facet)
    )
    slim = frame.by_region(frame.arch.pillar_factor)
    if spine.pathology is not None:
        slim = slim * spine.pathology.wear["facet"][upper]
    half_u, half_v = half_u * slim, half_v * slim
    normal_u, normal_v, normal_s = (column.take(frame.region) for column in _JOINT_NORMAL.T)
    offset_u = frame.side - frame.canal_b - np.float32(0.55) * width - np.float32(1.5)
    offset_v = points.v + _PILLAR_BACK.take(frame.region) * frame.canal_a
    offset_s = points.s - disc
    gauge = np.sqrt((offset_u / half_u) ** 2 + (offset_v / half_v) ** 2 + (offset_s / half_s) ** 2)
    depth = (1 - gauge) * half_v
    across = offset_u * normal_u + offset_v * normal_v + offset_s * normal_s
    # The sacrum paints its own articular process; C1's upper joint lies with the skull.
    exists = (points.s > spine.middle[table.C1]) & ((lower < table.S1) | (across < 0))
    depth = np.where(exists, depth, _FAR_OUT)
    owner = np.minimum(np.where(across > 0, lower, upper), table.L5)
    return depth, owner, np.abs(across) < np.float32(frame.arch.joint_mm)


def _isthmus(frame: _Frame) -> tuple[FloatArray, Indices]:
    """Bone from the upper joint, in front and lateral, to the lower joint, behind and medial."""
    spine, points, level = frame.spine, frame.points, frame.level
    along = (points.s - spine.middle[level]) / frame.size_of("body_height", level)
    half = np.maximum(frame.by_region(frame.arch.isthmus_mm) * np.float32(spine.size), np.float32(0.1))
    slant = _PILLAR_HALF_MM[:, 1].take(frame.region) * np.float32(0.7)
    axis_u = frame.canal_b + np.float32(0.5) * frame.size_of("pedicle_width", level) - slant * along
    axis_v = -_PILLAR_BACK.take(frame.region) * frame.canal_a - np.float32(1) - slant * along
    gauge = np.hypot((frame.side - axis_u) / (np.float32(1.4) * half), (points.v - axis_v) / half)
    depth = np.minimum((1 - gauge) * half, (np.float32(0.62) - np.abs(along)) * 20)
    return np.where(points.s > spine.top[table.C2], depth, _FAR_OUT), level


def _vertebral_artery(frame: _Frame) -> NDArray[np.bool_]:
    # Transverse foramen of C1-C6, 5-6 mm wide [P].
    size = frame.spine.size
    across = frame.side - frame.canal_b - frame.size_of("pedicle_width", frame.level) * 0.9
    gauge = np.hypot(across, frame.points.v - 0.45 * frame.canal_a) / (2.4 * size)
    inside: NDArray[np.bool_] = (gauge < 1) & (frame.level < table.C7)
    return inside
