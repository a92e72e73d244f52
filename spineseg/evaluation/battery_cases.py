"""Number -> battery case: a phantom with a lesion, how it is scanned, and what is true of it by construction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from spineseg.domain.escc import ESCC_RANK, EsccGrade
from spineseg.domain.findings import Compartment
from spineseg.evaluation.battery_grids import Placement, Stack
from spineseg.phantom.anthropometry import LEVELS
from spineseg.phantom.cases import ESCC_LEVELS, make_case
from spineseg.phantom.growth import EpiduralGrowth, Growth, profile_at
from spineseg.phantom.lesions import BoneBlob, Lesion, numbered
from spineseg.phantom.rasterize import Phantom
from spineseg.phantom.spine import Spine, SpineOptions, draw_spine
from spineseg.phantom.surroundings import draw_surroundings
from spineseg.phantom.tumours import bone_source, cord_growth, intradural_growth

Rng = np.random.Generator

BATTERY_SEED = 70_000  # apart from the seeds of training and of the score on networks
GRADES = tuple(ESCC_RANK)
MOST_COBB_DEG = 30.0
IN_PLANE_MM, THICKNESS_MM = (0.4, 1.0), (1.0, 5.0)
_TRIAL_MM = 10.0  # lateral offset of a first spine, whose angle tells which offset gives the wanted one
_VARIATION = 0.45  # calm spines: individual, without accidental stenosis [P]
# Built distances [mm] nearer than these to a limit of clinical.md 1.6 (contact 1.0, indentation 1.0 to 1.5 with the
# pixel, epidural thickness 1.5 to 2.0) leave two grades true. [P]
_CLEAR_GAP_MM, _CLEAR_INDENT_MM, _CLEAR_THICK_MM = 1.5, 1.75, 2.25
_OUTER_HALF_MM = (7.0, 12.0, 7.5)  # proportions of a dumbbell's outer part: along the canal, across, in depth [P]
_COMPARTMENT_LEVELS = LEVELS[LEVELS.index("C4") : LEVELS.index("L3") + 1]
_CORD_LEVELS = LEVELS[LEVELS.index("C4") : LEVELS.index("T11") + 1]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BatteryCase:
    """One case.

    Parameters
    ----------
    low, high
        True grade by construction; they differ where a built distance lies at a limit of the scale.
    cobb_deg
        Largest coronal angle of the spine.
    """

    number: int
    level: str
    phantom: Phantom
    stack: Stack
    compartment: Compartment
    low: EsccGrade
    high: EsccGrade
    cobb_deg: float

    @property
    def lesion(self) -> Lesion:
        """Its only lesion."""
        return self.phantom.lesions[0]


def escc_case(number: int) -> BatteryCase:
    """Case of the grade battery: six grades in turn, at C3 to L1, each on another stack and another spine."""
    rng = np.random.default_rng([BATTERY_SEED, number])
    grade = GRADES[number % len(GRADES)]
    level = ESCC_LEVELS[number // len(GRADES) % len(ESCC_LEVELS)]
    name, seed = f"escc-{grade.value}-{level.lower()}", BATTERY_SEED + number
    wanted = float(rng.uniform(0, MOST_COBB_DEG))
    trial = cobb_deg(make_case(name, seed, scoliosis_mm=_TRIAL_MM).phantom.spine)
    phantom = make_case(name, seed, scoliosis_mm=_TRIAL_MM * wanted / trial).phantom
    low, high = built_grades(phantom.spine, phantom.lesions[0])
    return BatteryCase(
        number=number, level=level, phantom=phantom, stack=draw_stack(rng), compartment=Compartment.EXTRADURAL,
        low=low, high=high, cobb_deg=cobb_deg(phantom.spine),
    )  # fmt: skip


def compartment_case(number: int) -> BatteryCase:
    """Case of the compartment battery: intradural extramedullary, intramedullary and mixed in turn, C4 to L3."""
    rng = np.random.default_rng([BATTERY_SEED, 1, number])
    compartment, grow = _COMPARTMENTS[number % len(_COMPARTMENTS)]
    levels = _CORD_LEVELS if compartment is Compartment.INTRAMEDULLARY else _COMPARTMENT_LEVELS
    level = levels[number // len(_COMPARTMENTS) % len(levels)]
    options = SpineOptions(variation=_VARIATION, scoliosis_mm=float(rng.uniform(0, 8)))
    spine = draw_spine(rng, options)
    lesion = grow(spine, rng, level)
    phantom = Phantom(spine=spine, surroundings=draw_surroundings(rng, spine), lesions=numbered([lesion]))
    na = EsccGrade.NOT_APPLICABLE
    return BatteryCase(
        number=number, level=level, phantom=phantom, stack=draw_stack(rng), compartment=compartment, low=na, high=na,
        cobb_deg=cobb_deg(spine),
    )  # fmt: skip


def draw_stack(rng: Rng) -> Stack:
    """A stack of 0.4-1.0 mm in plane by 1-5 mm, lying in any way."""
    placement = list(Placement)[int(rng.integers(len(Placement)))]
    oblique = placement is Placement.OBLIQUE
    return Stack(
        placement=placement,
        in_plane_mm=round(float(rng.uniform(*IN_PLANE_MM)), 2),
        thickness_mm=round(float(rng.uniform(*THICKNESS_MM)), 1),
        tilt_deg=float(rng.uniform(10, 20) * rng.choice([-1, 1])) if oblique else 0.0,
        turn_deg=float(rng.uniform(-12, 12)) if oblique else 0.0,
    )


def cobb_deg(spine: Spine) -> float:
    """Largest coronal angle between two places of the spine from C3 to L5 [degree]."""
    first, last = (spine.curve.node(np.array([spine.level_s(one)], dtype=np.float32))[0] for one in ("C3", "L5"))
    tangent = spine.curve.tangent[:, first : last + 1]
    return float(np.rad2deg(np.ptp(np.arctan2(tangent[0], np.hypot(tangent[1], tangent[2])))))


def built_grades(spine: Spine, lesion: Lesion) -> tuple[EsccGrade, EsccGrade]:
    """True grade of a built lesion as an interval: two grades where a built distance lies at a limit of the scale."""
    growth = next((one for one in lesion.growths if isinstance(one, EpiduralGrowth)), None)
    low = high = lesion.grade
    if growth is None:
        return low, high
    at = profile_at(spine, growth.span.s, growth.direction_rad)
    front = at.sac_near if growth.spares_sac else growth.front_mm
    if lesion.grade is EsccGrade.G1A and at.canal_near - front < _CLEAR_THICK_MM:
        low = EsccGrade.G0
    if lesion.grade is EsccGrade.G1B and at.sac_near - front < _CLEAR_INDENT_MM:
        low = EsccGrade.G1A
    if lesion.grade is EsccGrade.G1B and front - at.cord_near < _CLEAR_GAP_MM:
        high = EsccGrade.G1C
    return low, high


def _intradural(spine: Spine, rng: Rng, level: str) -> Lesion:
    s = spine.level_s(level)
    growth = intradural_growth(
        spine, s=s, direction_rad=float(rng.uniform(-np.pi, np.pi)), half_s_mm=float(rng.uniform(7, 14))
    )
    return _lesion(level, s, Compartment.INTRADURAL_EXTRAMEDULLARY, growths=(growth,))


def _intramedullary(spine: Spine, rng: Rng, level: str) -> Lesion:
    s = spine.level_s(level)
    growth = cord_growth(s=s, half_length_mm=float(rng.uniform(12, 20)), swelling=float(rng.uniform(0.3, 0.55)))
    return _lesion(level, s, Compartment.INTRAMEDULLARY, growths=(growth,))


def _dumbbell(spine: Spine, rng: Rng, level: str) -> Lesion:
    k = LEVELS.index(level)
    # Through the foramen, which lies at the disc.
    s = float(spine.bottom[k] + spine.top[k + 1]) / 2
    side = float(rng.choice([-1, 1]))
    direction = 0.0 if side > 0 else float(np.pi)
    inside = intradural_growth(spine, s=s, direction_rad=direction, half_s_mm=8.0)
    node = int(spine.curve.node(np.array([s], dtype=np.float32))[0])
    source = bone_source(spine, s=s, direction_rad=direction, paraspinal=True)
    # Both parts of about one size: each well beyond a fifth of the whole (clinical.md 3.1).
    volume = inside.half_q_mm * inside.half_w_mm * inside.half_s_mm
    scale = float(np.cbrt(volume / np.prod(_OUTER_HALF_MM)))
    half_s, half_u, half_v = (scale * side for side in _OUTER_HALF_MM)
    centre = (s, side * (float(spine.canal.canal_b[node]) + 0.6 * half_u), 0.0)
    outside: BoneBlob = replace(source, centre=centre, half=(half_s, half_u, half_v))
    return _lesion(level, s, Compartment.MIXED, growths=(inside,), bones=(outside,))


def _lesion(
    level: str, s: float, compartment: Compartment, *, growths: tuple[Growth, ...], bones: tuple[BoneBlob, ...] = ()
) -> Lesion:
    return Lesion(
        number=1, level=level, s=s, grade=EsccGrade.NOT_APPLICABLE, compartment=compartment, growths=growths,
        bones=bones,
    )  # fmt: skip


_COMPARTMENTS: tuple[tuple[Compartment, Callable[[Spine, Rng, str], Lesion]], ...] = (
    (Compartment.INTRADURAL_EXTRAMEDULLARY, _intradural),
    (Compartment.INTRAMEDULLARY, _intramedullary),
    (Compartment.MIXED, _dumbbell),
)
