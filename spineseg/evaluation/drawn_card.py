"""DrawnRows -> lesions.json and lesions.md: grades with the lesion mask given, silence and causes counted apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from spineseg import __version__
from spineseg.domain.escc import EsccGrade
from spineseg.evaluation.agreement import GRADES
from spineseg.evaluation.battery_card import share
from spineseg.evaluation.drawn_lesions import DrawnRow
from spineseg.evaluation.drawn_study import DrawnOn
from spineseg.evaluation.scorecard import json_bytes, markdown_table
from spineseg.files import write_bytes

_ROWS = TypeAdapter(tuple[DrawnRow, ...])
_ABOUT = (
    "The true mask of one epidural lesion is given on the axial T2, as `spineseg run --lesions` takes it. "
    "Truth is what was built; nothing here speaks of patients."
)
_OTHERS = (DrawnOn.ISOTROPIC, DrawnOn.SAGITTAL)


def write_drawn(rows: Sequence[DrawnRow], out: Path) -> Path:
    """Write both files; returns the path of the Markdown page."""
    content = {"spineseg": __version__, "cases": _ROWS.dump_python(tuple(rows), mode="json")}
    write_bytes(out / "lesions.json", json_bytes(content))
    page = out / "lesions.md"
    write_bytes(page, markdown(rows).encode())
    return page


def markdown(rows: Sequence[DrawnRow]) -> str:
    """The scores as a page."""
    who = sorted({f"{row.algorithm.segmenter} {row.algorithm.version}" for row in rows})
    parts = [
        f"# Lesion masks given: {len(rows)} phantom studies, anatomy by {', '.join(who)}",
        _ABOUT,
        "## Approximate ESCC: truth in rows, answer in columns\n\n" + _confusion(rows),
        _summary(rows),
        "## The same mask on other grids\n\n" + _grids(rows),
        "## Compartment and level\n\n" + _places(rows),
        "## Dice of the network on the lesion's slices\n\n" + _dice(rows),
        "## Why a grade is not exact\n\n" + _causes(rows),
        "## Cases that are not exact\n\n" + _misses(rows),
    ]
    return "\n\n".join(parts) + "\n"


def _confusion(rows: Sequence[DrawnRow]) -> str:
    columns = [*GRADES, EsccGrade.UNDETERMINED, EsccGrade.NOT_APPLICABLE]
    counts = Counter((row.truth, row.point) for row in rows)
    body = [
        [truth, *(str(counts.get((truth, one), 0) or "·") for one in columns)]
        for truth in sorted({row.truth for row in rows})
    ]
    return markdown_table(["truth", *(one.value for one in columns)], body)


def _summary(rows: Sequence[DrawnRow]) -> str:
    answered = [row for row in rows if row.answered]
    silent = Counter(str(row.reason or "no reason") for row in rows if not row.answered)
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(silent.items()))
    lines = [
        f"- exact, of all: {share(row.exact for row in rows)}; of the answered: {share(row.exact for row in answered)}",
        f"- within one grade, of the answered: {share(row.distance <= 1 for row in answered)}",
        f"- true grade inside the interval: {share(row.holds for row in rows)}",
        f"- not answered: {len(rows) - len(answered)} ({reasons or 'none'})",
        f"- true 2 or 3 with an upper end of at most 1b: {sum(row.dangerous for row in rows)}",
    ]
    return "\n".join(lines)


def _grids(rows: Sequence[DrawnRow]) -> str:
    body = []
    for drawn_on in _OTHERS:
        same = [told for row in rows if (told := row.same(drawn_on)) is not None]
        changed = [
            f"{row.number} ({row.point.value} to {one.point.value})"
            for row in rows
            for one in row.others
            if one.drawn_on is drawn_on and one.point is not row.point
        ]
        body.append([drawn_on.value, share(same), ", ".join(changed) or "·"])
    return markdown_table(["mask on", "same grade as on the axial T2", "other cases"], body)


def _places(rows: Sequence[DrawnRow]) -> str:
    wrong = Counter(str(row.compartment) for row in rows if row.compartment is not row.true_compartment)
    others = ", ".join(f"{name} {count}" for name, count in wrong.items())
    ct = [row for row in rows if row.has_ct]
    assumed = sum(row.level_assumed for row in rows)
    lines = [
        f"- compartment right: {share(row.compartment is row.true_compartment for row in rows)}"
        + (f"; otherwise {others}" if others else ""),
        f"- the same with a CT in the study: {share(row.compartment is row.true_compartment for row in ct)}",
        f"- true level among those reported: {share(row.level_named for row in rows)}; with an assumed name {assumed}",
        f"- mask taken for several lesions: {sum(row.lesions > 1 for row in rows)}",
    ]
    return "\n".join(lines)


def _dice(rows: Sequence[DrawnRow]) -> str:
    names = sorted({name for row in rows for name in row.dice})
    body = []
    for truth in sorted({row.truth for row in rows}):
        own = [row for row in rows if row.truth == truth]
        means = [[row.dice[name] for row in own if name in row.dice] for name in names]
        body.append([truth, *(f"{np.mean(values):.2f}" if values else "·" for values in means)])
    return markdown_table(["truth", *names], body)


def _causes(rows: Sequence[DrawnRow]) -> str:
    counts = Counter(cause for row in rows for cause in row.causes)
    if not counts:
        return "Every grade is exact."
    body = [[cause.value, str(count)] for cause, count in counts.most_common()]
    return (
        "Cases that would be exact if this alone were true on the axial T2; a case counts with every cause that would "
        "mend it.\n\n" + markdown_table(["what", "cases"], body)
    )


def _misses(rows: Sequence[DrawnRow]) -> str:
    lines = [
        f"- {row.number} {row.name} ({row.in_plane_mm} x {row.spacing_mm} mm): truth {row.truth}, reported "
        f"{row.low.value} / {row.point.value} / {row.high.value}{'' if row.holds else ', truth outside'}"
        f"{f', {row.reason.value}' if row.reason else ''}; {', '.join(cause.value for cause in row.causes)}"
        for row in rows
        if not row.exact
    ]
    return "\n".join(lines) or "None."
