"""Tests of `spineseg evaluate`."""

from __future__ import annotations

from pathlib import Path

import pytest

from spineseg.cli import main
from spineseg.evaluation.phantoms import PhantomScores


def test_the_score_card_is_written_and_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """--truth scores the grading without a segmenter, on as many cases as asked."""
    asked: list[tuple[int, object]] = []

    def evaluate(count: int, segmenter: object, **_: object) -> PhantomScores:
        asked.append((count, segmenter))
        return PhantomScores(segmenter="truth", cases=count, series=(), lesions=(), false_lesions=0)

    monkeypatch.setattr("spineseg.evaluation.phantoms.evaluate_phantoms", evaluate)

    code = main(["evaluate", "phantom", "-o", str(tmp_path / "score"), "--cases", "3", "--truth"])

    assert code == 0
    assert asked == [(3, None)]
    assert "# Score card: 3 held-out phantom studies" in capsys.readouterr().out
    assert (tmp_path / "score" / "scorecard.json").is_file()
