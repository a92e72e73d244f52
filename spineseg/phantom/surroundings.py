"""Canvas -> what lies around the spine painted on it: wall, organs, vessels, muscles, hips, skin, arms, table.

Asymmetric on purpose: aorta, stomach and heart to the patient's left, liver and caval vein to the right, so
that a mirrored image shows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.volume import FloatArray
from spineseg.phantom import anthropometry as table
from spineseg.phantom.abdomen import Belly, draw_abdomen, draw_belly, paint_belly
from spineseg.phantom.bodywall import (
    Arms,
    Couch,
    draw_arms,
    draw_couch,
    draw_shoulders,
    paint_arms,
    paint_couch,
    paint_skin,
    paint_wall,
)
from spineseg.phantom.canvas import Canvas
from spineseg.phantom.chest import Breath, dome, draw_breath, draw_chest, paint_lungs
from spineseg.phantom.ground import Ground, Shape, make_ground
from spineseg.phantom.hips import (
    HipPlate,
    draw_hips,
    draw_pelvic_organs,
    make_plate,
    paint_hip_muscles,
    paint_plate,
)
from spineseg.phantom.muscles import draw_psoas, paint_back, paint_nape, paint_roots
from spineseg.phantom.neck import draw_neck
from spineseg.phantom.spine import Spine
from spineseg.phantom.thorax import chest_wall
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.trunk import Landmarks, Trunk, draw_trunk
from spineseg.phantom.waves import WaveField, draw_waves, placed

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surroundings:
    """Drawn parameters of one body.

    Parameters
    ----------
    waves
        Fields of patient space by name: "rough" (6 mm), "blob" (16 mm), "organs" (30 mm, with the voxels' places).
    fat_mm
        Subcutaneous fat.
    infiltration
        Fat in the muscles, 0 none, 1 much.
    abdomen, chest, neck, psoas, shoulders, hips
        Shapes in the order in which they are painted.
    """

    waves: dict[str, WaveField]
    trunk: Trunk
    fat_mm: float
    infiltration: float
    belly: Belly
    breath: Breath
    couch: Couch
    plate: HipPlate
    abdomen: tuple[Shape, ...]
    chest: tuple[Shape, ...]
    neck: tuple[Shape, ...]
    psoas: tuple[Shape, ...]
    shoulders: tuple[Shape, ...]
    hips: tuple[Shape, ...]
    arms: Arms


def draw_surroundings(rng: np.random.Generator, spine: Spine) -> Surroundings:
    """Body of a spine's size; ranges are those of adults lying on their back [P]."""
    waves = {name: draw_waves(rng, length) for name, length in (("rough", 2.5), ("blob", 7.0), ("organs", 14.0))}
    waves["organs"] = placed(waves["organs"])
    # A child stream: however much is drawn here, the caller's next numbers (a case's lesions) stay the same.
    rng = rng.spawn(1)[0]
    mark = Landmarks(spine)
    fat_mm = float(rng.uniform(4, 30))
    infiltration = float(rng.uniform(0, 1))
    trunk = draw_trunk(rng, spine, fat_mm)
    return Surroundings(
        waves=waves,
        trunk=trunk,
        fat_mm=fat_mm,
        infiltration=infiltration,
        belly=draw_belly(rng),
        breath=draw_breath(rng),
        couch=draw_couch(rng, trunk),
        plate=make_plate(mark),
        abdomen=(*draw_abdomen(rng, mark), *draw_pelvic_organs(rng, mark)),
        chest=draw_chest(rng, mark),
        neck=draw_neck(rng, mark),
        psoas=draw_psoas(rng, mark, infiltration),
        shoulders=draw_shoulders(rng, mark),
        hips=draw_hips(mark),
        arms=draw_arms(rng, mark, trunk, fat_mm, raised=bool(rng.random() < 0.6)),
    )


def paint_surroundings(canvas: Canvas, body: Surroundings, organs: FloatArray) -> None:
    """Everything outside the spine, from the inside outwards.

    Parameters
    ----------
    organs : (4, slices, rows, columns)
        Smooth field and places of the voxels, from `waves.PlacedWaves`.
    """
    ground = make_ground(canvas, organs)
    canvas.tissue[:] = Tissue.FAT
    depth = body.trunk.depth(ground)
    inner = _paint_trunk(canvas, ground, body, depth)
    paint_hip_muscles(ground, body.plate, depth, body.fat_mm)
    if inner is not None:
        ground.paint(body.abdomen, where=inner)
    ground.paint(body.psoas)
    _paint_chest(canvas, ground, body)
    paint_nape(canvas, body.infiltration)
    ground.paint(body.neck)
    paint_back(canvas, body.infiltration)
    paint_roots(canvas)
    paint_plate(ground, body.plate)
    ground.paint(body.hips)
    ground.paint(body.shoulders)
    paint_skin(ground, depth, body.fat_mm)
    paint_arms(ground, body.arms, depth)
    paint_couch(ground, depth, body.couch)


def _paint_trunk(canvas: Canvas, ground: Ground, body: Surroundings, depth: FloatArray) -> Mask | None:
    """Wall of chest and belly, and the fields inside; where the abdomen's organs find place (as the ground)."""
    spine, points = canvas.spine, canvas.points
    size = spine.size
    start, end = float(spine.top[table.T1]) - 12 * size, spine.level_s("S3")
    inside = depth > body.fat_mm + 13
    # The shoulders rise beside the neck.
    slope = np.float32(0.35) * (np.abs(points.u) - 32 * size).clip(0, 90)
    trunk = (points.s > start - slope) & (points.s < end)
    if not trunk.any():
        return inside
    shape = ground.tissue.shape
    s = points.s.reshape(shape)
    cage = chest_wall(spine, points)
    where = trunk.reshape(shape)
    chest = where & (s < spine.level_s("L1"))
    belly = where & (s > spine.level_s("T11")) & ((points.v + 4 * canvas.blob).reshape(shape) > -32 * size)
    paint_wall(ground, depth, body.fat_mm, cage=cage.reshape(shape), where=chest, belly=belly)
    below = points.s > dome(canvas, body.breath) + 3
    if not below.any():
        return None
    inside &= below.reshape(shape) & ((cage.reshape(shape) < 0.945) | (s > spine.level_s("L1")))
    if not (below & trunk).any():
        return inside
    front = spine.canal.canal_a[points.index] + 2 * spine.canal.body_a[points.index]
    cavity = trunk & inside.ravel() & (points.v > -34 * size)
    canvas.tissue[cavity] = Tissue.FAT
    paint_belly(canvas, body.belly, ground.field.ravel(), cavity, front)
    return inside


def _paint_chest(canvas: Canvas, ground: Ground, body: Surroundings) -> None:
    spine, points = canvas.spine, canvas.points
    size = spine.size
    chest = (points.s > float(spine.top[table.T1]) - 5 * size) & (points.s < spine.level_s("L3"))
    if not chest.any():
        return
    front = spine.canal.canal_a[points.index] + 2 * spine.canal.body_a[points.index]
    paint_lungs(canvas, body.breath, chest_wall(spine, points), dome(canvas, body.breath), front)
    ground.paint(body.chest)
