"""Canvas -> sacrum with alae, foramina, crest and hiatus, the sacroiliac joints and the coccyx painted on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.labels import POSTERIOR_ELEMENTS, SACRUM, VERTEBRAL_BODY
from spineseg.domain.volume import FloatArray
from spineseg.phantom import anthropometry as table
from spineseg.phantom.canvas import Canvas, Chosen, paint
from spineseg.phantom.curve import CurvilinearPoints
from spineseg.phantom.spine import Spine
from spineseg.phantom.tissues import Tissue

Mask = NDArray[np.bool_]

# Half width of the sacrum with its alae at the top of S1, then at the middles of S1 to S5 [mm]; breadth some 105 mm,
# narrowing sharply below the auricular surface, which ends at S3 (Gray's Anatomy; numbers [P]).
_ALA_MM = (51.0, 54.0, 47.0, 37.0, 27.0, 15.0)
# Distance of the foramina below S1 to S4 from the midline [mm] [P].
_FORAMEN_MM = np.array([22.0, 19.0, 16.5, 14.0, 12.0], dtype=np.float32)
_JOINT_MM = 2.4  # width of the sacroiliac joint with its cartilage, 2-4 mm in adults [P]
_COCCYX_MM = 34.0  # length of the coccyx, 30-45 mm [P]


def paint_pelvis(canvas: Canvas) -> None:
    """Sacrum (value 26), the joints with the iliac bones, and the coccyx, which carries no value."""
    spine = canvas.spine
    size = spine.size
    low, high = float(spine.top[table.S1]), float(spine.bottom[table.S5])
    chosen = canvas.box(u_mm=70 * size, v_mm=(-34 * size, 58 * size), s_mm=(low - 16 * size, high + 40 * size))
    if not chosen.size:
        return
    points = canvas.points.at(chosen)
    sacrum = _Sacrum(spine, points, canvas.rough[chosen] * np.float32(0.4))
    free = canvas.anatomy[chosen] == 0
    _paint_joint(canvas, chosen, sacrum, free)
    _paint_coccyx(canvas, chosen, points)
    hole = sacrum.foramina | sacrum.hiatus
    bone = (sacrum.depth > 0) & ~hole & free
    tissue = np.where(sacrum.depth < spine.shape.cortex_mm, np.uint8(Tissue.CORTEX), np.uint8(Tissue.MARROW_SACRUM))
    tissue[sacrum.remnant_discs()] = Tissue.ANNULUS
    paint(canvas.tissue, chosen, bone, tissue)
    paint(canvas.anatomy, chosen, bone, SACRUM)
    part = np.where(sacrum.bodies > 0, np.uint8(VERTEBRAL_BODY), np.uint8(POSTERIOR_ELEMENTS))
    paint(canvas.subregions, chosen, bone, part)
    inside = (sacrum.depth > 0) & hole & free
    paint(canvas.tissue, chosen, inside, Tissue.FAT)
    paint(canvas.tissue, chosen, inside & sacrum.roots, Tissue.ROOT)


class _Sacrum:
    """Depth in the parts of the sacrum [mm] and its openings, at each point.

    Parameters
    ----------
    rough
        Unevenness of the surface [mm].
    """

    def __init__(self, spine: Spine, points: CurvilinearPoints, rough: FloatArray) -> None:
        self.spine, self.points = spine, points
        self.side = np.abs(points.u)
        index, canal = points.index, spine.canal
        self.canal_a, self.canal_b = canal.canal_a[index], canal.canal_b[index]
        self.half_depth, self.half_width = canal.body_a[index], canal.body_b[index]
        top = float(spine.top[table.S1])
        self.along = np.minimum(points.s - top, float(spine.bottom[table.S5]) - points.s)
        self.level = spine.level[index].clip(table.S1, table.S5)
        self.bodies = self._bodies(rough)
        self.wings = self._wings(rough)
        self.depth = np.maximum(np.maximum(self.bodies, self.wings), np.maximum(self._crest(), self._facets()))
        self.foramina, self.roots = self._foramina()
        # The canal's back is open below S4.
        self.hiatus = (points.s > spine.bottom[table.S5 - 1] - 6) & (points.v < 0) & (self.side < 6 * spine.size)

    def _bodies(self, rough: FloatArray) -> FloatArray:
        ahead = np.abs(self.points.v - self.canal_a - self.half_depth)
        outline = ((self.side / self.half_width) ** 2.5 + (ahead / self.half_depth) ** 2.5) ** 0.4
        # A little narrower at the middle of each fused body: ridges mark the former discs.
        waist = np.cos((self.points.s - self.spine.middle[self.level]) * np.float32(0.2)).clip(0, 1) * 0.8
        depth = (1 - outline) * np.minimum(self.half_depth, self.half_width) - waist + rough
        bodies: FloatArray = np.minimum(depth, self.along).astype(np.float32)
        return bodies

    def _wings(self, rough: FloatArray) -> FloatArray:
        spine, points, size = self.spine, self.points, self.spine.size
        nodes = [float(spine.top[table.S1]), *spine.middle[table.S1 : table.S5 + 1].tolist()]
        # Wide and slender sacra: the alae follow half of the body's own width.
        breadth = 0.5 * size + 0.5 * float(spine.sizes["body_width"][table.S1]) / 50.0
        ala = np.interp(spine.curve.s, nodes, _ALA_MM).astype(np.float32)[points.index] * np.float32(breadth)
        # The joint's face runs obliquely: the sacrum is wider in front.
        ala = ala + np.float32(0.28) * (points.v - 6 * size).clip(-22 * size, 16 * size)
        share = (self.side / np.maximum(ala, np.float32(1))).clip(0, 1.2)
        front = self.canal_a + 2 * self.half_depth * (0.94 - 0.5 * share * share)
        back = self.canal_a + np.float32(6.5 * size) - np.float32(0.10) * self.side
        wings = np.minimum(np.minimum(ala - self.side, front - points.v), points.v + back)
        # The upper face falls outwards and backwards from the end plate.
        upper = self.along - np.float32(0.22) * (self.side - self.half_width).clip(0, None)
        upper = np.minimum(self.along, upper - np.float32(0.12) * (self.canal_a - points.v).clip(0, None))
        closed: FloatArray = np.minimum(wings + rough, upper).astype(np.float32)
        return closed

    def _crest(self) -> FloatArray:
        points, size = self.points, self.spine.size
        behind = -points.v - self.canal_a
        # Spinous tubercles of S1-S3; the crest is gone at S4.
        wave = np.cos((points.s - self.spine.middle[self.level]) * np.float32(0.22))
        height = (13.5 + 2.5 * wave) * size * ((self.spine.level_s("S4") - points.s) / (30 * size)).clip(0, 1)
        crest: FloatArray = np.minimum(
            np.minimum(3.2 * size - self.side, self.along), np.minimum(height - behind, behind)
        )
        return crest

    def _facets(self) -> FloatArray:
        """Upper articular processes of S1, which meet those of L5."""
        size = self.spine.size
        across = (self.side - self.canal_b - 9 * size) / (6.5 * size)
        behind = (self.points.v + 0.95 * self.canal_a) / (6.5 * size)
        above = (self.points.s - float(self.spine.top[table.S1]) - 1 * size) / (12 * size)
        facets: FloatArray = (1 - np.sqrt(across**2 + behind**2 + above**2)) * np.float32(6 * size)
        return facets

    def _foramina(self) -> tuple[Mask, Mask]:
        """Openings of S1-S4, wide in front and narrow behind, and the roots in them."""
        spine, points, size = self.spine, self.points, self.spine.size
        place = _FORAMEN_MM.take(self.level - table.S1) * size
        below = points.s - spine.bottom[self.level] + 4 * size
        ahead = ((points.v + self.canal_a) / (2.5 * self.canal_a)).clip(0, 1)
        gauge = np.hypot((self.side - place) / ((2.8 + 3.4 * ahead) * size), below / ((4.2 + 3.4 * ahead) * size))
        foramina = (gauge < 1) & (self.level < table.S5)
        # Roots run outwards and forwards in the opening.
        root = np.hypot(self.side - place + 1.5 * size, below - 0.2 * points.v) < 2.6 * size
        return foramina, root & (points.v > -2 * size)

    def remnant_discs(self) -> Mask:
        """Discs between S1 and S3 that are not fused away."""
        spine, points = self.spine, self.points
        outside = (points.s > spine.bottom[self.level]) & (self.level < table.S1 + 2)
        remnant: Mask = outside & (points.v > self.canal_a + 2) & (self.bodies > 0)
        return remnant


def _paint_joint(canvas: Canvas, chosen: Chosen, sacrum: _Sacrum, free: Mask) -> None:
    """Cartilage between ala and iliac bone, compact bone on its far side, ligaments behind it."""
    spine, points = canvas.spine, canvas.points.at(chosen)
    near = (sacrum.wings <= 0) & free & (sacrum.side > 24 * spine.size) & (points.s < spine.bottom[table.S1 + 2])
    gap = near & (sacrum.wings > -_JOINT_MM)
    rim = near & (sacrum.wings > -_JOINT_MM - 1.4) & ~gap
    ilium = canvas.tissue[chosen] == Tissue.MARROW_OTHER
    paint(canvas.tissue, chosen, rim & ilium, Tissue.CORTEX)
    bone = ilium | (canvas.tissue[chosen] == Tissue.CORTEX)
    behind = points.v < -0.5 * sacrum.canal_a
    paint(canvas.tissue, chosen, gap & bone & ~behind, Tissue.CARTILAGE)
    ligament = near & behind & (sacrum.wings > 2 * canvas.rough[chosen] - 5) & (sacrum.side > 30 * spine.size) & ~bone
    paint(canvas.tissue, chosen, ligament | (gap & bone & behind), Tissue.LIGAMENT)


def _paint_coccyx(canvas: Canvas, chosen: Chosen, points: CurvilinearPoints) -> None:
    spine = canvas.spine
    size = spine.size
    below = points.s - float(spine.bottom[table.S5])
    share = (below / (_COCCYX_MM * size)).clip(0, 1)
    gauge = np.hypot(points.u / ((10 - 6 * share) * size), (points.v - 6 * size) / ((5 - 2 * share) * size))
    depth = np.minimum((1 - gauge) * 4 * size, np.minimum(below - 1.5, _COCCYX_MM * size - below))
    # Three to four pieces, parted by discs.
    depth = np.minimum(depth, np.abs((below % (9.5 * size)) - 4.75 * size) * -1 + 4.2 * size)
    tissue = np.where(depth < 1.0, np.uint8(Tissue.CORTEX), np.uint8(Tissue.MARROW_OTHER))
    paint(canvas.tissue, chosen, depth > 0, tissue)
