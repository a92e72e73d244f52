"""Canvas -> soft tissue around the spine painted on it: muscles, fat, skin, lungs, vessels, organs, bowel.

Asymmetric on purpose: aorta, stomach and heart to the patient's left, liver and caval vein to the right, so
that a mirrored image shows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.volume import FloatArray
from spineseg.phantom import anthropometry as table
from spineseg.phantom.canvas import Canvas, ellipse
from spineseg.phantom.spine import Spine
from spineseg.phantom.thorax import chest_wall
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.waves import WaveField, draw_waves

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surroundings:
    """Drawn parameters of one body.

    Parameters
    ----------
    waves
        Fields of patient space by name: "rough" (6 mm), "blob" (16 mm), "organs" (30 mm).
    back_mm, front_mm, side_mm
        Distance of the skin from the middle of the canal.
    fat_mm
        Subcutaneous fat.
    infiltration
        Fat in the muscles, 0 none.
    aorta_mm, cava_mm
        Radii.
    arms
        Whether the arms lie beside the trunk.
    """

    waves: dict[str, WaveField]
    back_mm: float
    front_mm: float
    side_mm: float
    fat_mm: float
    infiltration: float
    aorta_mm: float
    cava_mm: float
    gas: float
    arms: bool


def draw_surroundings(rng: np.random.Generator, spine: Spine) -> Surroundings:
    """Body of a spine's size; ranges are those of adults lying on their back [P]."""
    size = spine.size
    return Surroundings(
        waves={name: draw_waves(rng, length) for name, length in (("rough", 2.5), ("blob", 7.0), ("organs", 14.0))},
        back_mm=size * float(rng.uniform(48, 72)),
        front_mm=size * float(rng.uniform(125, 175)),
        side_mm=size * float(rng.uniform(148, 195)),
        fat_mm=float(rng.uniform(5, 28)),
        infiltration=float(rng.uniform(0, 1)),
        aorta_mm=float(rng.uniform(9, 13)),
        cava_mm=float(rng.uniform(8, 12)),
        gas=float(rng.uniform(0.8, 2.0)),
        arms=bool(rng.random() < 0.4),
    )


def paint_surroundings(canvas: Canvas, body: Surroundings, organs: FloatArray) -> None:
    """Everything outside the spine."""
    spine, points = canvas.spine, canvas.points
    v, s = points.v, points.s
    canvas.tissue[:] = Tissue.FAT
    front = spine.canal.canal_a[points.index] + 2 * spine.canal.body_a[points.index]
    neck_end, chest_end, pelvis = (float(spine.top[k]) for k in (table.T1, table.T12, table.S1))
    neck, chest = s < neck_end, (s >= neck_end + 12) & (s < chest_end + 10)
    belly = (s >= chest_end + 10) & (s < pelvis + 60)
    if belly.any():
        _paint_belly(canvas, body, organs, belly & (v > front + 4), front)
    if chest.any():
        _paint_chest(canvas, body, organs, chest & (v > -40), front)
    _paint_muscles(canvas, body, neck, front)
    _paint_great_vessels(canvas, body, front)
    if neck.any():
        _paint_throat(canvas, neck, front)
    _paint_skin(canvas, body, neck)


def _paint_belly(canvas: Canvas, body: Surroundings, organs: FloatArray, where: Mask, front: FloatArray) -> None:
    spine, points, tissue = canvas.spine, canvas.points, canvas.tissue
    size = spine.size
    u, v, s = points.u, points.v, points.s
    tissue[where & (organs > -0.2)] = Tissue.BOWEL
    tissue[where & (organs > 0.2) & (canvas.blob > body.gas)] = Tissue.AIR
    lower_liver = float(spine.bottom[table.L1 + 1])
    liver = where & (u < -14 * size + 6 * canvas.blob) & (s < lower_liver)
    tissue[liver] = Tissue.LIVER
    # Kidneys at T12-L3, the right one lower under the liver.
    centre = spine.level_s("L1") + np.where(u > 0, 0, 12) * size
    kidney = ((np.abs(u) - 62 * size) / (26 * size)) ** 2 + ((v - front + 18 * size) / (24 * size)) ** 2
    kidney += ((s - centre) / (55 * size)) ** 2
    tissue[kidney + 0.06 * canvas.blob < 1] = Tissue.KIDNEY


def _paint_chest(canvas: Canvas, body: Surroundings, organs: FloatArray, where: Mask, front: FloatArray) -> None:
    spine, points, tissue = canvas.spine, canvas.points, canvas.tissue
    size = spine.size
    half_width = spine.canal.body_b[points.index]
    side = np.abs(points.u)
    lung = where & (side > half_width + 6 * size + 1.5 * canvas.blob)
    lung |= where & (points.v > front + 26 * size) & (side > 10 * size)
    lung &= (chest_wall(spine, points) < 0.955) & (points.v < body.front_mm - 25)
    tissue[lung] = Tissue.LUNG
    vessels = lung & (canvas.blob > 1.7)
    tissue[vessels] = Tissue.VESSEL
    lower = points.s > spine.level_s("T9")
    # Dome of the diaphragm: liver on the right, stomach and spleen on the left.
    dome = lower & lung & (points.s > spine.level_s("T9") + 0.5 * side - 12 * size + 4 * organs)
    tissue[dome & (points.u < 0)] = Tissue.LIVER
    tissue[dome & (points.u >= 0)] = Tissue.KIDNEY
    heart = ((points.u - 22 * size) / (50 * size)) ** 2 + ((points.v - front - 55 * size) / (38 * size)) ** 2
    heart += ((points.s - spine.level_s("T8")) / (55 * size)) ** 2
    tissue[heart < 1] = Tissue.VESSEL
    trachea = np.hypot(points.u + 1, points.v - front - 17 * size) < 8.5 * size
    tissue[trachea & (points.s < spine.level_s("T5"))] = Tissue.AIR


