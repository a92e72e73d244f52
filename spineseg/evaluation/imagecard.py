"""Scores on real images -> images.json and images.md: goals, groups, healthy images, every case."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from spineseg import __version__
from spineseg.evaluation.datalist import CaseRole, Datalist, Rule
from spineseg.evaluation.groups import GroupScore, group_scores, mean, merged
from spineseg.evaluation.images import CaseScore, ImageScores
from spineseg.evaluation.references import ReferenceScore
from spineseg.evaluation.scorecard import json_bytes, markdown_table
from spineseg.files import write_bytes

_UNKNOWN = "·"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalResult:
    """A goal and what was reached; NaN where nothing was measured, and then it is not met."""

    name: str
    role: CaseRole
    value: float
    wanted: str
    met: bool


def goal_results(scores: ImageScores) -> list[GoalResult]:
    """Every goal of the datalist, healthy images last."""
    results = []
    for goal in scores.datalist.goals:
        group = merged([case.scores for case in scores.cases if case.role is goal.role], goal.groups)
        value = float("nan") if group is None else group.of(goal.measure)
        results.append(
            GoalResult(
                name=goal.name, role=goal.role, value=value, wanted=f"≥ {goal.at_least:.2f}",
                met=value >= goal.at_least,
            )
        )  # fmt: skip
    return [*results, *(result for role in CaseRole for result in _healthy(scores, role))]


def summary(scores: ImageScores) -> float:
    """Mean Dice of the summary groups on the validation cases; NaN where one of them was not measured."""
    groups = _groups(scores, CaseRole.VALIDATION)
    return sum(groups[name].dice if name in groups else float("nan") for name in scores.datalist.summary) / len(
        scores.datalist.summary
    )


def write_imagecard(scores: ImageScores, out: Path) -> Path:
    """Write both files; returns the path of the Markdown page."""
    content = {
        "spineseg": __version__,
        "segmenter": scores.segmenter,
        "version": scores.version,
        "weights_sha256": list(scores.weights_sha256),
        "summary": summary(scores),
        "goals": [asdict(result) for result in goal_results(scores)],
        "groups": {
            role.value: {name: asdict(group) for name, group in _groups(scores, role).items()} for role in CaseRole
        },
        "cases": [asdict(case) for case in scores.cases],
    }
    write_bytes(out / "images.json", json_bytes(content))
    page = out / "images.md"
    write_bytes(page, markdown(scores).encode())
    return page


def markdown(scores: ImageScores) -> str:
    """The score card as a page."""
    groups = ", ".join(scores.datalist.summary)
    parts = [
        f"# Real images: {len(scores.cases)} cases, masks by {scores.segmenter} ({scores.version})",
        f"Mean Dice of the summary groups ({groups}) on validation images: **{_number(summary(scores))}**.",
        "## Goals\n\n" + _goal_table(goal_results(scores)),
        *(_group_section(scores, role) for role in CaseRole),
        "## Cases\n\n" + _case_table(scores.cases) + "\n\n" + _legend(scores),
        "## Not there, or not usable\n\n" + _absences(scores.cases),
    ]
    return "\n\n".join(parts) + "\n"


def _groups(scores: ImageScores, role: CaseRole) -> dict[str, GroupScore]:
    return group_scores([case.scores for case in scores.cases if case.role is role])


def _healthy(scores: ImageScores, role: CaseRole) -> list[GoalResult]:
    """Share of healthy images without a lesion, and the most on one of the others; only where lesions were sought."""
    goal = scores.datalist.healthy
    assessed = [volume for case in scores.cases if case.role is role for volume in _healthy_ml(case)]
    share = mean(float(volume == 0) for volume in assessed)
    most = max(assessed, default=float("nan"))
    searched = f"{len(assessed)} of {sum(case.healthy for case in scores.cases if case.role is role)} images assessed"
    return [
        GoalResult(
            name=f"healthy images without a lesion ({searched})", role=role, value=share,
            wanted=f"≥ {goal.clean_share:.2f}", met=share >= goal.clean_share,
        ),
        GoalResult(
            name="most lesion on a healthy image, mL", role=role, value=most,
            wanted=f"< {goal.most_ml:.1f}", met=most < goal.most_ml,
        ),
    ]  # fmt: skip


def _healthy_ml(case: CaseScore) -> list[float]:
    if not case.healthy or case.found is None or case.found.lesion_ml is None:
        return []
    return [case.found.lesion_ml]


def _goal_table(results: Sequence[GoalResult]) -> str:
    rows = [
        [
            result.name, result.role.value, _number(result.value), result.wanted,
            "not measured" if math.isnan(result.value) else "yes" if result.met else "no",
        ]
        for result in results
    ]  # fmt: skip
    return markdown_table(["goal", "images", "reached", "wanted", "met"], rows)


def _group_section(scores: ImageScores, role: CaseRole) -> str:
    header = ["group", "cases", "Dice", "worst case", "surface Dice", "HD95 mm", "owned", "Dice by name", "names right"]
    rows = [
        [
            name, str(group.cases), _number(group.dice), _number(group.least_dice), _number(group.surface_dice),
            _number(group.hd95_mm, 1), _number(group.owned), _number(group.named_dice), _number(group.names_right),
        ]
        for name, group in _groups(scores, role).items()
    ]  # fmt: skip
    return f"## {role.value.capitalize()} images\n\n" + (markdown_table(header, rows) if rows else "No reference.")


def _case_table(cases: Sequence[CaseScore]) -> str:
    header = [
        "case", "contrast", "role", "vertebrae (named)", "discs", "Dice by group", "owned", "names right", "lesion mL",
        "s",
    ]  # fmt: skip
    return markdown_table(header, [_case_row(case) for case in cases])


def _case_row(case: CaseScore) -> list[str]:
    start = [case.name, case.contrast, case.role.value]
    if case.found is None:
        return [*start, *["not there" if case.not_there and not case.problem else "not usable"], *[_UNKNOWN] * 6]
    groups = group_scores([case.scores])
    lesions = case.found.lesion_ml
    return [
        *start,
        f"{case.found.vertebrae} ({case.found.named})",
        str(case.found.discs),
        "; ".join(f"{name} {_number(group.dice)}" for name, group in groups.items()) or _UNKNOWN,
        _count(case.scores, "owned"),
        _count(case.scores, "name_right"),
        "not sought" if lesions is None else f"{lesions:.2f}" + ("" if case.healthy else " (not known healthy)"),
        f"{case.found.seconds:.1f}",
    ]


def _count(scores: Sequence[ReferenceScore], what: str) -> str:
    known = [getattr(score, what) for score in scores if getattr(score, what) is not None]
    return f"{sum(known)}/{len(known)}" if known else _UNKNOWN


def _legend(scores: ImageScores) -> str:
    tolerances = {case.found.tolerance_mm for case in scores.cases if case.found is not None}
    stated = " or ".join(f"{value:.2f}" for value in sorted(tolerances)) or "·"
    return (
        f"Surface Dice within {stated} mm (1.5 mm, or the shortest side of a voxel where that is longer). "
        "`owned`: one instance and the reference cover half of each other. "
        "Background images serve trainings (of the shipped networks: lesions only); their scores validate nothing. "
        f"{_drawn_by_model(scores.datalist)}"
    )


def _drawn_by_model(datalist: Datalist) -> str:
    names = [case.name for case in datalist.cases if any(one.drawn_by == "model" for one in case.references)]
    named = any(one.rule is Rule.NAMED for case in datalist.cases for one in case.references)
    about = " (its names too)" if named else ""
    return f"References by another model{about}, so agreement and not accuracy: {', '.join(names)}." if names else ""


def _absences(cases: Sequence[CaseScore]) -> str:
    lines = [f"- {case.name}: {path} is not there" for case in cases for path in case.not_there]
    lines += [f"- {case.name}: {case.problem}" for case in cases if case.problem]
    return "\n".join(lines) or "Everything of the list was there and could be used."


def _number(value: float, digits: int = 2) -> str:
    return _UNKNOWN if math.isnan(value) else f"{value:.{digits}f}"
