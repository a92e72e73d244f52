"""LesionView + regraded planes -> LevelGrade of each vertebral level that the lesion lies at, with its own doubt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from spineseg.domain.escc import AbstentionReason, EsccGrade, LevelGrade
from spineseg.domain.findings import Compartment
from spineseg.grading.abstention import Answer, answer, find_doubts
from spineseg.grading.cord_presence import CordPresence, find_cord
from spineseg.grading.escc_rules import EsccThresholds, long_enough
from spineseg.grading.lesion_view import LesionView, level_borders
from spineseg.grading.regrading import Regrading


def grade_levels(
    view: LesionView, regrading: Regrading, rule: EsccThresholds, compartment: Compartment
) -> tuple[LevelGrade, ...]:
    """Grade of each level, cranial to caudal.

    A grade that holds over the support across a border between two levels is that of both. Cord, coverage and what
    else can be missing at one level and not at the next are asked for each.
    """
    return tuple(
        level_grade(name, _answer(here, view, regrading, rule, compartment)) for name, here in level_views(view, rule)
    )


def level_views(view: LesionView, rule: EsccThresholds) -> Iterator[tuple[str, LesionView]]:
    """Name and planes of each level at which a lesion lies over the support; of every level where it does at none."""
    vertebrae = view.anatomy.vertebrae
    if not vertebrae:
        return
    borders = level_borders(vertebrae)
    owner = np.searchsorted(borders, view.sections.position_mm)
    cut = np.searchsorted(borders, view.cut_mm)
    parts = {int(number): view.considered & (owner == number) for number in np.unique(owner[view.considered])}
    lasting = [n for n, planes in parts.items() if long_enough(view.sections.step_mm[planes], rule.support_mm)]
    for number in lasting or parts:
        planes = parts[number]
        here = replace(view, considered=planes, involved=view.involved & planes, cut_mm=view.cut_mm[cut == number])
        yield vertebrae[number].name, here


def level_grade(level: str, found: Answer) -> LevelGrade:
    """An answer as the grade of a level."""
    return LevelGrade(level=level, low=found.low, point=found.point, high=found.high, reason=found.reason)


def _answer(
    here: LesionView, view: LesionView, regrading: Regrading, rule: EsccThresholds, compartment: Compartment
) -> Answer:
    presence = find_cord(here)
    if presence is CordPresence.BELOW_CONUS and here.involved.any():
        na = EsccGrade.NOT_APPLICABLE
        return Answer(low=na, point=na, high=na, reason=AbstentionReason.BELOW_CONUS)
    planes = here.considered[view.considered]
    graded = regrading.over(planes)
    doubts = find_doubts(
        here, regrading.metrics.planes(planes), rule, compartment=compartment, presence=presence, rank=graded.point
    )
    return answer(graded, doubts)
