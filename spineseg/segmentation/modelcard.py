"""Bundle's metadata -> its model card: what it was trained on, under which licences, and what it scored."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spineseg.files import write_bytes
from spineseg.segmentation.metadata import METADATA, SPINESEG, read_metadata

CARD = Path("docs", "README.md")
_SECTION = "## Training data"
_SYNTHETIC, _MIXED = "Trained on synthetic spines only.", "Trained on synthetic spines and on real scans."
_NON_COMMERCIAL = ("NC", "non-commercial", "not for commercial")


def write_origin(bundle: Path) -> None:
    """State the data sets of a training in metadata.json and on the card; nothing changes where there were none.

    Raises
    ------
    BundleError
        The bundle has no readable metadata.
    """
    content = dict(read_metadata(bundle).content)
    sets = content[SPINESEG].get("training", {}).get("data", [])
    if not sets:
        return
    content["data_source"] = f"synthetic spines of spineseg.phantom, and {', '.join(one['title'] for one in sets)}"
    content["data_type"] = "synthetic and real"
    content["description"] = str(content.get("description", "")).replace(_SYNTHETIC, _MIXED)
    write_bytes(bundle / METADATA, (json.dumps(content, indent=2, allow_nan=False) + "\n").encode())
    write_training_section(bundle)


def write_training_section(bundle: Path) -> Path:
    """Replace the card's section on training data by what metadata.json says; returns the card's path.

    Raises
    ------
    BundleError
        The bundle has no readable metadata.
    """
    path = bundle / CARD
    text = path.read_text(encoding="utf-8") if path.is_file() else f"# {bundle.name}\n"
    head, found, rest = text.partition(_SECTION)
    after = rest[rest.index("\n## ") + 1 :] if found and "\n## " in rest else ""
    section = training_section(read_metadata(bundle).content[SPINESEG].get("training", {}))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, f"{head.rstrip()}\n\n{section}\n{after}".encode())
    return path


def training_section(training: Mapping[str, Any]) -> str:
    """Section on training data."""
    sets = training.get("data", [])
    lines = [_SECTION, "Synthetic spines of `spineseg.phantom`" + (", and:" if sets else " only.")]
    lines += [
        f"- {one['title']} ({one['training_cases']} training cases). Licence: {one['licence']}. "
        f"Citation: {one['citation']}." + (f" {one['remark'].capitalize()}." if one.get("remark") else "")
        for one in sets
    ]
    if sets:
        lines.append(f"\n{_terms(sets)}")
        lines.append(
            "Results and limits on this card, if any, were written for the weights that the training started from."
        )
    return "\n".join(lines) + "\n"


def card(bundle: Path, scores: Mapping[str, Any] | None = None) -> str:
    """Whole card of a bundle that has none of its own.

    Parameters
    ----------
    scores
        Content of a score card (`spineseg evaluate`): its `summary` is shown.
    """
    facts = read_metadata(bundle)
    training = facts.content[SPINESEG].get("training", {})
    dice = training.get("held_out_dice", {})
    parts = [
        f"# {facts.content.get('name', bundle.name)} {facts.version}",
        "Research use only. Not a medical device.",
        f"Weights: SHA-256 `{facts.weights_sha256}`; {training.get('steps', 'unknown')} steps.",
        training_section(training).rstrip(),
        "## Scores\n\nHeld-out Dice on synthetic spines: "
        + (", ".join(f"{name} {value}" for name, value in dice.items() if value is not None) or "not measured")
        + ".",
        "" if scores is None else f"```json\n{json.dumps(scores, indent=2)}\n```",
        "## Limits\n\nMeasured only on what stands above. No real spinal tumour with a mask was used.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _terms(sets: Sequence[Mapping[str, Any]]) -> str:
    restricted = [
        one["title"]
        for one in sets
        if any(word in f"{one['licence']} {one.get('remark', '')}" for word in _NON_COMMERCIAL)
    ]
    words = "The terms of these sets may apply to the weights; read them before passing the weights on."
    return words + (f" Not for commercial use: {', '.join(restricted)}." if restricted else "")
