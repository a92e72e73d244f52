"""The same patient scanned otherwise: the same answer, left and right swapped where the patient is mirrored.

`SPINESEG_METAMORPHIC_EXAMPLES` sets how many random scans each property tries (default 3, of about a second each).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spineseg.domain.findings import LesionFinding
from spineseg.domain.labels import CANAL_CONTENT
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import LabelMap, make_grid
from tests.grading.analytic import FRAME, Spec, axial_affine, segment
from tests.grading.views import lesion_in, named

EXAMPLES = int(os.environ.get("SPINESEG_METAMORPHIC_EXAMPLES", "3"))
GRADES = ("0", "1a", "1b", "1c", "2", "3", "idem", "im")
NAMES = {33: "T5", 34: "T6", 35: "T7", 36: "T8", 37: "T9"}
_QUICK = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
_HEIGHT_MM, _DEPTH_MM, _WIDTH_MM = 105.0, 74.4, 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """Another scan of the same voxels: order of the axes, which run backwards, and where the patient lies [mm]."""

    order: tuple[int, int, int]
    reversed_axes: tuple[int, ...]
    shift_mm: tuple[float, float, float]
    mirrored: bool

    def of(self, segmentation: Segmentation) -> Segmentation:
        """The masks as this scan stores them."""
        return replace(
            segmentation, anatomy=self._move(segmentation.anatomy), subregions=self._move(segmentation.subregions),
            lesions=self._move(segmentation.lesions),
        )  # fmt: skip

    def _move(self, grid: LabelMap) -> LabelMap:
        affine = np.diag([-1.0 if self.mirrored else 1.0, 1.0, 1.0, 1.0]) @ grid.affine
        for axis in self.reversed_axes:
            affine[:3, 3] += (grid.spatial_shape[axis] - 1) * affine[:3, axis]
            affine[:3, axis] *= -1
        array = np.flip(grid.array, self.reversed_axes).transpose(self.order)
        affine[:3, :3] = affine[:3, list(self.order)]
        affine[:3, 3] += self.shift_mm
        return make_grid(np.ascontiguousarray(array), affine, FRAME)


def scans(*, mirrored: bool) -> st.SearchStrategy[Scan]:
    """Any order and direction of the axes, anywhere within half a metre of the isocentre."""
    return st.builds(
        Scan,
        order=st.permutations((0, 1, 2)).map(tuple),
        reversed_axes=st.sets(st.sampled_from((0, 1, 2))).map(sorted).map(tuple),
        shift_mm=st.tuples(*(st.floats(-500, 500) for _ in range(3))),
        mirrored=st.just(mirrored),
    )


@cache
def masks(grade: str, spacing: tuple[float, float, float] = (3.0, 0.6, 0.6)) -> Segmentation:
    """Masks of a spine whose bone is destroyed on its left side only, named T5 to T9."""
    shape = tuple(
        round(length / step) for length, step in zip((_HEIGHT_MM, _DEPTH_MM, _WIDTH_MM), spacing, strict=True)
    )
    affine = axial_affine(spacing=spacing, shape=(shape[0], shape[1], shape[2]))
    whole = named(segment(Spec(grade=grade), affine, (shape[0], shape[1], shape[2])), NAMES)
    right = whole.lesions.affine[0, 2] * np.arange(shape[2]) + whole.lesions.affine[0, 3] < -2.0
    bone = ~np.isin(whole.anatomy.array, CANAL_CONTENT)
    array = np.where(bone & right[None, None], 0, whole.lesions.array).astype(np.uint8)
    return replace(whole, lesions=make_grid(array, whole.lesions.affine, FRAME))


@cache
def first_answer(grade: str) -> LesionFinding:
    """Finding on the first scan."""
    return lesion_in(masks(grade))


def answer(lesion: LesionFinding) -> dict[str, object]:
    """What must not depend on how the patient was scanned."""
    return {
        "levels": lesion.levels,
        "compartment": lesion.compartment,
        "escc": (lesion.escc.low, lesion.escc.point, lesion.escc.high, lesion.escc.reason),
        "level of max": lesion.escc.level_of_max,
        "sins": {name: (points.low, points.high) for name, points in lesion.sins.components.items()},
        "subregions": lesion.subregions,
        "sectors": lesion.wbb_sectors,
        "layers": lesion.wbb_layers,
        "tomita": lesion.tomita_type,
    }


def swapped(name: str) -> str:
    """The sub-region of the other side."""
    side, _, rest = name.partition("_")
    return f"{ {'left': 'right', 'right': 'left'}[side] }_{rest}" if side in ("left", "right") else name


@_QUICK
@given(grade=st.sampled_from(GRADES), scan=scans(mirrored=False))
def test_axes_directions_and_place_change_nothing(grade: str, scan: Scan) -> None:
    """Axes in any order, any of them reversed, the patient anywhere: the whole answer is the same."""
    assert answer(lesion_in(scan.of(masks(grade)))) == answer(first_answer(grade))


@_QUICK
@given(grade=st.sampled_from(GRADES), scan=scans(mirrored=True))
def test_a_mirrored_patient_has_left_and_right_swapped(grade: str, scan: Scan) -> None:
    """Mirrored: the same grade, compartment, levels and SINS; sub-regions and sectors change sides."""
    straight, mirror = answer(first_answer(grade)), answer(lesion_in(scan.of(masks(grade))))
    sided = ("subregions", "sectors")
    assert {key: value for key, value in mirror.items() if key not in sided} == {
        key: value for key, value in straight.items() if key not in sided
    }
    parts, sectors = straight["subregions"], straight["sectors"]
    assert isinstance(parts, tuple)
    assert isinstance(sectors, tuple)
    assert set(mirror["subregions"]) == {swapped(part) for part in parts}  # type: ignore[call-overload]
    assert set(mirror["sectors"]) == {13 - sector for sector in sectors}  # type: ignore[call-overload]


@_QUICK
@given(
    grade=st.sampled_from(GRADES),
    thickness_mm=st.floats(1.5, 4.0),
    in_plane_mm=st.floats(0.4, 0.8),
)
def test_resampling_keeps_grade_compartment_and_level(grade: str, thickness_mm: float, in_plane_mm: float) -> None:
    """Other voxels of the same spine: the same compartment, level and point grade, and the true one in the interval."""
    found = lesion_in(masks(grade, (thickness_mm, in_plane_mm, in_plane_mm)))
    first = first_answer(grade)
    assert (found.compartment, found.escc.point) == (first.compartment, first.escc.point)
    assert set(found.levels) & set(first.levels)
    components = found.sins.components
    for name, points in first.sins.components.items():
        assert components[name].low <= points.high
        assert points.low <= components[name].high
