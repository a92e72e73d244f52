"""Phantom with a lesion in bone -> graded CT and truth: cases of every SINS component, on true masks.

Masks are the phantom's truth and the image is its rendered CT, so that only the grading is judged.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from spineseg.anatomy import describe_spine
from spineseg.domain.escc import EsccGrade
from spineseg.domain.findings import BoneQuality, Compartment, LesionFinding
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.sins import PointRange, SinsComponent
from spineseg.domain.volume import ImageGrid, Modality, SeriesRole, Volume, make_grid
from spineseg.grading import grade_spine
from spineseg.phantom.anthropometry import LEVELS
from spineseg.phantom.cases import PhantomCase
from spineseg.phantom.contrasts import Contrast
from spineseg.phantom.imaging import render
from spineseg.phantom.lesions import BoneBlob, Lesion, numbered
from spineseg.phantom.protocols import default_protocols
from spineseg.phantom.rasterize import Phantom
from spineseg.phantom.segmenter import TruthSegmenter
from spineseg.phantom.spine import Spine, SpineOptions, draw_spine
from spineseg.phantom.surroundings import draw_surroundings
from spineseg.phantom.truth import true_findings
from spineseg.phantom.tumours import body_blob
from spineseg.phantom.variation import Alignment, Slip, Variation

LYTIC, BLASTIC, MIXED = BoneQuality.LYTIC, BoneQuality.BLASTIC, BoneQuality.MIXED
CT_SPACING_MM = (2.0, 1.0, 1.0)
AXIAL_SPACING_MM = (3.0, 0.7, 0.7)
SAGITTAL_SPACING_MM = (0.95, 0.95, 3.6)
COMPONENTS = (
    SinsComponent.LOCATION,
    SinsComponent.BONE_LESION,
    SinsComponent.ALIGNMENT,
    SinsComponent.COLLAPSE,
    SinsComponent.POSTEROLATERAL,
)
_WIDTH_MM, _BEHIND_MM, _AHEAD_MM = 104.0, 74.0, 52.0
_FRAME = "1.2.826.0.1.3680043.8.498.9"

Grow = Callable[[Spine, str], tuple[BoneBlob, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SinsSpec:
    """One case: where the lesion lies, what it is made of and what it does to the spine."""

    level: str
    grow: Grow
    quality: BoneQuality = LYTIC
    collapse: float = 0.0
    alignment: Alignment = field(default_factory=Alignment)
    size: float = 1.0


def inside_body(share: float, side: float = 0.3) -> Grow:
    """A lesion within the body."""
    return lambda spine, level: (body_blob(spine, level, share=share, side=side),)


def arch(*sides: float, half_mm: float = 9.0) -> Grow:
    """Pedicle and facets of the given sides (1 left, -1 right) replaced."""

    def grow(spine: Spine, level: str) -> tuple[BoneBlob, ...]:
        k, canal = _node(spine, level), spine.canal
        out = float(canal.canal_b[k]) + 4.0
        half = (half_mm * 1.3, half_mm * 0.8, half_mm * 1.3)
        return tuple(BoneBlob(centre=(spine.level_s(level), side * out, -2.0), half=half) for side in sides)

    return grow


def spinous(spine: Spine, level: str) -> tuple[BoneBlob, ...]:
    """The spinous process only."""
    k = _node(spine, level)
    back = float(spine.canal.canal_a[k]) + 18.0
    return (BoneBlob(centre=(spine.level_s(level) + 16.0, 0.0, -back), half=(14.0, 6.0, 10.0)),)


def two_bodies(spine: Spine, level: str) -> tuple[BoneBlob, ...]:
    """The body of a level and the upper half of the one below."""
    below = LEVELS[LEVELS.index(level) + 1]
    return (body_blob(spine, level, share=0.8), body_blob(spine, below, share=0.6))


def paraspinal_left(spine: Spine, level: str) -> tuple[BoneBlob, ...]:
    """From the left half of the body into the soft tissue beside it."""
    k = _node(spine, level)
    width, depth = float(spine.canal.body_b[k]), float(spine.canal.body_a[k])
    centre = (spine.level_s(level), 1.05 * width, float(spine.canal.canal_a[k]) + depth)
    return (BoneBlob(centre=centre, half=(9.0, 0.7 * width, 0.7 * depth), paraspinal=True),)


SPECS: dict[str, SinsSpec] = {
    "lytic body T7": SinsSpec(level="T7", grow=inside_body(0.7)),
    "blastic body L2": SinsSpec(level="L2", grow=inside_body(0.7), quality=BLASTIC),
    "mixed body T10": SinsSpec(level="T10", grow=inside_body(0.75), quality=MIXED),
    "lytic body C5": SinsSpec(level="C5", grow=inside_body(0.8, 0.0), size=1.05),
    "whole body T12": SinsSpec(level="T12", grow=inside_body(0.97, 0.0)),
    "wedge T12": SinsSpec(level="T12", grow=inside_body(0.8), collapse=0.4),
    "crushed L1": SinsSpec(level="L1", grow=inside_body(0.8), collapse=0.8),
    "left arch T9": SinsSpec(level="T9", grow=arch(1.0)),
    "right arch L3": SinsSpec(level="L3", grow=arch(-1.0, half_mm=12.0), quality=BLASTIC),
    "both arches T6": SinsSpec(level="T6", grow=arch(1.0, -1.0)),
    "right arch C4": SinsSpec(level="C4", grow=arch(-1.0, half_mm=7.0)),
    "spinous T8": SinsSpec(level="T8", grow=spinous),
    "slip T9": SinsSpec(
        level="T9",
        grow=inside_body(0.7),
        alignment=Alignment(slips=(Slip(level=LEVELS.index("T9"), forward_mm=5.0),)),
    ),
    "gibbus T8": SinsSpec(
        level="T8", grow=inside_body(0.7), alignment=Alignment(kyphosis_deg=((LEVELS.index("T8"), 18.0),))
    ),
    "two bodies T5": SinsSpec(level="T5", grow=two_bodies),
    "paraspinal L2": SinsSpec(level="L2", grow=paraspinal_left),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SinsRow:
    """One graded case beside its truth."""

    name: str
    lesion: LesionFinding
    truth: LesionFinding

    def answer(self, component: SinsComponent) -> tuple[PointRange, int | None]:
        """What was graded, and the true points where construction fixes them."""
        true = self.truth.sins.components.get(component)
        return self.lesion.sins.range_of(component), None if true is None else true.low

    def is_right(self, component: SinsComponent) -> bool:
        """Whether the range holds the truth and the estimate is it."""
        found, true = self.answer(component)
        return true is None or (found.low <= true <= found.high and found.estimate == true)


@cache
def run(name: str, seed: int = 0) -> SinsRow:
    """One case graded on the CT of its stretch of the spine."""
    segmentation, image = scan(name, seed)
    return SinsRow(name=name, lesion=graded(segmentation, image), truth=truth(name, seed))


def run_masks(name: str, spacing_mm: tuple[float, float, float], *, levels: int = 3, seed: int = 0) -> SinsRow:
    """One case graded on masks of an MR."""
    return SinsRow(name=name, lesion=graded(masks(name, spacing_mm, levels=levels, seed=seed)), truth=truth(name, seed))


def graded(segmentation: Segmentation, image: ImageGrid | None = None) -> LesionFinding:
    """The only lesion of some masks."""
    (lesion,) = grade_spine(describe_spine(segmentation), study_instance_uid="1.2.3", image=image).lesions
    return lesion


@cache
def truth(name: str, seed: int = 0) -> LesionFinding:
    """What is true of a case."""
    (lesion,) = true_findings(make(name, seed)).lesions
    return lesion


@cache
def make(name: str, seed: int = 0) -> PhantomCase:
    """A case by its name in `SPECS`."""
    spec = SPECS[name]
    rng = np.random.default_rng([zlib.crc32(name.encode()), seed])
    bent = spec.alignment != Alignment()
    options = SpineOptions(
        size=spec.size,
        variation=0.45,
        scoliosis_mm=1.0,
        collapse={spec.level: spec.collapse} if spec.collapse else {},
        pathology=Variation(alignment=spec.alignment) if bent else None,
    )
    spine = draw_spine(rng, options)
    lesion = Lesion(
        number=1, level=spec.level, s=spine.level_s(spec.level), compartment=Compartment.EXTRADURAL,
        grade=EsccGrade.G0, bone_quality=spec.quality, bones=spec.grow(spine, spec.level),
    )  # fmt: skip
    phantom = Phantom(spine=spine, surroundings=draw_surroundings(rng, spine), lesions=numbered([lesion]))
    return PhantomCase(
        name=name, seed=seed, phantom=phantom, protocols=default_protocols(spine, lesion.s), collapse=options.collapse
    )


@cache
def scan(name: str, seed: int = 0) -> tuple[Segmentation, ImageGrid]:
    """True masks and rendered CT of the levels around a case's own; the canal is not divided."""
    case = make(name, seed)
    k = LEVELS.index(SPECS[name].level)
    affine, shape = grid_around(case.phantom.spine, k, CT_SPACING_MM, levels=3)
    grid = make_grid(np.broadcast_to(np.float32(0), shape), affine, _FRAME)
    hounsfield = render(case.phantom, grid, Contrast.CT, np.random.default_rng([seed, k]))
    image = make_grid(hounsfield.astype(np.float32), affine, _FRAME)
    volume = Volume(image=image, modality=Modality.CT, role=SeriesRole.CT, series_instance_uid="1.2.3.5")
    return TruthSegmenter(case.phantom, named=True)(volume), image


