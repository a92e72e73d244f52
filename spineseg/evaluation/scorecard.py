"""Scores -> scorecard.json and scorecard.md."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from spineseg import __version__
from spineseg.domain.escc import ESCC_RANK, EsccGrade
from spineseg.domain.volume import SeriesRole
from spineseg.evaluation.agreement import GRADES, NOT_FOUND, GradeAgreement, grade_agreement, high_grade_hits
from spineseg.evaluation.bootstrap import Interval, mean_interval
from spineseg.evaluation.overlap import STRUCTURES
from spineseg.evaluation.phantoms import LesionScore, PhantomScores, SeriesScore
from spineseg.files import write_bytes


def write_scorecard(scores: PhantomScores, out: Path) -> Path:
    """Write both files; returns the path of the Markdown page."""
    graded = [score.grades for score in scores.lesions if score.grades.truth in ESCC_RANK]
    agreement = grade_agreement(graded)
    content = {
        "spineseg": __version__,
        "segmenter": scores.segmenter,
        "cases": scores.cases,
        "series": [asdict(score) for score in scores.series],
        "lesions": [asdict(score) for score in scores.lesions],
        "false_lesions": scores.false_lesions,
        "intervals": {name: asdict(one) for name, one in intervals(scores).items()},
        "agreement": {
            **asdict(agreement),
            "confusion": {f"{a} as {b}": n for (a, b), n in agreement.confusion.items()},
        },
    }
    write_bytes(out / "scorecard.json", json_bytes(content))
    page = out / "scorecard.md"
    write_bytes(page, markdown(scores, agreement).encode())
    return page


def markdown(scores: PhantomScores, agreement: GradeAgreement) -> str:
    """The score card as a page."""
    parts = [
        f"# Score card: {scores.cases} held-out phantom studies, masks by {scores.segmenter}, spineseg {__version__}",
        "## Dice (mean over the series that hold the structure)\n\n" + _dice_table(scores.series),
        "## Lesions and levels\n\n" + _counts(scores),
        "## Approximate ESCC: truth in rows, report in columns\n\n" + _confusion(agreement),
        _agreement_line(agreement),
        "## Means and 95 % intervals (bootstrap, 2000 resamples)\n\n" + _interval_lines(scores),
    ]
    return "\n\n".join(parts) + "\n"


def intervals(scores: PhantomScores) -> dict[str, Interval]:
    """What the shares over lesions, and the false lesions a study, are known to within."""
    pairs = [score.grades for score in scores.lesions if score.grades.truth in ESCC_RANK]
    return {
        "lesion sensitivity": mean_interval([float(score.reported is not None) for score in scores.lesions]),
        "false lesions a study": mean_interval([float(count) for count in scores.false_by_study]),
        "sensitivity for ESCC 2 and 3": mean_interval([float(hit) for hit in high_grade_hits(pairs)]),
    }


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Table of a Markdown page."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def json_bytes(content: object) -> bytes:
    """Scores as a JSON file: unknown values as null."""
    return (json.dumps(plain(content), indent=2) + "\n").encode()


def plain(value: object) -> object:
    """JSON has no NaN: unknown becomes null."""
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 4)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def _dice_table(series: Sequence[SeriesScore]) -> str:
    roles = [role for role in SeriesRole if any(score.role is role for score in series)]
    rows = [
        [name, *(_mean(score.dice[name] for score in series if score.role is role) for role in roles)]
        for name in STRUCTURES
    ]
    return markdown_table(["structure", *(role.value.replace("_", " ") for role in roles)], rows)


def _counts(scores: PhantomScores) -> str:
    found = sum(score.reported is not None for score in scores.lesions)
    right = sum(score.reported is score.compartment for score in scores.lesions)
    levels = Counter[str]()
    for score in scores.series:
        levels += Counter(all=score.levels, named=score.levels_named, right=score.levels_right)
    by_compartment = Counter(_compartments(score) for score in scores.lesions)
    lines = [
        f"- lesions reported: {found} of {len(scores.lesions)}, compartment right in {right}",
        f"- false lesions: {scores.false_lesions} in {scores.cases} studies",
        f"- vertebrae over all series: {levels['right']} of {levels['all']} rightly named, {levels['named']} named",
        *(f"- {truth} reported as {reported}: {n}" for (truth, reported), n in sorted(by_compartment.items())),
    ]
    return "\n".join(lines)


def _compartments(score: LesionScore) -> tuple[str, str]:
    return score.compartment.value, NOT_FOUND if score.reported is None else score.reported.value


def _confusion(agreement: GradeAgreement) -> str:
    columns = [
        *(grade.value for grade in GRADES),
        EsccGrade.UNDETERMINED.value,
        EsccGrade.NOT_APPLICABLE.value,
        NOT_FOUND,
    ]
    rows = [
        [truth.value, *(str(agreement.confusion.get((truth.value, c), 0) or "·") for c in columns)] for truth in GRADES
    ]
    return markdown_table(["truth", *columns], rows)


def _agreement_line(agreement: GradeAgreement) -> str:
    return (
        f"{agreement.graded} of {agreement.lesions} lesions graded: exact {_share(agreement.exact)}, "
        f"within one {_share(agreement.within_one)}, quadratic kappa {_share(agreement.quadratic_kappa)}; "
        f"truth inside the interval {_share(agreement.covered)}."
    )


def _interval_lines(scores: PhantomScores) -> str:
    return "\n".join(
        f"- {name}: not known" if one.count == 0 else f"- {name}: {one.mean:.2f} ({one.low:.2f} to {one.high:.2f})"
        for name, one in intervals(scores).items()
    )


def _mean(values: Iterable[float]) -> str:
    known = [value for value in values if not math.isnan(value)]
    return f"{np.mean(known):.2f}" if known else "·"


def _share(value: float) -> str:
    return "not known" if math.isnan(value) else f"{value:.2f}"
