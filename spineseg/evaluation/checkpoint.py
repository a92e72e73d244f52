"""Segmenting function + datalist -> one number and the group means behind it: what checkpoints are chosen by."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import Volume
from spineseg.errors import SettingsError
from spineseg.evaluation.datalist import CaseRole, Datalist, ImageCase
from spineseg.evaluation.groups import group_scores, mean
from spineseg.evaluation.realcases import check_data_folder, load_case, load_labels, missing_files
from spineseg.evaluation.references import ReferenceScore, score_reference

SUMMARY = "summary"


def score_anatomy(segment: Callable[[Volume], Segmentation], datalist: Datalist, data_root: Path) -> dict[str, float]:
    """Mean Dice by summary group on the validation cases: what `evaluate images` prints, without all the rest.

    Whole images, although crops around the references would be quicker: cut at 30 or 60 mm from them, the first
    model's cord lost 0.1 to 0.2 and its T2 bodies moved by 0.1 to 0.2 either way, since spine search and intensity
    range hang on the field of view.

    Parameters
    ----------
    segment
        Any `Segmenter`, or a network in training behind the same call.

    Returns
    -------
    "summary" -> mean of the group means, then each summary group -> mean Dice of its cases, in [0, 1].

    Raises
    ------
    SettingsError
        The data folder, or a file of a case that counts, is not there: a mean over other cases would mislead.
    """
    check_data_folder(data_root)
    cases = summary_cases(datalist)
    absent = [path for case in cases for path in missing_files(case, data_root)]
    if absent:
        raise SettingsError("a validation file is not there", absent[0], "get it, or take its case out of the list")
    groups = group_scores([_score(segment, case, data_root) for case in cases])
    dice = {name: groups[name].dice if name in groups else float("nan") for name in datalist.summary}
    return {SUMMARY: mean(dice.values()), **dice}


def summary_cases(datalist: Datalist) -> list[ImageCase]:
    """Validation cases with a reference in a summary group."""
    wanted = set(datalist.summary)
    return [case for case in datalist.cases if case.role is CaseRole.VALIDATION and case.groups & wanted]


def _score(segment: Callable[[Volume], Segmentation], case: ImageCase, data_root: Path) -> list[ReferenceScore]:
    volume = load_case(case, data_root)
    found = segment(volume)
    scores: list[ReferenceScore] = []
    for reference in case.references:
        truth = load_labels(data_root / reference.mask, volume.image)
        scores += score_reference(found, reference, truth, surfaces=False)
    return scores
