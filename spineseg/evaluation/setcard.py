"""Scores on a converted set -> dataset.json, .md and .html: means with intervals, reliability, every case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from spineseg import __version__
from spineseg.domain.dataset import LabelledSet, Split
from spineseg.evaluation.bootstrap import Interval, mean_interval
from spineseg.evaluation.groups import GroupScore, group_scores, mean
from spineseg.evaluation.images import CaseScore
from spineseg.evaluation.reliability import Reliability, added
from spineseg.evaluation.scorecard import json_bytes, markdown_table
from spineseg.evaluation.setpage import render
from spineseg.files import write_bytes

JSON_FILE, MARKDOWN_FILE, PAGE_FILE = "dataset.json", "dataset.md", "dataset.html"
# Measures with an interval: mean over patients of the mean over a patient's cases.
_MEASURES = ("dice", "surface_dice", "hd95_mm", "owned", "identified", "names_right")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetScores:
    """Scores of one split of a converted set; the identity says whose masks were scored."""

    labelled: LabelledSet
    split: Split
    segmenter: str
    version: str
    weights_sha256: tuple[str, ...]
    cases: tuple[CaseScore, ...]

    def groups(self) -> dict[str, dict[str, Interval]]:
        """Intervals of every measure, by group; the patient is the unit."""
        patients = {case.name: case.patient for case in self.labelled.of(self.split)}
        by_group: defaultdict[str, defaultdict[str, list[GroupScore]]] = defaultdict(lambda: defaultdict(list))
        for case in self.cases:
            for group, score in group_scores([case.scores]).items():
                by_group[group][patients[case.name]].append(score)
        return {
            group: {
                measure: mean_interval([mean(getattr(one, measure) for one in members) for members in people.values()])
                for measure in _MEASURES
            }
            for group, people in by_group.items()
        }

    def reliability(self) -> Reliability:
        """Of the cord's probability over all cases."""
        return added(case.reliability for case in self.cases if case.reliability is not None)


def mean_dice(case: CaseScore) -> float:
    """Mean over the groups of a case; NaN where nothing was scored."""
    return mean(group.dice for group in group_scores([case.scores]).values())


def chosen_cases(cases: Iterable[CaseScore]) -> dict[str, CaseScore]:
    """Worst, median and best case by mean Dice; fewer where there are fewer."""
    ranked = sorted((case for case in cases if not np.isnan(mean_dice(case))), key=mean_dice)
    places = {"worst": 0, "median": len(ranked) // 2, "best": len(ranked) - 1}
    taken: dict[str, CaseScore] = {}
    for name, place in places.items():
        if ranked and ranked[place] not in taken.values():
            taken[name] = ranked[place]
    return taken


def write_setcard(scores: SetScores, out: Path) -> Path:
    """Write all three files; returns the path of the Markdown page."""
    groups = scores.groups()
    found = scores.reliability()
    content = {
        "spineseg": __version__,
        "data": scores.labelled.source.model_dump(),
        "split": scores.split.value,
        "segmenter": scores.segmenter,
        "version": scores.version,
        "weights_sha256": list(scores.weights_sha256),
        "summary": mean(group["dice"].mean for group in groups.values()),
        "groups": {name: {key: asdict(one) for key, one in group.items()} for name, group in groups.items()},
        "calibration": {"expected_error": found.error, "points": found.points()},
        "cases_scored": sum(bool(case.scores) for case in scores.cases),
        "cases": [asdict(case) for case in scores.cases],
    }
    write_bytes(out / JSON_FILE, json_bytes(content))
    text = markdown(scores, groups, found)
    write_bytes(out / MARKDOWN_FILE, text.encode())
    pictures = {name: out / "pictures" / case.picture for name, case in chosen_cases(scores.cases).items()}
    page = render(title(scores), sections(scores, groups, found), pictures, found, [*_origin(scores), LEGEND])
    write_bytes(out / PAGE_FILE, page.encode())
    return out / MARKDOWN_FILE


def title(scores: SetScores) -> str:
    """Headline of both pages."""
    source = scores.labelled.source
    return f"{source.title}, {scores.split.value}: {len(scores.cases)} cases, masks by {scores.segmenter}"


def sections(
    scores: SetScores, groups: Mapping[str, Mapping[str, Interval]], found: Reliability
) -> dict[str, tuple[Sequence[str], list[list[str]]]]:
    """Tables of both pages: heading -> header and rows."""
    header = ["group", "patients", "Dice", "surface Dice", "HD95 mm", "owned", "identified", "names right"]
    rows = [
        [name, str(group["dice"].count), *(_words(group[measure]) for measure in _MEASURES)]
        for name, group in groups.items()
    ]
    bins = [[f"{said:.2f}", f"{true:.2f}", str(count)] for said, true, count in found.points()]
    cases = [[case.name, _number(mean_dice(case)), _problem(case)] for case in scores.cases]
    return {
        "Means and 95 % intervals": (header, rows),
        f"Reliability of the cord's probability (expected error {_number(found.error)})": (
            ["said", "true", "voxels"], bins,
        ),
        "Cases": (["case", "mean Dice", "problem"], cases),
    }  # fmt: skip


def markdown(scores: SetScores, groups: Mapping[str, Mapping[str, Interval]], found: Reliability) -> str:
    """The score card as a page."""
    parts = [
        f"# {title(scores)}",
        *_origin(scores),
        *(
            f"## {name}\n\n" + (markdown_table(header, rows) if rows else "Not measured.")
            for name, (header, rows) in sections(scores, groups, found).items()
        ),
        LEGEND,
    ]
    return "\n\n".join(parts) + "\n"


LEGEND = (
    "Intervals: bootstrap over patients, 2000 resamples. "
    "`owned`: one instance and the reference cover half of each other. "
    "`identified`: as VerSe counts it, the found vertebra of the name lies within 20 mm and nearest to the true one. "
    "What the set does not label is neither right nor wrong."
)


def _problem(case: CaseScore) -> str:
    if case.found is not None and not case.problem and case.found.vertebrae == 0:
        return "no spine found"
    return case.problem or ", ".join(case.not_there)


def _origin(scores: SetScores) -> list[str]:
    source = scores.labelled.source
    return [
        f"Licence: {source.licence}. Citation: {source.citation}.",
        f"Weights: {', '.join(scores.weights_sha256) or 'none'}.",
    ]


def _words(value: Interval) -> str:
    return "·" if np.isnan(value.mean) else f"{value.mean:.2f} ({value.low:.2f} to {value.high:.2f})"


def _number(value: float) -> str:
    return "·" if np.isnan(value) else f"{value:.3f}"
