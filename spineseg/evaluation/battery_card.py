"""BatteryScores -> battery.json and battery.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from spineseg import __version__
from spineseg.domain.escc import EsccGrade
from spineseg.domain.findings import Compartment
from spineseg.evaluation.agreement import GRADES
from spineseg.evaluation.battery import BatteryScores, EsccRow
from spineseg.evaluation.battery_errors import MaskError
from spineseg.evaluation.battery_grids import Placement
from spineseg.evaluation.battery_levels import Anchor
from spineseg.evaluation.battery_sins import COMPONENTS, SinsRow
from spineseg.evaluation.scorecard import json_bytes, markdown_table
from spineseg.files import write_bytes


def write_battery(scores: BatteryScores, out: Path) -> Path:
    """Write both files; returns the path of the Markdown page."""
    content = {
        "spineseg": __version__,
        "cpu_s": round(scores.cpu_s, 1),
        "escc": [asdict(row) for row in scores.escc],
        "errors": [asdict(row) for row in scores.errors],
        "compartments": [asdict(row) for row in scores.compartments],
        "sins": [_sins_json(row) for row in scores.sins],
        "levels": [asdict(row) for row in scores.levels],
        "negatives": [asdict(row) for row in scores.negatives],
    }
    write_bytes(out / "battery.json", json_bytes(content))
    page = out / "battery.md"
    write_bytes(page, markdown(scores).encode())
    return page


def markdown(scores: BatteryScores) -> str:
    """The battery as a page."""
    parts = [
        f"# Truth battery: {len(scores.escc)} phantoms of the grade, true masks, spineseg {__version__}",
        f"Processor time {scores.cpu_s:.0f} s. Truth is what was built; nothing here speaks of patients.",
        "## Approximate ESCC: truth in rows, answer in columns\n\n" + _confusion(scores.escc),
        _summary(scores.escc),
        "## By placement of the stack\n\n" + _placements(scores.escc),
        "## Masks with errors\n\n" + _errors(scores.errors),
        "## Compartments\n\n" + _compartments([*scores.escc, *scores.compartments]),
        "## SINS components\n\n" + _sins(scores.sins),
        "## Level names\n\n" + _levels(scores),
        "## Narrow canals without epidural tumour\n\n" + _negatives(scores),
        "## Cases that are not as they should be\n\n" + _misses(scores),
    ]
    return "\n\n".join(parts) + "\n"


def share(hits: Iterable[bool]) -> str:
    """Hits of all, with the percentage; a dot where there is nothing."""
    flags = list(hits)
    return f"{sum(flags)} of {len(flags)} ({100 * sum(flags) / len(flags):.1f} %)" if flags else "·"


def _confusion(rows: Sequence[EsccRow]) -> str:
    columns = [*GRADES, EsccGrade.UNDETERMINED, EsccGrade.NOT_APPLICABLE]
    counts = Counter((row.truth, row.point) for row in rows)
    truths = sorted({row.truth for row in rows})
    body = [[truth, *(str(counts.get((truth, one), 0) or "·") for one in columns)] for truth in truths]
    return markdown_table(["truth", *(one.value for one in columns)], body)


def _summary(rows: Sequence[EsccRow]) -> str:
    answered = [row for row in rows if row.answered]
    silent = Counter(str(row.reason or "no reason") for row in rows if not row.answered)
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(silent.items()))
    far = sum(row.distance > 1 for row in answered)
    return (
        f"Answered {share(row.answered for row in rows)}; of these exact "
        f"{share(row.distance == 0 for row in answered)}, off by more than one grade {far}. "
        f"Not answered: {reasons or 'none'}. "
        f"True grade inside the interval {share(row.holds for row in rows)}. "
        f"True 2 or 3 with an upper end of at most 1b: {sum(row.dangerous for row in rows)}."
    )


def _placements(rows: Sequence[EsccRow]) -> str:
    body = []
    for placement in Placement:
        own = [row for row in rows if row.placement is placement]
        answered = [row for row in own if row.answered]
        body.append(
            [
                placement.value,
                share(row.distance == 0 for row in answered),
                share(row.answered for row in own),
                share(row.holds for row in own),
            ]
        )
    return markdown_table(["stack", "exact of the answered", "answered", "truth inside the interval"], body)


def _errors(rows: Sequence[EsccRow]) -> str:
    if not rows:
        return "Not asked for (`--errors`)."
    body = []
    for error in MaskError:
        own = [row for row in rows if row.error is error and row.compartment is not None]
        answered = [row for row in own if row.answered]
        body.append(
            [
                error.value,
                share(row.holds for row in own),
                share(row.distance == 0 for row in answered),
                share(row.answered for row in own),
                str(sum(row.dangerous for row in own)),
            ]
        )
    gone = Counter(row.error for row in rows if row.compartment is None)
    lines = [f"- {error.value}: no tumour was left in {count} cases" for error, count in gone.items() if error]
    head = ["error", "truth inside the interval", "exact of the answered", "answered", "2 or 3 as at most 1b"]
    return "\n".join([markdown_table(head, body), "", *lines]).rstrip()


def _compartments(rows: Sequence[EsccRow]) -> str:
    body = []
    for truth in Compartment:
        own = [row for row in rows if row.true_compartment is truth]
        if own:
            others = Counter(str(row.compartment) for row in own if row.compartment is not truth)
            wrong = ", ".join(f"{name} {count}" for name, count in others.items())
            body.append([truth.value, share(row.compartment is truth for row in own), wrong or "·"])
    body.append(["all", share(row.compartment is row.true_compartment for row in rows), ""])
    return markdown_table(["truth", "right", "otherwise called"], body)


def _sins(rows: Sequence[SinsRow]) -> str:
    body = []
    for component in COMPONENTS:
        told = [right for row in rows if (right := row.is_right(component)) is not None]
        holds = [row.holds(component) for row in rows if component in row.truth]
        body.append([component.value, share(told), str(len(holds) - len(told)), share(holds)])
    return markdown_table(["component", "estimate right", "no estimate", "truth inside the range"], body)


def _levels(scores: BatteryScores) -> str:
    body = []
    for anchor in Anchor:
        own = [row for row in scores.levels if row.anchor is anchor]
        if own:
            bodies = sum(row.bodies for row in own)
            body.append(
                [anchor.value, str(len(own)), str(bodies), *(
                    str(sum(getattr(row, name) for row in own)) for name in ("right", "assumed", "sure_and_wrong")
                )]
            )  # fmt: skip
    return markdown_table(["anchor", "stretches", "bodies", "right", "assumed", "wrong and not assumed"], body)


def _negatives(scores: BatteryScores) -> str:
    rows = scores.negatives
    bone = sum(row.bone_lesion for row in rows)
    return (
        f"{len(rows)} phantoms, {bone} of them with a metastasis inside the body beside the narrow place (grade 0): "
        f"false grades {sum(row.false_grades for row in rows)}."
    )


def _misses(scores: BatteryScores) -> str:
    lines = [
        f"- grade case {row.number} ({row.level}, {row.placement.value}, {row.in_plane_mm} x {row.thickness_mm} mm, "
        f"{row.error.value if row.error else 'true masks'}): truth {row.truth}, reported {row.low.value} / "
        f"{row.point.value} / {row.high.value}"
        for row in (*scores.escc, *scores.errors)
        if (row.compartment is not None and not row.holds) or (row.answered and row.distance > 1)
    ]
    lines += [
        f"- compartment case {row.number} ({row.level}): {row.true_compartment.value} called {row.compartment}"
        for row in scores.compartments
        if row.compartment is not row.true_compartment
    ]
    lines += [
        f"- SINS case {row.number} ({row.name}, {row.modality}): {component.value} estimated "
        f"{row.lesion.sins.range_of(component).estimate}, built {row.truth[component].low}-{row.truth[component].high}"
        for row in scores.sins
        for component in COMPONENTS
        if row.is_right(component) is False or not row.holds(component)
    ]
    lines += [
        f"- level case {row.number} ({row.anchor.value}, {row.top}-{row.bottom}): {row.right} of {row.bodies} right, "
        f"{row.assumed} assumed, {row.sure_and_wrong} wrong and not assumed"
        for row in scores.levels
        if row.sure_and_wrong or (row.anchor is not Anchor.NONE and row.right < row.bodies)
    ]
    return "\n".join(lines) or "None."


def _sins_json(row: SinsRow) -> dict[str, object]:
    return {
        "number": row.number,
        "name": row.name,
        "modality": row.modality,
        "components": {
            component.value: {
                "true": [row.truth[component].low, row.truth[component].high] if component in row.truth else None,
                "found": asdict(row.lesion.sins.range_of(component)),
            }
            for component in COMPONENTS
        },
    }
