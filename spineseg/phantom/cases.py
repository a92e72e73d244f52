"""Name + seed -> PhantomCase: named synthetic patients, the same bytes for the same name and seed.

`escc-<grade>-<level>` takes every grade of the scale and every level from C3 to L1; other names are in `_BUILDERS`.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from spineseg.domain.escc import EsccGrade
from spineseg.domain.findings import BoneQuality, Compartment
from spineseg.errors import SettingsError
from spineseg.phantom import anthropometry as table
from spineseg.phantom.anthropometry import LEVELS
from spineseg.phantom.canal_tables import CanalChange
from spineseg.phantom.lesions import Lesion, numbered
from spineseg.phantom.protocols import Protocol, default_protocols
from spineseg.phantom.rasterize import Phantom
from spineseg.phantom.spine import Spine, SpineOptions, draw_spine
from spineseg.phantom.surroundings import draw_surroundings
from spineseg.phantom.tumours import (
    body_blob,
    bone_source,
    cauda_growth,
    cord_growth,
    epidural_growth,
    intradural_growth,
)

_GRADES = {
    grade.value: grade
    for grade in (EsccGrade.G0, EsccGrade.G1A, EsccGrade.G1B, EsccGrade.G1C, EsccGrade.G2, EsccGrade.G3)
}
ESCC_LEVELS = LEVELS[table.C3 : table.L1 + 1]
_ESCC_NAME = re.compile(r"escc-(0|1a|1b|1c|2|3)-([ctl]\d{1,2})")
_SHOWN_LEVELS = ("c5", "t7", "t12")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PhantomCase:
    """A synthetic patient with the series of its study.

    Parameters
    ----------
    collapse
        Lost share of anterior body height by level.
    """

    name: str
    seed: int
    phantom: Phantom
    protocols: tuple[Protocol, ...]
    collapse: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recipe:
    """How a case is made: what the spine fixes, then what grows in it; `focus` is where the axial stack lies."""

    focus: str
    options: SpineOptions
    grow: Callable[[Spine, np.random.Generator], list[Lesion]]


def case_names() -> tuple[str, ...]:
    """Names of ready cases; every other `escc-<grade>-<level>` from C3 to L1 can be made, too."""
    graded = tuple(f"escc-{grade}-{level}" for level in _SHOWN_LEVELS for grade in _GRADES)
    return (*graded, *_BUILDERS)


def make_case(name: str, seed: int = 0, *, scoliosis_mm: float | None = None) -> PhantomCase:
    """A case by its name.

    Parameters
    ----------
    scoliosis_mm
        Greatest lateral offset of the canal; None leaves the case's own.

    Raises
    ------
    SettingsError
        No such case.
    """
    recipe = _recipe(name)
    # The name takes part in the seed, so that cases are different patients.
    rng = np.random.default_rng([zlib.crc32(name.encode()), seed])
    options = recipe.options if scoliosis_mm is None else replace(recipe.options, scoliosis_mm=scoliosis_mm)
    spine = draw_spine(rng, options)
    body = draw_surroundings(rng, spine)
    lesions = numbered(recipe.grow(spine, rng))
    focus = lesions[0].s if lesions else spine.level_s(recipe.focus)
    return PhantomCase(
        name=name,
        seed=seed,
        phantom=Phantom(spine=spine, surroundings=body, lesions=lesions),
        protocols=default_protocols(spine, focus),
        collapse=recipe.options.collapse,
    )


def _recipe(name: str) -> _Recipe:
    if name in _BUILDERS:
        return _BUILDERS[name]()
    match = _ESCC_NAME.fullmatch(name)
    if match is None or match[2].upper() not in ESCC_LEVELS:
        raise SettingsError("no such phantom case", where=name[:40], remedy="list them with: spineseg phantom --list")
    return _escc(_GRADES[match[1]], match[2].upper())


# Calm spines for graded cases: individual, but without accidental stenosis or scoliosis [P].
_VARIATION = 0.45

# Canal of graded cases by region: diameters [mm] at the roomy end of normal (Panjabi 1991/1992, mean + 1 SD), so
# that every grade has its place between bone and cord.
_ROOMY_MM = {"C": (17.8, 27.0), "T": (17.8, 19.5), "L": (18.8, 24.5)}
_JUNCTION_MM = (18.8, 23.0)  # T11 and T12


def _escc(grade: EsccGrade, level: str) -> _Recipe:
    ap, width = _JUNCTION_MM if level in ("T11", "T12") else _ROOMY_MM[level[0]]
    change = CanalChange(
        level=level, reach_mm=45.0, canal_ap_mm=ap, canal_width_mm=width, epidural_anterior_mm=0.9,
        epidural_posterior_mm=1.6, epidural_lateral_mm=1.9, cord_v_mm=0.0, cord_scale=0.97,
    )  # fmt: skip
    if grade is EsccGrade.G1A:  # a thick dorsal fat pad, in which a tumour finds place without touching the sac
        change = replace(change, canal_ap_mm=ap + 1.6, epidural_posterior_mm=5.2)
    if grade is EsccGrade.G1B:  # the cord lies away from the tumour, as in the thoracic kyphosis
        change = replace(change, cord_v_mm=1.3, epidural_posterior_mm=1.2)
    # The conus lies below the tumour's lower end also at L1 (L1/2 to L2 is normal).
    options = SpineOptions(
        size=1.0, variation=_VARIATION, scoliosis_mm=1.0, canal_changes=(change,), conus_below_l1_mm=32.0
    )
    return _Recipe(focus=level, options=options, grow=lambda spine, rng: [_escc_lesion(spine, rng, grade, level)])


# Where the tumour of each grade comes from [degree]: 90 anterior, -90 posterior; mirrored for half of the seeds.
_DIRECTION_DEG = {
    EsccGrade.G1A: -90.0,
    EsccGrade.G1B: -65.0,
    EsccGrade.G1C: 55.0,
    EsccGrade.G2: 60.0,
    EsccGrade.G3: 65.0,
}


def _escc_lesion(spine: Spine, rng: np.random.Generator, grade: EsccGrade, level: str) -> Lesion:
    s = spine.level_s(level)
    side = float(rng.choice([-1, 1]))
    quality = BoneQuality.LYTIC
    if grade is EsccGrade.G0:
        blob = body_blob(spine, level, share=0.62, side=0.5 * side)
        return _lesion(level, s, grade, bone_quality=quality, bones=(blob,))
    degrees = _DIRECTION_DEG[grade] + float(rng.normal(0, 3))
    direction = float(np.deg2rad(degrees if side > 0 else 180 - degrees))
    growth = epidural_growth(spine, s=s, grade=grade, direction_rad=direction)
    source = bone_source(spine, s=s, direction_rad=direction, paraspinal=bool(rng.random() < 0.5))
    return _lesion(level, s, grade, bone_quality=quality, growths=(growth,), bones=(source,))


def _lesion(level: str, s: float, grade: EsccGrade = EsccGrade.NOT_APPLICABLE, **parts: object) -> Lesion:
    parts.setdefault("compartment", Compartment.EXTRADURAL)
    return Lesion(number=1, level=level, s=s, grade=grade, **parts)  # type: ignore[arg-type]  # fields of Lesion


def _calm(**changes: object) -> SpineOptions:
    return replace(SpineOptions(variation=_VARIATION, scoliosis_mm=1.0), **changes)  # type: ignore[arg-type]  # fields


def _intradural() -> _Recipe:
    def grow(spine: Spine, rng: np.random.Generator) -> list[Lesion]:
        s = spine.level_s("T10")
        growth = intradural_growth(spine, s=s, direction_rad=float(np.deg2rad(rng.choice([-50, 230]))))
        return [_lesion("T10", s, growths=(growth,), compartment=Compartment.INTRADURAL_EXTRAMEDULLARY)]

    return _Recipe(focus="T10", options=_calm(), grow=grow)


def _intramedullary() -> _Recipe:
    def grow(spine: Spine, rng: np.random.Generator) -> list[Lesion]:
        s = spine.level_s("C5")
        growth = cord_growth(s=s, half_length_mm=float(rng.uniform(16, 22)))
        return [_lesion("C5", s, growths=(growth,), compartment=Compartment.INTRAMEDULLARY)]

    return _Recipe(focus="C5", options=_calm(), grow=grow)


def _dumbbell() -> _Recipe:
    def grow(spine: Spine, rng: np.random.Generator) -> list[Lesion]:
        s = (spine.level_s("C5") + spine.level_s("C6")) / 2
        side = float(rng.choice([-1, 1]))
        inside = intradural_growth(spine, s=s, direction_rad=0.0 if side > 0 else np.pi, half_s_mm=8.0)
        k = int(spine.curve.node(np.array([s], dtype=np.float32))[0])
        reach = float(spine.canal.canal_b[k])
        # Through the foramen, which it widens, into the soft tissue beside the spine.
        outside = replace(
            bone_source(spine, s=s, direction_rad=0.0 if side > 0 else np.pi, paraspinal=True),
            centre=(s, side * (reach + 9.0), 0.0), half=(7.0, 13.0, 7.5),
        )  # fmt: skip
        return [_lesion("C5", s, growths=(inside,), bones=(outside,), compartment=Compartment.MIXED)]

    return _Recipe(focus="C5", options=_calm(), grow=grow)


def _bone(level: str, quality: BoneQuality, share: float, collapse: float = 0.0) -> Callable[[], _Recipe]:
    def build() -> _Recipe:
        def grow(spine: Spine, rng: np.random.Generator) -> list[Lesion]:
            blob = body_blob(spine, level, share=share, side=0.3 * float(rng.choice([-1, 1])))
            return [_lesion(level, spine.level_s(level), EsccGrade.G0, bone_quality=quality, bones=(blob,))]

        options = _calm(collapse={level: collapse} if collapse else {})
        return _Recipe(focus=level, options=options, grow=grow)

    return build


def _cauda() -> _Recipe:
    def grow(spine: Spine, rng: np.random.Generator) -> list[Lesion]:
        s, direction = spine.level_s("L3"), float(np.deg2rad(rng.choice([60, 120])))
        growth = cauda_growth(spine, s=s, direction_rad=direction, effaced=0.5)
        bones = (bone_source(spine, s=s, direction_rad=direction),)
        return [_lesion("L3", s, bone_quality=BoneQuality.LYTIC, growths=(growth,), bones=bones)]

    return _Recipe(focus="L3", options=_calm(), grow=grow)


def _two_levels() -> _Recipe:
    upper, lower = _escc(EsccGrade.G1C, "T5"), _escc(EsccGrade.G2, "T11")
    options = replace(upper.options, canal_changes=upper.options.canal_changes + lower.options.canal_changes)

    def grow(spine: Spine, rng: np.random.Generator) -> list[Lesion]:
        return [*lower.grow(spine, rng), *upper.grow(spine, rng)]

    return _Recipe(focus="T11", options=options, grow=grow)


def _healthy(focus: str, options: SpineOptions) -> Callable[[], _Recipe]:
    return lambda: _Recipe(focus=focus, options=options, grow=lambda _spine, _rng: [])


# Central stenosis below 10 mm of canal diameter (Verbiest 1975; reviewed in Steurer et al. 2011).
_STENOSIS = CanalChange(level="L4", reach_mm=14.0, canal_ap_mm=9.5, epidural_posterior_mm=1.0, epidural_anterior_mm=0.6)

_BUILDERS: dict[str, Callable[[], _Recipe]] = {
    "idem-t10": _intradural,
    "intramedullary-c5": _intramedullary,
    "dumbbell-c5": _dumbbell,
    "lytic-l3": _cauda,
    "lytic-t9": _bone("T9", BoneQuality.LYTIC, 0.7),
    "blastic-l2": _bone("L2", BoneQuality.BLASTIC, 0.7),
    "mixed-l4": _bone("L4", BoneQuality.MIXED, 0.75),
    "collapse-t12": _bone("T12", BoneQuality.LYTIC, 0.85, collapse=0.4),
    "two-levels": _two_levels,
    "healthy": _healthy("T8", _calm()),
    "healthy-scoliosis": _healthy("T8", SpineOptions(variation=_VARIATION, scoliosis_mm=22.0)),
    "stenosis-l4": _healthy("L4", _calm(canal_changes=(_STENOSIS,))),
}