def _paint_muscles(canvas: Canvas, body: Surroundings, neck: Mask, front: FloatArray) -> None:
    spine, points = canvas.spine, canvas.points
    size = spine.size
    side, v = np.abs(points.u), points.v
    canal_a = spine.canal.canal_a[points.index]
    half_width = spine.canal.body_b[points.index]
    erector = ellipse(side - 24 * size, v + canal_a + 17 * size, 24 * size, 21 * size)
    psoas = ellipse(side - half_width - 13 * size, v - 0.6 * front, 15 * size, 18 * size)
    psoas = np.where(points.s > float(spine.middle[table.T12]), psoas, np.float32(9))
    collar = np.where(neck, ellipse(points.u, v + 6 * size, 58 * size, 48 * size), np.float32(9))
    muscle = np.minimum(np.minimum(erector, psoas), collar) + 0.05 * canvas.blob < 1
    # Prevertebral muscle and ligament in the neck.
    muscle |= neck & (v > front - 2) & (v < front + 6 * size) & (side < 22 * size)
    streaks = canvas.rough + np.float32(0.5) * canvas.blob > 2.6 - 1.5 * body.infiltration
    canvas.tissue[muscle & ~streaks] = Tissue.MUSCLE
    canvas.tissue[muscle & streaks] = Tissue.FAT
    # Fat of the foramina and around the dura's exits.
    foramina = (side < spine.canal.canal_b[points.index] + 8 * size) & (np.abs(v) < canal_a)
    canvas.tissue[foramina] = Tissue.FAT
    midline = (side < 1.4) & (v < -canal_a - 3 * size) & (v > -canal_a - 40 * size)
    canvas.tissue[midline] = Tissue.LIGAMENT
    # Roots leave below the pedicle, through the lower part of the level.
    upper = spine.level[points.index]
    exit_s = spine.bottom[upper] + 1 - 0.45 * (side - spine.canal.canal_b[points.index])
    root = np.hypot(points.s - exit_s + 3 * size, v + 0.5) < 2.4 * size
    root &= foramina | ((side < 45 * size) & (np.abs(v + 0.5) < 2.4 * size) & (points.s > 0))
    root &= points.s < float(spine.top[table.S1])
    canvas.tissue[root & (points.s > 0)] = Tissue.ROOT


def _paint_great_vessels(canvas: Canvas, body: Surroundings, front: FloatArray) -> None:
    spine, points = canvas.spine, canvas.points
    size = spine.size
    # The aorta descends on the left of the thoracic bodies and in front of the lumbar ones, dividing at L4.
    places = [spine.level_s(name) for name in ("T4", "T8", "L1", "L4")]
    left_at_node = size * np.interp(spine.curve.s, places, [24.0, 20.0, 9.0, 4.0])
    forward_at_node = size * np.where(left_at_node > 15 * size, -2.0, 11.0)
    left, forward = (one.astype(np.float32).take(points.index) for one in (left_at_node, forward_at_node))
    below_arch = (points.s > places[0]) & (points.s < places[-1] + 10)
    aorta = np.hypot(points.u - left, points.v - front - forward)
    canvas.tissue[(aorta < body.aorta_mm) & below_arch] = Tissue.VESSEL
    cava = np.hypot(points.u + 15 * size, points.v - front - 9 * size) < body.cava_mm
    canvas.tissue[cava & (points.s > spine.level_s("T9")) & (points.s < spine.level_s("L5"))] = Tissue.VESSEL


def _paint_throat(canvas: Canvas, neck: Mask, front: FloatArray) -> None:
    points = canvas.points
    size = canvas.spine.size
    airway = ellipse(points.u, points.v - front - 17 * size, 9 * size, 8 * size) < 1
    canvas.tissue[neck & airway] = Tissue.AIR
    carotid = np.hypot(np.abs(points.u) - 27 * size, points.v - front - 6 * size) < 3.6 * size
    jugular = np.hypot(np.abs(points.u) - 33 * size, points.v - front - 4 * size) < 4.8 * size
    canvas.tissue[neck & (carotid | jugular)] = Tissue.VESSEL


def _paint_skin(canvas: Canvas, body: Surroundings, neck: Mask) -> None:
    points = canvas.points
    scale = np.where(neck, np.float32(0.55), np.float32(1.0))
    centre = np.float32((body.front_mm - body.back_mm) / 2)
    half = np.float32((body.front_mm + body.back_mm) / 2)
    # Superellipse of the trunk, the neck narrower.
    gauge = np.cbrt(_cube(points.u / (body.side_mm * scale)) + _cube((points.v - centre) / half))
    gauge += np.float32(0.012) * canvas.blob
    depth = (1 - gauge) * half
    shallow = depth < body.fat_mm
    canvas.tissue[shallow & (canvas.tissue != Tissue.MUSCLE)] = Tissue.FAT
    canvas.tissue[depth < 2.0] = Tissue.SKIN
    canvas.tissue[depth < 0] = Tissue.AIR
    if body.arms:
        arm = np.hypot(np.abs(points.u) - body.side_mm - 45, points.v - 10)
        canvas.tissue[arm < 40] = Tissue.MUSCLE
        canvas.tissue[arm < 11] = Tissue.MARROW_OTHER


def _cube(values: FloatArray) -> FloatArray:
    # Several times faster than the power of an array.
    cube: FloatArray = np.abs(values * values * values)
    return cube
