"""Conversion -> report.json and report.md: what is in the set, what was refused and why."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from spineseg.datasets.convert import Conversion
from spineseg.domain import labels
from spineseg.domain.dataset import NOT_KNOWN, Split
from spineseg.files import write_bytes

JSON_FILE = "report.json"
PAGE = "report.md"


def write_report(conversion: Conversion, out: Path) -> Path:
    """Write both files; returns the path of the page."""
    content = {
        "source": conversion.labelled.source.model_dump(),
        "cases": {split.value: len(conversion.labelled.of(split)) for split in Split},
        "torn_patients": list(conversion.torn),
        "labels": _label_counts(conversion),
        "records": [
            {"name": one.name, "patient": one.patient, "refused": list(one.refused), "notes": list(one.notes)}
            for one in conversion.records
        ],
    }
    write_bytes(out / JSON_FILE, (json.dumps(content, indent=2) + "\n").encode())
    page = out / PAGE
    write_bytes(page, markdown(conversion).encode())
    return page


def markdown(conversion: Conversion) -> str:
    """The report as a page."""
    labelled = conversion.labelled
    source = labelled.source
    counts = ", ".join(f"{len(labelled.of(split))} {split.value}" for split in Split)
    patients = len({case.patient for split in Split for case in labelled.of(split)})
    refused = [one for one in conversion.records if one.refused]
    parts = [
        f"# {source.title}: {sum(len(labelled.of(split)) for split in Split)} of {len(conversion.records)} cases",
        f"Licence: {source.licence}. Citation: {source.citation}." + (f" {source.remark}." if source.remark else ""),
        f"{counts}; {patients} patients, each in one split only.",
        _torn(conversion),
        "## Labels (cases that hold each)\n\n" + ", ".join(f"{k} {n}" for k, n in _label_counts(conversion).items()),
        "## Refused\n\n" + _lines([f"{one.name}: {'; '.join(one.refused)}" for one in refused]),
        "## Notes\n\n" + _lines([f"{words}: {count}" for words, count in _note_counts(conversion).items()]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _torn(conversion: Conversion) -> str:
    if not conversion.torn:
        return ""
    return (
        f"The set has {len(conversion.torn)} patients in several splits; they were put where they teach least: "
        f"{', '.join(conversion.torn)}."
    )


def _label_counts(conversion: Conversion) -> dict[str, int]:
    counts = Counter(value for one in conversion.records if not one.refused for value in one.values)
    return {_name(value): counts[value] for value in sorted(counts)}


def _name(value: int) -> str:
    return "not known" if value == NOT_KNOWN else labels.ANATOMY[value].name


def _note_counts(conversion: Conversion) -> Counter[str]:
    return Counter(note for one in conversion.records if not one.refused for note in one.notes)


def _lines(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines) or "None."
