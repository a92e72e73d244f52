"""Number -> SinsRow: a drawn lesion in bone, graded on CT or MR masks, beside the points that its building fixes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from spineseg.anatomy import describe_spine
from spineseg.domain.findings import BoneQuality, LesionFinding
from spineseg.domain.sins import PointRange, SinsComponent
from spineseg.evaluation.battery_cases import BATTERY_SEED, Rng
from spineseg.evaluation.sins_cases import (
    SinsSpec,
    Spacing,
    arch,
    inside_body,
    make_sins_case,
    paraspinal_left,
    scan_ct,
    scan_mr,
    spinous,
    two_bodies,
)
from spineseg.grading import grade_spine
from spineseg.phantom.anthropometry import LEVELS
from spineseg.phantom.cases import PhantomCase
from spineseg.phantom.truth import true_findings
from spineseg.phantom.truth_parts import true_parts
from spineseg.phantom.truth_sins import height_loss
from spineseg.phantom.variation import Alignment, Slip

COMPONENTS = (
    SinsComponent.LOCATION,
    SinsComponent.BONE_LESION,
    SinsComponent.ALIGNMENT,
    SinsComponent.COLLAPSE,
    SinsComponent.POSTEROLATERAL,
)
_KINDS = (
    "body", "wedge", "one arch", "body", "both arches", "slip", "crushed", "spinous", "gibbus", "two bodies",
    "paraspinal", "whole body",
)  # fmt: skip
_QUALITIES = (BoneQuality.LYTIC, BoneQuality.BLASTIC, BoneQuality.MIXED)
_FIRST, _LAST = LEVELS.index("C3"), LEVELS.index("L4")
# Built values within these of a limit of clinical.md 2.4 leave two answers true: 5 points of height around 20 and 50 %
# (its own borderline), 5 points of involved body around 50 %, a quarter of the share or volume of a part. [P]
_HEIGHT_DOUBT, _BODY_DOUBT, _PART_DOUBT = 0.05, 0.05, 0.25
_COLLAPSED, _HALF = 0.2, 0.5
# Fisher 2010: junctional 3, mobile 2, semi-rigid 1.
_LOCATION = {
    name: 3 if name in ("C2", "C7", "T1", "T2", "T11", "T12", "L1", "L5") else 1 if name[0] == "T" else 2
    for name in LEVELS[LEVELS.index("C2") : LEVELS.index("L5") + 1]
}
_SHARE, _VOLUME_MM3 = 0.2, 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SinsRow:
    """One graded case beside its truth.

    Parameters
    ----------
    truth
        Points that the building fixes, as a range where a built value lies at a limit; what is not built is not there.
    """

    number: int
    name: str
    modality: str
    lesion: LesionFinding
    truth: Mapping[SinsComponent, PointRange]

    def is_right(self, component: SinsComponent) -> bool | None:
        """Whether the estimate is a true answer and the range holds one; None where nothing is true or told."""
        true, found = self.truth.get(component), self.lesion.sins.range_of(component)
        if true is None or found.estimate is None:
            return None
        return true.low <= found.estimate <= true.high and self.holds(component)

    def holds(self, component: SinsComponent) -> bool:
        """Whether the range holds a true answer."""
        true, found = self.truth.get(component), self.lesion.sins.range_of(component)
        return true is None or (found.low <= true.high and found.high >= true.low)


def draw_spec(number: int) -> tuple[str, SinsSpec]:
    """Kind and specification of a case: twelve kinds of lesion in turn, C3 to L4."""
    rng = np.random.default_rng([BATTERY_SEED, 2, number])
    kind = _KINDS[number % len(_KINDS)]
    k = int(rng.integers(_FIRST, _LAST + 1))
    level, quality = LEVELS[k], _QUALITIES[int(rng.integers(3))]
    neck = level[0] == "C"
    half = {"C": 7.0, "T": 9.0, "L": 12.0}[level[0]]
    share = float(rng.uniform(0.72, 0.85) if neck else rng.uniform(0.6, 0.85))
    side = float(rng.choice([-1, 1]))
    grow = {
        "one arch": arch(side, half_mm=half),
        "both arches": arch(-1.0, 1.0, half_mm=half),
        "spinous": spinous,
        "two bodies": two_bodies,
        "paraspinal": paraspinal_left,
        "whole body": inside_body(0.97, 0.0),
    }.get(kind, inside_body(share, 0.3 * side))
    # A wedge of 0.55 loses some 27 % at the front third, one of 0.9 more than a half (truth from `height_loss`).
    collapse = {"wedge": float(rng.uniform(0.35, 0.6)), "crushed": float(rng.uniform(0.75, 0.95))}.get(kind, 0.0)
    return kind, SinsSpec(
        level=level, grow=grow, quality=quality, collapse=collapse, alignment=_alignment(kind, k, rng),
        size=1.05 if neck else float(rng.uniform(0.92, 1.08)),
    )  # fmt: skip


def run_sins(number: int) -> SinsRow:
    """One case graded: on CT with its image in turn with MR masks of 0.6-0.9 mm by 2-4 mm."""
    kind, spec = draw_spec(number)
    case = make_sins_case(f"battery {kind}", spec, BATTERY_SEED + number)
    on_ct = number // len(_KINDS) % 2 == 0
    if on_ct:
        segmentation, image = scan_ct(case)
    else:
        rng = np.random.default_rng([BATTERY_SEED, 3, number])
        pixel = float(rng.uniform(0.6, 0.9))
        spacing: Spacing = (float(rng.uniform(2.0, 4.0)), pixel, pixel)
        segmentation, image = scan_mr(case, spacing), None
    found = grade_spine(describe_spine(segmentation), study_instance_uid="1.2.3", image=image).lesions
    return SinsRow(
        number=number, name=f"{kind} {spec.level}", modality="CT" if on_ct else "MR", lesion=found[0],
        truth=true_points(case),
    )  # fmt: skip


def true_points(case: PhantomCase) -> dict[SinsComponent, PointRange]:
    """Points by construction, widened where a built value lies at a limit of the scale."""
    (lesion,) = true_findings(case).lesions
    points = dict(lesion.sins.components)
    involved = [k for k in range(_FIRST - 1, _LAST + 2) if LEVELS[k] in lesion.levels]
    # The worst level counts; one beside that holds a twentieth of the lesion may be called involved or not.
    built = max(_LOCATION[LEVELS[k]] for k in _built_levels(case))
    reached = max((_LOCATION[LEVELS[k]] for k in involved), default=built)
    points[SinsComponent.LOCATION] = PointRange(low=built, high=max(built, reached))
    if SinsComponent.COLLAPSE in points and involved:
        ranges = [_collapse_range(case, k) for k in involved]
        points[SinsComponent.COLLAPSE] = _worst(ranges)
    if SinsComponent.POSTEROLATERAL in points and involved:
        points[SinsComponent.POSTEROLATERAL] = _worst([_posterolateral_range(case, k) for k in involved])
    return points


def _alignment(kind: str, k: int, rng: Rng) -> Alignment:
    if kind == "slip":
        # Well above the limit of each region: 3.5, 2.5 and 4.5 mm (clinical.md 2.4).
        forward = {"C": 5.0, "T": 4.5, "L": 6.5}[LEVELS[k][0]] + float(rng.uniform(0, 1))
        return Alignment(slips=(Slip(level=k, forward_mm=forward),))
    if kind == "gibbus":
        return Alignment(kyphosis_deg=((k, float(rng.uniform(16, 22))),))
    return Alignment()


def _built_levels(case: PhantomCase) -> set[int]:
    spine = case.phantom.spine
    places = np.array([blob.centre[0] for blob in case.phantom.lesions[0].bones], dtype=np.float32)
    return {int(k) for k in spine.level[spine.curve.node(places)]}


def _collapse_range(case: PhantomCase, k: int) -> PointRange:
    loss = height_loss(case.phantom.spine, k)
    parts = true_parts(case.phantom, k)
    body = parts.masks["vertebral_body"]
    involved = float(np.mean(parts.canvas.lesions[body] == 1)) if body.any() else 0.0
    answers = {
        _collapse_points(loss + a, involved + b)
        for a in (-_HEIGHT_DOUBT, 0.0, _HEIGHT_DOUBT)
        for b in (-_BODY_DOUBT, 0.0, _BODY_DOUBT)
    }
    return PointRange(low=min(answers), high=max(answers))


def _collapse_points(loss: float, involved: float) -> int:
    # Fisher 2010: over 50 % 3, less 2, none with more than half of the body involved 1.
    if loss >= _COLLAPSED:
        return 3 if loss > _HALF else 2
    return 1 if involved > _HALF else 0


def _posterolateral_range(case: PhantomCase, k: int) -> PointRange:
    parts = true_parts(case.phantom, k)
    tumour = parts.canvas.lesions == 1
    sides = [0, 0]
    for side in ("left", "right"):
        masks = [
            parts.masks[f"{name}_{side}"]
            for name in ("pedicle", "articular_process", "costovertebral")
            if f"{name}_{side}" in parts.masks
        ]
        inside = [float(np.count_nonzero(mask & tumour)) for mask in masks]
        share = max(count / max(float(np.count_nonzero(mask)), 1.0) for count, mask in zip(inside, masks, strict=True))
        degree = max(share / _SHARE, max(inside) * parts.voxel_mm3 / _VOLUME_MM3)
        sides[0] += degree >= 1 + _PART_DOUBT
        sides[1] += degree >= 1 - _PART_DOUBT
    return PointRange(low=(0, 1, 3)[sides[0]], high=(0, 1, 3)[sides[1]])


def _worst(ranges: list[PointRange]) -> PointRange:
    return PointRange(low=max(one.low for one in ranges), high=max(one.high for one in ranges))
