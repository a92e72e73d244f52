"""Canvas -> ribs with their cartilage, and the sternum painted on it; ribs carry their sub-region, no anatomy value."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.labels import RIB
from spineseg.domain.volume import FloatArray
from spineseg.phantom import anthropometry as table
from spineseg.phantom.canvas import Canvas, paint
from spineseg.phantom.curve import CurvilinearPoints
from spineseg.phantom.head import paint_skull
from spineseg.phantom.spine import Spine
from spineseg.phantom.tissues import Tissue

__all__ = ["cage_outline", "chest_wall", "paint_ribs", "paint_skull"]

# Outer face of the ribs across the canal [mm at size 1]: level, half width, reach in front and behind the canal;
# read off chest CT [P].
_CAGE = (
    ("T1", 52.0, 58.0, 25.0), ("T2", 77.0, 70.0, 32.0), ("T3", 96.0, 84.0, 37.0), ("T4", 110.0, 97.0, 41.0),
    ("T6", 127.0, 116.0, 45.0), ("T8", 135.0, 130.0, 46.0), ("T10", 137.0, 138.0, 45.0), ("T12", 130.0, 140.0, 42.0),
    ("L2", 120.0, 134.0, 36.0),
)  # fmt: skip

_LEVEL_COUNT = table.S5 + 1
# Centre of the rib below the top of its body, half height and half thickness [mm at size 1]: heads of T2-T10 lie at
# the disc above, those of T1, T11 and T12 at their own body; the first rib is flat and broad (Gray's Anatomy; sizes
# 12 by 7 mm after Mohr et al., J Biomech 2007;40:3516, rounded).
_CENTRE_MM = np.full(_LEVEL_COUNT, 1.0, dtype=np.float32)
_HALF_HEIGHT_MM = np.full(_LEVEL_COUNT, 6.0, dtype=np.float32)
_HALF_THICKNESS_MM = np.full(_LEVEL_COUNT, 3.4, dtype=np.float32)
_ODD = [table.T1, table.T12 - 1, table.T12]
_CENTRE_MM[_ODD] = 5.5, 6.0, 8.0
_HALF_HEIGHT_MM[_ODD] = 3.4, 5.6, 4.6
_HALF_THICKNESS_MM[_ODD] = 7.5, 3.2, 3.0


def paint_ribs(canvas: Canvas) -> None:
    """Ribs of T1 to T12: neck, angle and shaft sinking on their way, cartilage in front, and the sternum."""
    spine = canvas.spine
    size = spine.size
    chosen = canvas.box(
        u_mm=150 * size,
        v_mm=(-56 * size, 152 * size),
        s_mm=(float(spine.top[table.T1]) - 10, float(spine.bottom[table.T12]) + 110 * size),
    )
    if not chosen.size:
        return
    points = canvas.points.at(chosen)
    wall = _Wall(spine, points)
    free = canvas.anatomy[chosen] == 0
    depth, cartilage = _ribs(wall)
    tissue = np.where(depth < 1.2, np.uint8(Tissue.CORTEX), np.uint8(Tissue.MARROW_OTHER))
    bone = (depth > 0) & free & ~cartilage
    paint(canvas.tissue, chosen, (depth > 0) & free & cartilage, Tissue.CARTILAGE)
    # Rib cartilage calcifies in flecks.
    paint(canvas.tissue, chosen, (depth > 0) & free & cartilage & (canvas.rough[chosen] > 1.7), Tissue.CORTEX)
    paint(canvas.tissue, chosen, bone, tissue)
    paint(canvas.subregions, chosen, bone, RIB)
    sternum = _sternum(wall)
    tissue = np.where(sternum < 1.2, np.uint8(Tissue.CORTEX), np.uint8(Tissue.MARROW_OTHER))
    paint(canvas.tissue, chosen, (sternum > 0) & ~bone, tissue)


def cage_outline(spine: Spine, points: CurvilinearPoints) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Half width, half depth and place in front of the canal of the rib cage at each point [mm]."""
    places = [spine.level_s(name) for name, *_ in _CAGE]
    table_mm = np.array([row[1:] for row in _CAGE], dtype=np.float64).T * spine.size
    half_u, front, back = (np.interp(spine.curve.s, places, column) for column in table_mm)
    columns = (half_u, (front + back) / 2, (front - back) / 2)
    width, depth, centre = (column.astype(np.float32).take(points.index) for column in columns)
    return width, depth, centre


def chest_wall(spine: Spine, points: CurvilinearPoints) -> FloatArray:
    """Gauge of the rib cage across the canal: below 1 inside."""
    half_u, half_v, centre = cage_outline(spine, points)
    gauge: FloatArray = np.hypot(points.u / half_u, (points.v - centre) / half_v)
    return gauge


