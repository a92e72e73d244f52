"""Spine + seed -> Trunk: the body's outline by height, and where its landmarks lie in patient space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spineseg.domain.volume import FloatArray
from spineseg.phantom import anthropometry as table
from spineseg.phantom.anthropometry import LEVELS
from spineseg.phantom.ground import Ground, Point
from spineseg.phantom.spine import Spine

Doubles = NDArray[np.float64]

_STEP_MM = 1.0
_FURROW_MM = 5.0  # depth of the furrow in the middle of the back [P]
_SQUARE = 0.45  # how much squarer than an ellipse the outline is; 0 is an ellipse [P]

# Lean outline [mm] at heights along the canal: level, mm below its middle (for "up": above the top of C1), half
# width, then skin in front of and behind the canal. Read off whole-body CT and proportions of atlases [P].
_OUTLINE = (
    ("up", 140, 3, 24, -16), ("up", 130, 38, 56, 22), ("up", 112, 60, 84, 52), ("up", 86, 73, 100, 76),
    ("up", 55, 77, 108, 86), ("up", 25, 75, 108, 84), ("C1", 0, 69, 108, 68), ("C2", 5, 62, 106, 58),
    ("C3", 5, 58, 96, 54), ("C5", 0, 55, 64, 54), ("C6", 0, 56, 60, 55), ("C7", 0, 66, 60, 58),
    ("T1", 0, 118, 64, 60), ("T2", 0, 176, 76, 62), ("T3", 0, 184, 92, 62), ("T4", 10, 168, 106, 60),
    ("T6", 0, 150, 126, 60),
    ("T8", 0, 146, 140, 58), ("T10", 0, 146, 147, 55), ("T12", 0, 140, 146, 52), ("L2", 0, 135, 136, 50),
    ("L4", 0, 141, 126, 48), ("S1", 0, 155, 122, 44), ("S3", 0, 164, 122, 50), ("S5", 20, 168, 124, 62),
    ("S5", 90, 166, 116, 70), ("S5", 200, 160, 110, 68),
)  # fmt: skip


class Landmarks:
    """Points of patient space from places relative to the canal, scaled by the patient's size."""

    def __init__(self, spine: Spine) -> None:
        self.spine = spine
        self.size = spine.size

    def at(self, level: str, u: float, v: float, down: float = 0.0) -> Point:
        """Point `u` to the left and `v` in front of the canal, `down` below the middle of a level [mm at size 1]."""
        s = self.spine.level_s(level) + down * self.size
        x, y, z = self.spine.curve.to_patient(s, u * self.size, v * self.size).tolist()
        return (x, y, z)

    def head(self, up: float, u: float, v: float) -> Point:
        """Point above the top of C1 [mm at size 1]."""
        x, y, z = self.spine.curve.to_patient(-up * self.size, u * self.size, v * self.size).tolist()
        return (x, y, z)

    def pelvis(self, left: float, back: float, up: float) -> Point:
        """Point from the middle of the end plate of S1 [mm at size 1]; the pelvis tilts with the sacrum."""
        spine = self.spine
        k = int(spine.curve.node(spine.top[table.S1 : table.S1 + 1])[0])
        v = float(spine.canal.canal_a[k] + spine.canal.body_a[k])
        origin = spine.curve.to_patient(float(spine.top[table.S1]), 0.0, v)
        cosine, sine = pelvic_turn(spine)
        y, z = back * cosine + up * sine, up * cosine - back * sine
        return (
            float(origin[0]) + left * self.size,
            float(origin[1]) + y * self.size,
            float(origin[2]) + z * self.size,
        )


def pelvic_turn(spine: Spine) -> tuple[float, float]:
    """Cosine and sine of the pelvis' turn against the mean, positive where the sacrum lies steeper upright."""
    upper, lower = (spine.curve.to_patient(float(spine.middle[k])) for k in (table.S1, table.S1 + 2))
    tilt = float(np.arctan2(lower[1] - upper[1], upper[2] - lower[2]))
    # Sacrum and hip bones are one ring; 42 degrees is the mean of the spine's own curves [P].
    turn = 0.85 * (np.deg2rad(42.0) - tilt)
    return float(np.cos(turn)), float(np.sin(turn))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trunk:
    """Outline of the body by height, a row every `_STEP_MM` downwards from `top_mm`.

    Parameters
    ----------
    top_mm
        Height of the first row [mm, LPS z].
    x, y : (N,) [mm, LPS]
        Middle of the body.
    half_x, half_y : (N,) [mm]
    s : (N,) [mm]
        Place along the canal of each row.
    """

    top_mm: float
    x: FloatArray
    y: FloatArray
    half_x: FloatArray
    half_y: FloatArray
    s: FloatArray

    def row(self, z: FloatArray) -> NDArray[np.int32]:
        """Row of heights."""
        rows = ((np.float32(self.top_mm) - z) * np.float32(1 / _STEP_MM) + np.float32(0.5)).astype(np.int32)
        clipped: NDArray[np.int32] = np.clip(rows, 0, len(self.x) - 1, out=rows)
        return clipped

    def back_mm(self, z: float) -> float:
        """The skin's most posterior point at a height [mm, LPS y]."""
        k = int(self.row(np.array([z], dtype=np.float32))[0])
        return float(self.y[k] + self.half_y[k])

    def depth(self, ground: Ground) -> FloatArray:
        """Depth below the skin of every voxel (slices, rows, columns) [mm]; negative outside."""
        rows = self.row(ground.place[2])
        x, y = ground.place[0] - self.x.take(rows), ground.place[1] - self.y.take(rows)
        across = ((x / self.half_x.take(rows)) ** 2).clip(0, 2)
        along = ((y / self.half_y.take(rows)) ** 2).clip(0, 2)
        gauge = np.sqrt(across + along - np.float32(_SQUARE) * across * along)
        gauge += np.float32(0.006) * ground.blob
        np.maximum(gauge, np.float32(0.02), out=gauge)
        depth: FloatArray = np.hypot(x, y) * (1 / gauge - 1)
        # The furrow over the spinous processes.
        depth -= (y > 0) * np.float32(_FURROW_MM) * (1 - np.abs(x) * np.float32(1 / 26)).clip(0, 1)
        return depth


