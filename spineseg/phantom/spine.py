"""Seed -> Spine: sizes of every vertebra, the course of the canal and its content as tables along the canal.

Everything is a shape in curvilinear coordinates (s caudally, u left, v anterior; `curve`), so that any grid can
be evaluated at its own voxel centres. Nothing here knows of voxels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.volume import FloatArray
from spineseg.phantom import alignment as posture
from spineseg.phantom import anthropometry as table
from spineseg.phantom.anthropometry import LEVELS
from spineseg.phantom.canal_tables import CanalChange, CanalCourse, CanalHabit, CanalTables, draw_canal_tables
from spineseg.phantom.curve import STEP_MM, Curve, make_curve
from spineseg.phantom.variation import Alignment, Variation

Doubles = NDArray[np.float64]

ABOVE_C1_MM = 80.0  # how far the tables go into the skull [P]
BELOW_S5_MM = 60.0

# Tilt of the canal at its turning points for mean curves [degree, positive: posteriorly on the way down], chosen
# to give 20° cervical lordosis (C2-C7), 40° kyphosis (T1-T12) and 50° lordosis (L1-S1), less than the 60°
# of standing people (Vialle et al., J Bone Joint Surg Am 2005;87:260), since scans are made lying.
_TILT_DEG = {
    "C1": -7.0, "C3": -4.0, "C5": 5.0, "C7": 18.0, "T1": 22.0, "T3": 18.0, "T5": 9.0, "T7": 1.0, "T9": -7.0,
    "T11": -14.0, "T12": -17.0, "L1": -16.0, "L2": -11.0, "L3": -3.0, "L4": 7.0, "L5": 20.0, "S1": 38.0,
    "S2": 42.0, "S3": 28.0, "S4": 6.0, "S5": -16.0,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SpineOptions:
    """What a named case fixes; everything else is drawn.

    Parameters
    ----------
    size
        Factor of all lengths.
    variation
        Factor of the individual variation; 0 gives the mean spine.
    scoliosis_mm
        Greatest lateral offset of the canal.
    conus_below_l1_mm
        Tip of the cord below the middle of L1.
    collapse
        Lost share of the body's anterior height by level.
    pathology
        Wear, fractures, implants and so on (`draw_variation`); None for the plain spine of the named cases.
    """

    size: float | None = None
    variation: float = 1.0
    scoliosis_mm: float | None = None
    canal_changes: tuple[CanalChange, ...] = ()
    conus_below_l1_mm: float | None = None
    collapse: Mapping[str, float] = field(default_factory=dict)
    pathology: Variation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VertebraShape:
    """Drawn shape parameters that all vertebrae of a spine share.

    Parameters
    ----------
    waist
        Share by which the body is narrower at its middle.
    exponent
        Of the superellipse of the body's outline; 2 is an ellipse.
    concavity_mm
        Depth of the end plates.
    cortex_mm
        Thickness of the bone's compact rim.
    lamina_mm, spinous_mm
        Thickness of laminae and half thickness of spinous processes.
    facet
        Factor of the size of the articular pillars.
    nucleus
        Share of the disc's radius taken by its nucleus.
    """

    waist: float
    exponent: float
    concavity_mm: float
    cortex_mm: float
    lamina_mm: float
    spinous_mm: float
    facet: float
    nucleus: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spine:
    """A drawn spine.

    Parameters
    ----------
    size
        Factor of all lengths against the mean.
    sizes : column -> (29,) [mm]
        Sizes by level, C1 to S5, columns of `anthropometry`.
    top, bottom : (29,) [mm]
        Cranial and caudal end of each body along the canal.
    level : (N,)
        Index of the vertebra at each node: its body and the disc below it.
    collapse, bulge : (29,)
        Lost share of anterior body height; bulge of the disc below as share of its radius.
    conus_s, sac_end_s
        Tip of the cord and of the sac along the canal [mm].
    pathology
        What makes it differ from a plain spine.
    """

    size: float
    sizes: Mapping[str, FloatArray]
    top: FloatArray
    bottom: FloatArray
    curve: Curve
    level: NDArray[np.int32]
    canal: CanalTables
    shape: VertebraShape
    collapse: FloatArray
    bulge: FloatArray
    conus_s: float
    sac_end_s: float
    pathology: Variation | None = None

    @property
    def middle(self) -> FloatArray:
        """Middle of each body along the canal: (29,) [mm]."""
        middle: FloatArray = (self.top + self.bottom) / 2
        return middle

    def level_s(self, name: str) -> float:
        """Where the middle of a named body lies along the canal [mm]."""
        return float(self.middle[LEVELS.index(name)])


def draw_spine(rng: np.random.Generator, options: SpineOptions | None = None) -> Spine:
    """A spine from C1 to S5 with individual sizes and curves."""
    options = options or SpineOptions()
    # Stature varies by about 10 % around the mean of adults; children are not modelled [P].
    size = options.size if options.size is not None else float(rng.uniform(0.87, 1.13))
    pathology = options.pathology
    sizes = _individual_sizes(rng, options.variation, size)
    if pathology is not None:
        _wear_down(sizes, pathology, size)
    collapse = np.array([options.collapse.get(name, 0.0) for name in LEVELS])
    # A wedge fracture loses less height at the posterior wall than in front: a third is assumed [P].
    sizes["body_height"] *= 1 - collapse / 3
    top, bottom = _stack(sizes)
    s = np.arange(-ABOVE_C1_MM, bottom[-1] + BELOW_S5_MM, STEP_MM)
    middle = (top + bottom) / 2
    # Conus: mean at the lower third of L1, from T12 to L3 (Saifuddin et al., Spine 1998;23:1452).
    drawn = 6 * size + np.clip(options.variation * rng.normal(0, 12), -28, 28)
    conus = float(middle[table.L1] + (drawn if options.conus_below_l1_mm is None else options.conus_below_l1_mm))
    habit = CanalHabit() if pathology is None else pathology.canal
    sac_end = float(middle[table.S2] + options.variation * rng.normal(0, 9)) + habit.sac_end_mm
    course = CanalCourse(
        nodes=s, middle=middle, conus=conus, sac_end=sac_end, size=size, variation=options.variation, habit=habit
    )
    narrowed = () if pathology is None else pathology.canal_changes
    canal = draw_canal_tables(rng, sizes, course, options.canal_changes + narrowed)
    curve = _draw_curve(rng, options, s, top, bottom)
    return Spine(
        size=size,
        sizes={name: values.astype(np.float32) for name, values in sizes.items()},
        top=top.astype(np.float32),
        bottom=bottom.astype(np.float32),
        curve=curve,
        level=(np.searchsorted(top, s, side="right") - 1).clip(0, len(LEVELS) - 1).astype(np.int32),
        canal=canal,
        shape=_draw_shape(rng, options.variation, size, pathology),
        collapse=collapse.astype(np.float32),
        bulge=(options.variation * rng.normal(0.01, 0.035, len(LEVELS))).astype(np.float32),
        conus_s=conus,
        sac_end_s=sac_end,
        pathology=pathology,
    )


def _draw_curve(rng: np.random.Generator, options: SpineOptions, s: Doubles, top: Doubles, bottom: Doubles) -> Curve:
    """Course of the canal through lordosis, kyphosis and scoliosis, sheared where vertebrae have slipped."""
    middle = (top + bottom) / 2
    bends = None if options.pathology is None else options.pathology.alignment
    tilt = _tilt(rng, options.variation, s, middle, bends or Alignment())
    lateral = _lateral(rng, options, s, middle)
    if bends is None:
        return make_curve(s, tilt, lateral, None)
    tilt += posture.kyphosis_rad(bends, s, top, bottom)
    return make_curve(s, tilt, lateral, posture.shear(bends, s, top, bottom, lateral))


def _individual_sizes(rng: np.random.Generator, variation: float, size: float) -> dict[str, Doubles]:
    # 6 % between people and 3 % between neighbours: the standard deviations of Panjabi's tables are 5-10 %.
    sizes = {
        name: mean * size * np.exp(variation * (rng.normal(0, 0.06) + rng.normal(0, 0.03, mean.shape)))
        for name, mean in table.mean_sizes_mm().items()
    }
    degenerate = rng.random(len(LEVELS)) < 0.2 * variation
    narrowing = np.where(degenerate, rng.uniform(0.35, 0.8, len(LEVELS)), rng.uniform(0.9, 1.15, len(LEVELS)))
    sizes["disc_height"][table.C2 : table.S1] *= np.where(variation > 0, narrowing, 1.0)[table.C2 : table.S1]
    return sizes


def _wear_down(sizes: dict[str, Doubles], pathology: Variation, size: float) -> None:
    # Wear decides on the discs' heights instead of the plain spine's chance; crushed bodies lose height throughout.
    discs = slice(table.C2, table.S2)
    mean = table.mean_sizes_mm()["disc_height"] * size
    sizes["disc_height"][discs] = (mean * pathology.wear["disc_share"])[discs]
    sizes["body_height"] *= 1 - pathology.wear["crush"]


def _stack(sizes: Mapping[str, Doubles]) -> tuple[Doubles, Doubles]:
    pitch = sizes["body_height"] + sizes["disc_height"]
    top = np.concatenate([[0.0], np.cumsum(pitch)[:-1]])
    return top, top + sizes["body_height"]


def _tilt(rng: np.random.Generator, variation: float, s: Doubles, middle: Doubles, bends: Alignment) -> Doubles:
    neck, trunk = np.exp(variation * rng.normal(0, [0.45, 0.2])) * (bends.neck, bends.trunk)
    nodes, tilts = [], []
    for name, mean in _TILT_DEG.items():
        nodes.append(middle[LEVELS.index(name)])
        tilt = mean if name[0] != "S" else _TILT_DEG["S1"] + bends.sacral * (mean - _TILT_DEG["S1"])
        tilts.append(tilt * (neck if name[0] == "C" else trunk) + variation * rng.normal(0, 2.5))
    tilt = np.interp(s, nodes, tilts)
    return np.deg2rad(_smooth(tilt, 40.0))


def _lateral(rng: np.random.Generator, options: SpineOptions, s: Doubles, middle: Doubles) -> Doubles:
    amplitude = options.scoliosis_mm
    if amplitude is None:
        amplitude = options.variation * abs(rng.normal(0, 3.0))  # nearly straight spines [P]
        if options.pathology is not None:
            amplitude = max(amplitude, options.pathology.alignment.scoliosis_mm)
    wave_mm = rng.uniform(220, 340)
    apex = middle[LEVELS.index("T8")] + rng.normal(0, 30)
    offset = amplitude * np.cos(2 * np.pi * (s - apex) / wave_mm) * np.exp(-(((s - apex) / 260) ** 2))
    return _smooth(rng.choice([-1, 1]) * offset, 20.0)


def _smooth(values: Doubles, width_mm: float) -> Doubles:
    half = round(width_mm / STEP_MM / 2)
    kernel = np.ones(2 * half + 1) / (2 * half + 1)
    return np.convolve(np.pad(values, half, mode="edge"), kernel, "valid")


def _draw_shape(rng: np.random.Generator, variation: float, size: float, pathology: Variation | None) -> VertebraShape:
    compact = 1.0 if pathology is None else pathology.form.cortex_factor

    def draw(mean: float, spread: float) -> float:
        return float(mean + variation * rng.uniform(-spread, spread))

    # Ranges read off CT of healthy adults [P]; vertebral cortex 0.4-1.2 mm, thicker as CT shows it (partial volume).
    return VertebraShape(
        waist=draw(0.08, 0.05),
        exponent=draw(2.5, 0.4),
        concavity_mm=size * draw(1.4, 0.8),
        cortex_mm=compact * draw(0.9, 0.35),
        lamina_mm=size * draw(5.0, 0.8),
        spinous_mm=size * draw(2.8, 0.7),
        facet=draw(1.0, 0.1),
        nucleus=draw(0.62, 0.12),
    )
