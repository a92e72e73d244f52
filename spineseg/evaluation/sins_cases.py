"""SinsSpec -> phantom with a lesion in bone, its CT or MR masks around it, and where its scan lies.

Masks are the phantom's truth and the image is its rendered CT, so that only the grading is judged.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.escc import EsccGrade
from spineseg.domain.findings import BoneQuality, Compartment
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import ImageGrid, Modality, SeriesRole, Volume, make_grid
from spineseg.evaluation.battery_grids import FRAME_UID
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
from spineseg.phantom.tumours import body_blob
from spineseg.phantom.variation import Alignment, Variation

Spacing = tuple[float, float, float]
Grow = Callable[[Spine, str], tuple[BoneBlob, ...]]

CT_SPACING_MM: Spacing = (2.0, 1.0, 1.0)
CT_SERIES_UID, MR_SERIES_UID = f"{FRAME_UID}.5", f"{FRAME_UID}.6"
_WIDTH_MM, _BEHIND_MM, _AHEAD_MM = 104.0, 74.0, 52.0  # field of view around the canal
_VARIATION = 0.45  # calm spines [P]


@dataclass(frozen=True, slots=True, kw_only=True)
class SinsSpec:
    """One case: where the lesion lies, what it is made of and what it does to the spine.

    Parameters
    ----------
    collapse
        Lost share of the body's anterior height.
    size
        Factor of all lengths of the spine.
    """

    level: str
    grow: Grow
    quality: BoneQuality = BoneQuality.LYTIC
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


def make_sins_case(name: str, spec: SinsSpec, seed: int = 0) -> PhantomCase:
    """The patient of a case, the same for the same name and seed."""
    rng = np.random.default_rng([zlib.crc32(name.encode()), seed])
    options = SpineOptions(
        size=spec.size,
        variation=_VARIATION,
        scoliosis_mm=1.0,
        collapse={spec.level: spec.collapse} if spec.collapse else {},
        pathology=Variation(alignment=spec.alignment) if spec.alignment != Alignment() else None,
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


def scan_ct(case: PhantomCase) -> tuple[Segmentation, ImageGrid]:
    """True masks and rendered CT of three levels on each side of the lesion; the canal is not divided."""
    k = LEVELS.index(case.phantom.lesions[0].level)
    affine, shape = grid_around(case.phantom.spine, k, CT_SPACING_MM, levels=3)
    grid = make_grid(np.broadcast_to(np.float32(0), shape), affine, FRAME_UID)
    hounsfield = render(case.phantom, grid, Contrast.CT, np.random.default_rng([case.seed, k]))
    image = make_grid(hounsfield.astype(np.float32), affine, FRAME_UID)
    volume = Volume(image=image, modality=Modality.CT, role=SeriesRole.CT, series_instance_uid=CT_SERIES_UID)
    return TruthSegmenter(case.phantom, named=True)(volume), image


def scan_mr(case: PhantomCase, spacing_mm: Spacing, *, levels: int = 3, named: bool = True) -> Segmentation:
    """True masks as of an MR without its image."""
    k = LEVELS.index(case.phantom.lesions[0].level)
    affine, shape = grid_around(case.phantom.spine, k, spacing_mm, levels)
    grid = make_grid(np.broadcast_to(np.float32(0), shape), affine, FRAME_UID)
    volume = Volume(image=grid, modality=Modality.MR, role=SeriesRole.AXIAL_T2, series_instance_uid=MR_SERIES_UID)
    return TruthSegmenter(case.phantom, named=named)(volume)


def grid_around(
    spine: Spine, k: int, spacing_mm: Spacing, levels: int
) -> tuple[NDArray[np.float64], tuple[int, int, int]]:
    """Axial grid, slices to the head, over the level of this index and some on each side."""
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
