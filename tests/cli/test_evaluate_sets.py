from __future__ import annotations

from pathlib import Path

import pytest

from spineseg.cli import main
from tests.evaluation.labelled_images import labelled_images, masks_file


def test_a_set_is_scored_and_two_models_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Evaluate --data writes a card for each of two maskers, and compare says which is better."""
    labelled_images(tmp_path / "set", 1)
    for name, shift in (("a", 2), ("b", 0)):
        masks = f"masks:{masks_file(tmp_path, shift=shift)}"
        arguments = ["--data", str(tmp_path / "set"), "-o", str(tmp_path / name), "--segmenter", masks]
        assert main(["evaluate", *arguments]) == 0
    assert main(["evaluate", "compare", str(tmp_path / "a"), str(tmp_path / "b"), "-o", str(tmp_path / "c")]) == 0

    out = capsys.readouterr().out
    assert "vertebra CT" in out
    assert "1 / 0" in out, "the case is better with the second"
    assert (tmp_path / "a" / "dataset.html").is_file()


@pytest.mark.parametrize("arguments", [[], ["--data", "nowhere"], ["--data", "nowhere", "-o", "out"]], ids=len)
def test_what_is_missing_is_said(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No data, no target, no set: code 2 and one line."""
    monkeypatch.chdir(tmp_path)

    assert main(["evaluate", *arguments]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