@cache
def masks(
    name: str, spacing_mm: tuple[float, float, float], *, levels: int = 3, seed: int = 0, named: bool = True
) -> Segmentation:
    """True masks as of an MR without its image."""
    case = make(name, seed)
    affine, shape = grid_around(case.phantom.spine, LEVELS.index(SPECS[name].level), spacing_mm, levels)
    grid = make_grid(np.broadcast_to(np.float32(0), shape), affine, _FRAME)
    volume = Volume(image=grid, modality=Modality.MR, role=SeriesRole.AXIAL_T2, series_instance_uid="1.2.3.6")
    return TruthSegmenter(case.phantom, named=named)(volume)


def grid_around(
    spine: Spine, k: int, spacing_mm: tuple[float, float, float], levels: int
) -> tuple[NDArray[np.float64], tuple[int, int, int]]:
    """Axial grid, slices to the head, over a level and some on each side."""
    first, last = max(0, k - levels), min(len(LEVELS) - 5, k + levels)
    low_s, high_s = float(spine.top[first]) - 12.0, float(spine.bottom[last]) + 12.0
    stretch = spine.curve.points[:, spine.curve.node(np.arange(low_s, high_s, 2.0, dtype=np.float32))]
    low = np.array([stretch[0].mean() - _WIDTH_MM / 2, stretch[1].min() - _AHEAD_MM, stretch[2].min()])
    high = np.array([low[0] + _WIDTH_MM, stretch[1].max() + _BEHIND_MM, stretch[2].max()])
    size = (high - low)[::-1] / spacing_mm
    affine = np.eye(4)
    affine[:3, :3] = np.array([[0, 0, 1.0], [0, 1.0, 0], [1.0, 0, 0]]) * spacing_mm
    affine[:3, 3] = low
    return affine, (int(size[0]), int(size[1]), int(size[2]))


def _node(spine: Spine, level: str) -> int:
    return int(spine.curve.node(np.array([spine.level_s(level)], dtype=np.float32))[0])
