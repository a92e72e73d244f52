"""Tests of spineseg.cli.evaluate_lesions."""

from __future__ import annotations

from pathlib import Path

import pytest

from spineseg.cli import main


def test_the_command_scores_sixty_studies_and_prints_the_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--lesions` asks for 60 cases of the true anatomy, writes both files and prints the page."""
    asked: list[object] = []

    def evaluate(numbers: range, segmenter: object, out: Path, **_: object) -> tuple[()]:
        asked.extend([len(numbers), segmenter, out])
        return ()

    monkeypatch.setattr("spineseg.evaluation.drawn_lesions.evaluate_drawn", evaluate)
    code = main(["evaluate", "phantom", "--lesions", "--truth", "-o", str(tmp_path / "out")])

    assert code == 0
    assert asked == [60, None, tmp_path / "out"]
    assert "# Lesion masks given: 0 phantom studies" in capsys.readouterr().out
    assert (tmp_path / "out" / "lesions.json").is_file()
