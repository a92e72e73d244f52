"""Named lesions in bone -> graded CT or MR masks beside their truth, for tests of every SINS component."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from spineseg.anatomy import describe_spine
from spineseg.domain.findings import BoneQuality, LesionFinding
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.sins import PointRange, SinsComponent, SinsDoubt
from spineseg.domain.volume import ImageGrid
from spineseg.evaluation.battery_sins import COMPONENTS
from spineseg.evaluation.sins_cases import (
    SinsSpec,
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
from spineseg.phantom.variation import Alignment, Slip

__all__ = ["AXIAL_SPACING_MM", "COMPONENTS", "SPECS", "SinsRow", "run", "run_masks", "truth"]

BLASTIC, MIXED = BoneQuality.BLASTIC, BoneQuality.MIXED
AXIAL_SPACING_MM = (3.0, 0.7, 0.7)

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
        """Whether the range holds the truth, and the estimate is it; none where the slices leave the points open."""
        found, true = self.answer(component)
        if true is None:
            return True
        withheld = found.estimate is None and found.doubt is SinsDoubt.RESOLUTION
        return found.low <= true <= found.high and (withheld or found.estimate == true)


@cache
def run(name: str, seed: int = 0) -> SinsRow:
    """One case graded on the CT of its stretch of the spine."""
    segmentation, image = scan_ct(make(name, seed))
    return SinsRow(name=name, lesion=graded(segmentation, image), truth=truth(name, seed))


def run_masks(name: str, spacing_mm: tuple[float, float, float], *, levels: int = 3, seed: int = 0) -> SinsRow:
    """One case graded on masks of an MR."""
    masks = scan_mr(make(name, seed), spacing_mm, levels=levels)
    return SinsRow(name=name, lesion=graded(masks), truth=truth(name, seed))


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
    return make_sins_case(name, SPECS[name], seed)