def draw_trunk(rng: np.random.Generator, spine: Spine, fat_mm: float) -> Trunk:
    """Outline of a body of the spine's size with `fat_mm` under its skin; build varies by some 8 % [P]."""
    size = spine.size
    build, depth = np.exp(rng.normal(0, 0.07, 2))
    # Inner fat of the belly pushes the front forward by up to 60 mm [P].
    belly = rng.uniform(-10, 20) + 1.6 * fat_mm * rng.uniform(0.3, 1.2)
    curve_y, curve_z = spine.curve.points[1].astype(np.float64), spine.curve.points[2].astype(np.float64)
    s = np.array([_place(spine, name, below) for name, below, *_ in _OUTLINE])
    columns = np.array([row[2:] for row in _OUTLINE], dtype=np.float64)
    node_z = np.array([float(spine.curve.to_patient(one)[2]) for one in s])
    height = np.arange(node_z.max(), node_z.min(), -_STEP_MM)
    half_x, front, back = (np.interp(-height, -node_z, column * size) for column in columns.T)
    row_s = np.interp(-height, -curve_z, spine.curve.s.astype(np.float64))
    axis_y = ndimage.uniform_filter1d(np.interp(-height, -curve_z, curve_y), 90, mode="nearest")
    # The neck and head carry a third of the fat.
    share = np.interp(row_s, [spine.level_s("C6"), spine.level_s("T3")], [0.3, 1.0])
    bump = np.exp(-(((row_s - spine.level_s("L3")) / (90 * size)) ** 2))
    front = (front * depth + belly * size * bump + share * fat_mm) * np.where(row_s < 0, 1 / depth, 1)
    half_x = half_x * np.where(share > 0.5, build, 1) + share * fat_mm + 0.3 * belly * bump
    skin_back = np.maximum(axis_y + back + 0.6 * share * fat_mm, _behind_spine(spine, height) + 8 + 0.3 * fat_mm)
    # People lie on their back: it is flat where the table is.
    flat = ndimage.uniform_filter1d(ndimage.maximum_filter1d(skin_back, 60, mode="nearest"), 50, mode="nearest")
    below_neck = np.clip((row_s - spine.level_s("C7")) / (40 * size), 0, 1)
    skin_back = skin_back + below_neck * (flat - skin_back)
    skin_front = axis_y - front
    tables = {
        "x": np.interp(-height, -curve_z, spine.curve.points[0]),
        "y": (skin_back + skin_front) / 2,
        "half_x": np.maximum(half_x, 3.0),
        "half_y": np.maximum((skin_back - skin_front) / 2, 3.0),
        "s": row_s,
    }
    # Above the first row there is nothing but air.
    tables["half_x"][0] = tables["half_y"][0] = 0.1
    return Trunk(top_mm=float(height[0]), **{name: one.astype(np.float32) for name, one in tables.items()})


def _place(spine: Spine, name: str, below_mm: float) -> float:
    if name == "up":
        return -below_mm * spine.size
    return float(spine.middle[LEVELS.index(name)]) + below_mm * spine.size


def _behind_spine(spine: Spine, height: Doubles) -> Doubles:
    """Most posterior point of the spinous processes at each height [mm, LPS y]."""
    last = table.L5 + 1
    points = [
        spine.curve.to_patient(
            float(spine.middle[k] + table.SPINOUS_SLOPE[k] * spine.sizes["spinous_length"][k]),
            0.0,
            -float(spine.sizes["canal_ap"][k] / 2 + spine.sizes["spinous_length"][k] + spine.shape.lamina_mm),
        )
        for k in range(1, last)
    ]
    z, y = np.array([one[2] for one in points]), np.array([one[1] for one in points])
    order = np.argsort(-z)
    behind: Doubles = np.interp(-height, -z[order], y[order], left=-1e3, right=-1e3)
    return behind
