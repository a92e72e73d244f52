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


def test_series_of_phantoms_are_paired(tmp_path: Path) -> None:
    """A phantom card's structures are groups; what was measured nowhere has no row on the page."""
    for name, value in (("a", 0.5), ("b", 0.6)):
        series = [
            {"case": "escc", "seed": 500, "role": role, "dice": {"spinal_cord": value, "disc": None}}
            for role in ("sagittal_t2", "ct")
        ]
        (tmp_path / name).mkdir()
        (tmp_path / name / "scorecard.json").write_text(json.dumps({"segmenter": "b", "cases": 1, "series": series}))
    first, second = (read_card(tmp_path / name) for name in ("a", "b"))

    page = write_comparison(first, second, tmp_path).read_text()

    found = compare(first, second)["spinal_cord", "dice"]
    assert (found.better, found.worse) == (2, 0)
    assert found.difference.mean == pytest.approx(0.1)
    assert "disc" not in page
    assert "nan" not in page


def test_images_that_a_training_saw_have_rows_of_their_own() -> None:
    """A background case counts in a group of its own, never in that of the validation cases."""
    first, second = card(0.5, 0.5), card(0.6, 0.9)
    for one in (first, second):
        one["cases"][1]["role"] = "background"  # type: ignore[index]

    found = compare(first, second)

    assert found["cord", "dice"].difference.mean == pytest.approx(0.1)
    assert found["cord, background", "dice"].difference.mean == pytest.approx(0.4)
