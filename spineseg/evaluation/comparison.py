"""Two score cards of the same cases -> what changed, with paired tests: comparison.json and .md."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from spineseg.errors import SettingsError
from spineseg.evaluation.bootstrap import PairedDifference, holm, paired_difference
from spineseg.evaluation.scorecard import json_bytes, markdown_table
from spineseg.files import write_bytes

_VALIDATION = "validation"
MEASURES = ("dice", "surface_dice", "hd95_mm")
_CARDS = ("dataset.json", "images.json", "scorecard.json")


def read_card(path: Path) -> dict[str, Any]:
    """Score card of a file, or of the folder that `evaluate` wrote; series of phantoms are cases.

    Raises
    ------
    SettingsError
        There is none, or it has no cases.
    """
    candidates = [path / name for name in _CARDS] if path.is_dir() else [path]
    file = next((one for one in candidates if one.is_file()), candidates[0])
    try:
        content = _with_cases(json.loads(file.read_text(encoding="utf-8")))
        content["cases"][0]["scores"]
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise SettingsError("no score card of cases here", str(path), "give an OUT folder of evaluate") from error
    return content


def compare(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[tuple[str, str], PairedDifference]:
    """Difference of each measure in each group, over the cases that stand in both.

    Raises
    ------
    SettingsError
        No case stands in both.
    """
    before, after = _by_case(first), _by_case(second)
    shared = [key for key in before if key in after]
    if not shared:
        raise SettingsError("the score cards share no case", "A B", "score both models on the same data")
    result = {}
    for group in dict.fromkeys(group for _, group in shared):
        keys = [key for key in shared if key[1] == group]
        for measure in MEASURES:
            result[group, measure] = paired_difference(
                [before[key][measure] for key in keys], [after[key][measure] for key in keys]
            )
    return result


def write_comparison(first: Mapping[str, Any], second: Mapping[str, Any], out: Path) -> Path:
    """Write both files; returns the path of the Markdown page."""
    differences = compare(first, second)
    corrected = holm([one.p for one in differences.values()])
    content = [
        {"group": group, "measure": measure, **asdict(one), "p_corrected": p}
        for ((group, measure), one), p in zip(differences.items(), corrected, strict=True)
    ]
    write_bytes(out / "comparison.json", json_bytes(content))
    rows = [
        [
            group, measure, _number(one.first), _number(one.second),
            f"{one.difference.mean:+.3f} ({one.difference.low:+.3f} to {one.difference.high:+.3f})",
            f"{one.better} / {one.worse}", _number(p),
        ]
        for ((group, measure), one), p in zip(differences.items(), corrected, strict=True)
        if one.difference.count
    ]  # fmt: skip
    header = ["group", "measure", "A", "B", "B - A (95 %)", "better / worse", "p (Wilcoxon, Holm)"]
    text = (
        f"# Comparison\n\nA: {_identity(first)}\n\nB: {_identity(second)}\n\n{markdown_table(header, rows)}\n\n"
        "Cases (series of a phantom study) are the unit; p is not given below six pairs. For HD95 less is better.\n"
    )
    page = out / "comparison.md"
    write_bytes(page, text.encode())
    return page


def _with_cases(content: dict[str, Any]) -> dict[str, Any]:
    """A phantom score card in the form of the others: each structure is a group."""
    if "series" not in content:
        return content
    cases = [
        {
            "name": f"{one['case']} {one['seed']} {one['role']}",
            "scores": [{"group": group, "dice": dice} for group, dice in one["dice"].items()],
        }
        for one in content["series"]
    ]
    return {**content, "cases": cases}


def _by_case(card: Mapping[str, Any]) -> dict[tuple[str, str], dict[str, float]]:
    """Mean of each measure by case and group; JSON has null for what is not known."""
    members: defaultdict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for case in card["cases"]:
        # A training of ours may have seen the images of another role: they never share a row with validation images.
        role = case.get("role", _VALIDATION)
        for score in case["scores"]:
            members[case["name"], score["group"] if role == _VALIDATION else f"{score['group']}, {role}"].append(score)
    return {key: {measure: _mean(scores, measure) for measure in MEASURES} for key, scores in members.items()}


def _mean(scores: list[Mapping[str, Any]], measure: str) -> float:
    known = [float(score[measure]) for score in scores if score.get(measure) is not None]
    return sum(known) / len(known) if known else math.nan


def _identity(card: Mapping[str, Any]) -> str:
    digests = ", ".join(str(one)[:16] for one in card.get("weights_sha256", []))
    return f"{card.get('segmenter', '')} {card.get('version', '')} {digests}".strip()


def _number(value: float) -> str:
    return "·" if math.isnan(value) else f"{value:.3f}"