class _Wall:
    """Quantities that ribs, cartilage and sternum share, at each point."""

    def __init__(self, spine: Spine, points: CurvilinearPoints) -> None:
        self.spine = spine
        self.points = points
        self.side = np.abs(points.u)
        self.half_u, self.half_v, self.centre = cage_outline(spine, points)
        across = self.side / self.half_u
        ahead = points.v - self.centre
        gauge = np.hypot(across, ahead / self.half_v)
        # Distance from the outline along the ray from its middle.
        self.beyond = np.hypot(self.side, ahead) * (1 - 1 / np.maximum(gauge, np.float32(0.05)))
        self.back = self.centre - self.half_v * np.sqrt((1 - across * across).clip(0, 1))
        self.ahead = ahead / self.half_v


def _ribs(wall: _Wall) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Depth inside the ribs [mm], and where they are cartilage."""
    spine, points = wall.spine, wall.points
    size = spine.size
    start = 0.75 * spine.canal.body_b[points.index]
    outward = np.maximum(wall.side - start, 0)
    # Bone ends some 7 cm beside the midline, further away for the lower ribs [P].
    front = wall.ahead > 0.82 - 0.22 * _lower(wall)
    level_s = points.s - _sink(wall, outward, front)
    # Half a rib's height above its centre the cell of the next rib begins.
    level = spine.level[spine.curve.node(level_s + 7 * size)]
    # From the joint at the disc backwards until the chest wall is met: that is the angle.
    neck = 4 * size - 0.95 * outward
    across = np.where((neck > wall.back) & (points.v < wall.centre), (points.v - neck) * np.float32(0.72), wall.beyond)
    half = _HALF_THICKNESS_MM[level] * size
    along = (level_s - spine.top[level] - _CENTRE_MM[level] * size) / (_HALF_HEIGHT_MM[level] * size)
    gauge = np.hypot(across / half, along)
    depth = np.minimum((1 - gauge) * np.minimum(half, 4 * size), wall.side - start)
    thoracic = (level >= table.T1) & (level <= table.T12) & (outward < _reach_mm(spine)[level])
    thoracic &= ~(front & (level > table.T12 - 3))  # ribs 10-12 end before the front
    thoracic &= (level < table.T12 - 1) | (wall.ahead < 0.2)
    return np.where(thoracic, depth, np.float32(-1)), front


def _reach_mm(spine: Spine) -> FloatArray:
    """Length of each rib beyond the side of its body, across [mm]: the last two end freely in the flank."""
    # A number of the spine's own, so that ribs need no generator: the twelfth varies from a stub to 14 cm [P].
    own = float(spine.conus_s) * 0.731 % 1.0
    reach = np.full(_LEVEL_COUNT, 1e3, dtype=np.float32)
    reach[table.T12 - 1 : table.T12 + 1] = (95 + 25 * own) * spine.size, (26 + 62 * own) * spine.size
    return reach


def _sink(wall: _Wall, outward: FloatArray, front: NDArray[np.bool_]) -> FloatArray:
    """How far below its head a rib lies [mm]; the cartilages of the lower ribs rise again to the sternum."""
    spine, points = wall.spine, wall.points
    size = spine.size
    # 0.35 mm per mm beyond the transverse process, 0.5 mm per mm forwards [P].
    sink = 0.35 * np.maximum(outward - 25 * size, 0) + 0.5 * np.maximum(points.v - 5 * size, 0)
    rise = np.where(front, 0.9 * _lower(wall) * np.maximum(80 * size - wall.side, 0), np.float32(0))
    total: FloatArray = sink - rise
    return total


def _lower(wall: _Wall) -> FloatArray:
    """0 at T6 and above, 1 some 7 cm below: where cartilages join in the costal margin."""
    lower: FloatArray = ((wall.points.s - wall.spine.level_s("T6")) / (70 * wall.spine.size)).clip(0, 1)
    return lower


def _sternum(wall: _Wall) -> FloatArray:
    """Depth inside manubrium and body of the sternum [mm]; its planes dip forwards with the upper thorax."""
    spine, points = wall.spine, wall.points
    size = spine.size
    first, last = float(spine.top[table.T1 + 1]) - 2 * size, spine.level_s("T8")
    share = ((points.s - first) / (last - first)).clip(0, 1)
    half_width = size * np.interp(share, [0.0, 0.22, 0.3, 0.8, 1.0], [28.0, 20.0, 14.0, 19.0, 8.0])
    plate = np.minimum(5.2 * size - np.abs(wall.beyond + 3 * size), half_width.astype(np.float32) - wall.side)
    plate = np.minimum(plate, np.minimum(points.s - first, last - points.s))
    depth: FloatArray = np.where(wall.ahead > 0, plate, np.float32(-1)).astype(np.float32)
    return depth
