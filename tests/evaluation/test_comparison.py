from __future__ import annotations

import json
from pathlib import Path

import pytest

from spineseg.errors import SettingsError
from spineseg.evaluation.comparison import compare, read_card, write_comparison


def card(*dice: float, hd95: float | None = None) -> dict[str, object]:
    """A score card with one cord a case."""
    cases = [
        {"name": f"c{n}", "scores": [{"group": "cord", "dice": value, "surface_dice": value, "hd95_mm": hd95}]}
        for n, value in enumerate(dice)
    ]
    return {"segmenter": "bundle", "version": "1", "weights_sha256": ["0123456789abcdef99"], "cases": cases}


def test_cases_are_paired_by_name() -> None:
    """The second card lacks the last case and has them all better: six pairs, all risen, p below 0.05."""
    first, second = card(*[0.5 + n / 50 for n in range(7)]), card(*[0.6 + n / 40 for n in range(6)])

    found = compare(first, second)["cord", "dice"]

    assert (found.better, found.worse) == (6, 0)
    assert found.p < 0.05
    assert found.first == pytest.approx(0.55)


def test_the_page_names_both_and_corrects_p(tmp_path: Path) -> None:
    """Weights of both stand on the page; p is corrected for the number of tests; unknown values stay unknown."""
    page = write_comparison(card(*[0.5] * 7), card(*[0.5 + n / 50 for n in range(1, 8)]), tmp_path).read_text()
    content = json.loads((tmp_path / "comparison.json").read_text())

    assert page.count("0123456789abcdef") == 2
    dice = next(one for one in content if one["measure"] == "dice")
    assert dice["p_corrected"] == pytest.approx(2 * dice["p"], abs=1e-3)
    assert next(one for one in content if one["measure"] == "hd95_mm")["p"] is None


def test_what_cannot_be_compared_is_said(tmp_path: Path) -> None:
    """Cards of other cases, and a folder without one."""
    other = card(0.5)
    other["cases"][0]["name"] = "else"  # type: ignore[index]
    with pytest.raises(SettingsError, match="share no case"):
        compare(card(0.5), other)
    with pytest.raises(SettingsError, match="no score card"):
        read_card(tmp_path)


def test_a_folder_or_a_file(tmp_path: Path) -> None:
    """The OUT folder of evaluate is enough."""
    (tmp_path / "dataset.json").write_text(json.dumps(card(0.5)))

    assert read_card(tmp_path) == read_card(tmp_path / "dataset.json") == card(0.5)
