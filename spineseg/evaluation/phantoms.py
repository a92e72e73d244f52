"""Held-out phantoms -> scores: Dice by structure, lesions found, compartments and grades against truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from spineseg.domain.findings import Compartment, LesionFinding
from spineseg.domain.segmentation import Segmentation, Segmenter
from spineseg.domain.volume import SeriesRole, Volume
from spineseg.evaluation.agreement import GradePair
from spineseg.evaluation.overlap import FOUND_RECALL, LesionDetection, dice_by_structure, lesion_detection
from spineseg.grading import grade_spine, merge_findings
from spineseg.phantom.anthropometry import LEVELS
from spineseg.phantom.cases import PhantomCase, make_case
from spineseg.phantom.protocols import computed_tomography
from spineseg.phantom.segmenter import TruthSegmenter
from spineseg.phantom.study import render_series
from spineseg.pipeline import describe_study

# Seeds from here on are for scoring; training draws its patients from another stream of random numbers.
HELD_OUT_SEED = 90_000

_HEALTHY_FOCUS = "T8"

# Names of the score, in turn: every grade at three levels, then other lesions and healthy spines.
SCORED_NAMES = (
    "escc-2-t7", "healthy", "escc-1b-c5", "escc-3-t12", "escc-0-t7", "idem-t10", "escc-1c-t7", "escc-1a-t12",
    "intramedullary-c5", "escc-3-c5", "healthy-scoliosis", "escc-2-t12", "escc-1b-t7", "lytic-l3", "escc-1c-c5",
    "escc-0-t12", "escc-3-t7", "stenosis-l4", "escc-2-c5", "blastic-l2",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesScore:
    """Scores of one series of one phantom."""

    case: str
    seed: int
    role: SeriesRole
    dice: dict[str, float]
    lesions: LesionDetection
    levels_right: int
    levels_named: int
    levels: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionScore:
    """One true lesion of a study and what was reported for it."""

    case: str
    seed: int
    compartment: Compartment
    reported: Compartment | None
    grades: GradePair


@dataclass(frozen=True, slots=True, kw_only=True)
class PhantomScores:
    """Scores of all phantoms; `segmenter` says whose masks were scored, `false_by_study` counts in their order."""

    segmenter: str
    cases: int
    series: tuple[SeriesScore, ...]
    lesions: tuple[LesionScore, ...]
    false_lesions: int
    false_by_study: tuple[int, ...] = ()


def evaluate_phantoms(
    count: int, segmenter: Segmenter | None, *, on_stage: Callable[[str], None] = lambda _: None
) -> PhantomScores:
    """Score `count` held-out phantom studies, each with all its series.

    Parameters
    ----------
    segmenter
        None grades the true masks, which scores the grading alone.
    """
    series: list[SeriesScore] = []
    lesions: list[LesionScore] = []
    false_by_study: list[int] = []
    for number in range(count):
        name = SCORED_NAMES[number % len(SCORED_NAMES)]
        on_stage(f"{number + 1} of {count}, {name}")
        case = with_short_ct(make_case(name, seed=HELD_OUT_SEED + number))
        scored, found, false = evaluate_case(case, segmenter)
        series += scored
        lesions += found
        false_by_study.append(false)
    who = "truth" if segmenter is None else segmenter.algorithm.segmenter
    return PhantomScores(
        segmenter=who,
        cases=count,
        series=tuple(series),
        lesions=tuple(lesions),
        false_lesions=sum(false_by_study),
        false_by_study=tuple(false_by_study),
    )


def with_short_ct(case: PhantomCase) -> PhantomCase:
    """The same study with the CT of seven levels only: the rest takes half of the time and shows healthy bone."""
    level = case.phantom.lesions[0].level if case.phantom.lesions else _HEALTHY_FOCUS
    middle = LEVELS.index(level)
    ct = computed_tomography(case.phantom.spine, top=LEVELS[max(0, middle - 3)], bottom=LEVELS[middle + 3])
    return replace(case, protocols=tuple(ct if one.role is SeriesRole.CT else one for one in case.protocols))


def evaluate_case(case: PhantomCase, segmenter: Segmenter | None) -> tuple[list[SeriesScore], list[LesionScore], int]:
    """Score one phantom study.

    Parameters
    ----------
    segmenter
        None grades the true masks.

    Returns
    -------
    Scores of its series, of its true lesions, and the number of reported lesions that are none.
    """
    volumes = [render_series(case, protocol) for protocol in case.protocols]
    true_masks = [TruthSegmenter(case.phantom, named=True)(volume) for volume in volumes]
    judged = TruthSegmenter(case.phantom) if segmenter is None else segmenter
    anatomies = describe_study([judged(volume) for volume in volumes])
    masks = [anatomy.segmentation for anatomy in anatomies]
    findings = merge_findings([grade_spine(anatomy, study_instance_uid="") for anatomy in anatomies])
    scores = [
        _score_series(case, volume, truth, mask) for volume, truth, mask in zip(volumes, true_masks, masks, strict=True)
    ]
    owners = {id(lesion): _true_number(lesion, true_masks, masks) for lesion in findings.lesions}
    lesions = [
        _score_lesion(case, number, [lesion for lesion in findings.lesions if owners[id(lesion)] == number])
        for number in range(1, len(case.phantom.lesions) + 1)
    ]
    return scores, lesions, sum(owner is None for owner in owners.values())


def _score_series(case: PhantomCase, volume: Volume, truth: Segmentation, found: Segmentation) -> SeriesScore:
    right, named, levels = _levels(truth, found)
    return SeriesScore(
        case=case.name,
        seed=case.seed,
        role=volume.role,
        dice=dice_by_structure(truth, found),
        lesions=lesion_detection(truth, found),
        levels_right=right,
        levels_named=named,
        levels=levels,
    )


def _levels(truth: Segmentation, found: Segmentation) -> tuple[int, int, int]:
    """True bodies owned by a label of the right name, by any name, and all."""
    right = named = total = 0
    body = (truth.subregions.array > 0) & (truth.anatomy.array > 0)  # ribs belong to no vertebra
    for value in np.unique(truth.anatomy.array[body]).tolist():
        owners = found.anatomy.array[body & (truth.anatomy.array == value)]
        bones = owners[(owners > 0) & (owners <= 58)]  # named and unnamed vertebrae and sacrum
        total += 1
        if bones.size * 4 < owners.size:  # less than a quarter covered: not found
            continue
        owner = int(np.bincount(bones).argmax())
        named += owner <= 28
        right += owner == value
    return right, named, total


def _true_number(lesion: LesionFinding, truth: Sequence[Segmentation], masks: Sequence[Segmentation]) -> int | None:
    """Number of the true lesion that a reported one covers by a fifth, or lies in by half; None where it is false."""
    for true, mask in zip(truth, masks, strict=True):
        if mask.series_instance_uid != lesion.series_instance_uid:
            continue
        reported = mask.lesions.array == lesion.number
        for number in np.unique(true.lesions.array[reported & (true.lesions.array > 0)]):
            shared = int((reported & (true.lesions.array == number)).sum())
            whole = int((true.lesions.array == number).sum())
            if shared >= FOUND_RECALL * whole or 2 * shared >= int(reported.sum()):
                return int(number)
    return None


def _score_lesion(case: PhantomCase, number: int, reported: Sequence[LesionFinding]) -> LesionScore:
    truth = case.phantom.lesions[number - 1]
    largest = max(reported, key=lambda lesion: lesion.volume_mm3, default=None)
    return LesionScore(
        case=case.name,
        seed=case.seed,
        compartment=truth.compartment,
        reported=None if largest is None else largest.compartment,
        grades=GradePair(truth=truth.grade, found=None if largest is None else largest.escc),
    )
