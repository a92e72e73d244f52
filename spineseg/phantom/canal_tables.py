"""Sizes by level -> CanalTables: canal, thecal sac and cord as half diameters and centres along the canal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.volume import FloatArray
from spineseg.phantom import anthropometry as table
from spineseg.phantom.anthropometry import LEVELS

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class CanalChange:
    """A local change of the canal and its content; a value of None leaves the drawn one.

    Parameters
    ----------
    level
        Centre of the change.
    reach_mm
        Half length of the change along the canal.
    canal_ap_mm, canal_width_mm
        Diameters of the bony canal.
    epidural_posterior_mm, epidural_anterior_mm
        Width of the epidural space.
    cord_v_mm
        Place of the cord's centre relative to the sac's centre, positive anteriorly.
    cord_scale
        Factor of the cord's diameters.
    """

    level: str
    reach_mm: float = 40.0
    canal_ap_mm: float | None = None
    canal_width_mm: float | None = None
    epidural_posterior_mm: float | None = None
    epidural_anterior_mm: float | None = None
    epidural_lateral_mm: float | None = None
    cord_v_mm: float | None = None
    cord_scale: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CanalTables:
    """Half diameters and centres at the nodes of the curve, (N,) each [mm]; u to the left, v anterior."""

    canal_a: FloatArray
    canal_b: FloatArray
    body_a: FloatArray
    body_b: FloatArray
    sac_v: FloatArray
    sac_a: FloatArray
    sac_b: FloatArray
    cord_u: FloatArray
    cord_v: FloatArray
    cord_a: FloatArray
    cord_b: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class CanalHabit:
    """How a person's canal content differs from the mean; the defaults are the mean.

    Parameters
    ----------
    fat_posterior, fat_anterior, fat_lateral
        Factors of the epidural space's width.
    cord
        Factor of the cord's diameters.
    cord_wander_mm
        Standard deviation of the cord's sideways place.
    cord_v_mm
        Offset of the cord, to anterior.
    sac_end_mm
        Offset of the sac's end, caudally.
    """

    fat_posterior: float = 1.0
    fat_anterior: float = 1.0
    fat_lateral: float = 1.0
    cord: float = 1.0
    cord_wander_mm: float = 0.4
    cord_v_mm: float = 0.0
    sac_end_mm: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CanalCourse:
    """Where the canal's landmarks lie along s [mm]; `nodes` (N,) are the places of the tables.

    Parameters
    ----------
    middle : (29,)
        Middle of each body.
    conus, sac_end
        Tip of the cord and of the sac.
    size, variation
        Factor of all lengths and of the individual variation.
    habit
        What is special about the canal's content.
    """

    nodes: Doubles
    middle: Doubles
    conus: float
    sac_end: float
    size: float
    variation: float
    habit: CanalHabit = field(default_factory=CanalHabit)


def draw_canal_tables(
    rng: np.random.Generator, sizes: Mapping[str, Doubles], course: CanalCourse, changes: Sequence[CanalChange]
) -> CanalTables:
    """Canal and content of a spine whose level sizes are given [mm]."""
    s, size = course.nodes, course.size
    values = {name: np.interp(s, course.middle, sizes[name]) for name in sizes}
    epidural = _epidural(rng, course)
    epidural["cord_v"] = _cord_offset(rng, course) + course.habit.cord_v_mm
    for column in ("cord_ap", "cord_width"):
        values[column] = values[column] * course.habit.cord
    for change in changes:
        _apply_change(values, epidural, change, s - course.middle[LEVELS.index(change.level)])
    canal_a, canal_b = values["canal_ap"] / 2, values["canal_width"] / 2
    taper = np.sqrt(np.clip((course.sac_end - s) / (25 * size), 0, 1))  # the sac ends over 2-3 cm [P]
    front, back = canal_a - epidural["anterior"], -canal_a + epidural["posterior"]
    sac_a = np.maximum((front - back) / 2, 1.2) * taper
    sac_b = np.maximum(canal_b - epidural["lateral"], 1.2) * taper
    tip = np.clip((course.conus - s) / (28 * size), 0, 1) ** 0.6  # the conus tapers over some 3 cm [P]
    # CSF of at least 0.8 mm around a healthy cord [P].
    cord_a = np.minimum(values["cord_ap"] / 2 * tip, np.maximum(sac_a - 0.8, 0))
    cord_b = np.minimum(values["cord_width"] / 2 * tip, np.maximum(sac_b - 0.8, 0))
    room = np.maximum(sac_a - cord_a - 0.6, 0)
    wander = course.variation * np.interp(
        s, np.linspace(s[0], s[-1], 14), rng.normal(0, course.habit.cord_wander_mm, 14)
    )
    tables = {
        "canal_a": canal_a, "canal_b": canal_b, "body_a": values["body_depth"] / 2, "body_b": values["body_width"] / 2,
        "sac_v": (front + back) / 2, "sac_a": sac_a, "sac_b": sac_b, "cord_u": wander,
        "cord_v": (front + back) / 2 + np.clip(epidural["cord_v"], -room, room), "cord_a": cord_a, "cord_b": cord_b,
    }  # fmt: skip
    return CanalTables(**{name: table_.astype(np.float32) for name, table_ in tables.items()})


def _epidural(rng: np.random.Generator, course: CanalCourse) -> dict[str, Doubles]:
    nodes = [course.middle[LEVELS.index(name)] for name in table.EPIDURAL_NODES]
    means = {
        "posterior": table.EPIDURAL_POSTERIOR_MM,
        "anterior": table.EPIDURAL_ANTERIOR_MM,
        "lateral": table.EPIDURAL_LATERAL_MM,
    }
    # Epidural fat differs widely between people (lipomatosis at the far end): 25 % [P].
    return {
        name: np.interp(course.nodes, nodes, mean)
        * (course.size * getattr(course.habit, f"fat_{name}"))
        * np.exp(course.variation * rng.normal(0, 0.25))
        for name, mean in means.items()
    }


def _cord_offset(rng: np.random.Generator, course: CanalCourse) -> Doubles:
    # The cord hugs the inside of its bends: some 1 mm anterior in the thoracic kyphosis [P].
    nodes = [course.middle[LEVELS.index(name)] for name in ("C2", "C6", "T2", "T6", "T10", "T12", "L2")]
    offsets = np.array([0.0, 0.0, 0.4, 1.0, 0.5, -0.2, -0.8]) + course.variation * rng.normal(0, 0.35, 7)
    return np.interp(course.nodes, nodes, offsets)


def _apply_change(
    values: dict[str, Doubles], epidural: dict[str, Doubles], change: CanalChange, distance: Doubles
) -> None:
    weight = np.exp(-((distance / change.reach_mm) ** 6))
    targets = (
        (values, "canal_ap", change.canal_ap_mm),
        (values, "canal_width", change.canal_width_mm),
        (epidural, "posterior", change.epidural_posterior_mm),
        (epidural, "anterior", change.epidural_anterior_mm),
        (epidural, "lateral", change.epidural_lateral_mm),
        (epidural, "cord_v", change.cord_v_mm),
    )
    for columns, name, target in targets:
        if target is not None:
            columns[name] = columns[name] + weight * (target - columns[name])
    if change.cord_scale is not None:
        for name in ("cord_ap", "cord_width"):
            values[name] = values[name] * (1 + weight * (change.cord_scale - 1))
