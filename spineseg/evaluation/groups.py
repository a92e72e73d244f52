"""Scores of cases -> means by group of references: first over a case's scores, then over cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from spineseg.evaluation.datalist import Measure
from spineseg.evaluation.references import ReferenceScore


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupScore:
    """Means of a group; NaN where nothing of it was measured.

    Parameters
    ----------
    least_dice
        Of the worst case.
    owned, names_right, identified
        Shares of all bodies, vertebrae or discs of the group.
    """

    cases: int
    dice: float
    least_dice: float
    surface_dice: float
    hd95_mm: float
    owned: float
    named_dice: float
    names_right: float
    identified: float = float("nan")

    def of(self, measure: Measure) -> float:
        """Value that a goal is set on."""
        value: float = getattr(self, measure.value)
        return value


def group_scores(cases: Iterable[Sequence[ReferenceScore]]) -> dict[str, GroupScore]:
    """Means by group, in the order in which the groups first appear."""
    by_group: dict[str, list[list[ReferenceScore]]] = defaultdict(list)
    for scores in cases:
        for group in dict.fromkeys(score.group for score in scores):
            by_group[group].append([score for score in scores if score.group == group])
    return {group: _group(members) for group, members in by_group.items()}


def merged(cases: Iterable[Sequence[ReferenceScore]], groups: Sequence[str]) -> GroupScore | None:
    """Means over several groups taken as one; None where no case has any of them."""
    chosen = [[score for score in scores if score.group in groups] for scores in cases]
    members = [scores for scores in chosen if scores]
    return _group(members) if members else None


def mean(values: Iterable[float]) -> float:
    """Mean of the known values; NaN without any."""
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def _group(cases: Sequence[Sequence[ReferenceScore]]) -> GroupScore:
    every = [score for case in cases for score in case]
    dice = [mean(score.dice for score in case) for case in cases]
    return GroupScore(
        cases=len(cases),
        dice=mean(dice),
        least_dice=min(dice),
        surface_dice=mean(mean(score.surface_dice for score in case) for case in cases),
        hd95_mm=mean(mean(score.hd95_mm for score in case) for case in cases),
        owned=mean(float(score.owned) for score in every if score.owned is not None),
        named_dice=mean(mean(score.named_dice for score in case) for case in cases),
        names_right=mean(float(score.name_right) for score in every if score.name_right is not None),
        identified=mean(float(score.identified) for score in every if score.identified is not None),
    )
