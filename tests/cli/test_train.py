"""Tests of `spineseg train` on the command line; the training itself is tested in tests/segmentation."""

from __future__ import annotations

from pathlib import Path

import pytest

from spineseg.cli import main
from spineseg.errors import EXIT_SETTINGS


def test_unknown_keys_of_the_settings_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped key is named; nothing is trained."""
    shipped = (Path(__file__).parents[2] / "configs" / "train.yaml").read_text()
    (tmp_path / "train.yaml").write_text(shipped.replace("learning_rate", "learning_rat"))

    code = main(["train", "--config", str(tmp_path / "train.yaml"), "--stage", "anatomy", "-o", str(tmp_path / "run")])

    assert code == EXIT_SETTINGS
    assert "learning_rat" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
