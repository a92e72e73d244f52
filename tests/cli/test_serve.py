"""Tests of `spineseg serve`: the help, the check of the settings, and what a missing extra says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from spineseg.cli import main
from spineseg.cli.serve import missing_extra

ROOT = Path(__file__).resolve().parents[2]


def test_help_loads_nothing_heavy() -> None:
    """The help of serve and batch comes without the service's libraries."""
    for command in ("serve", "batch"):
        result = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "spineseg", command, "--help"],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        loaded = {line.rsplit("|", 1)[1].strip().split(".")[0] for line in result.stderr.splitlines() if "|" in line}
        assert result.returncode == 0
        assert not loaded & {"torch", "highdicom", "sqlalchemy", "distributed", "pynetdicom", "fastapi", "requests"}


def test_settings_can_be_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--check says that the settings are right, or names what is wrong; nothing is started."""
    assert main(["serve", "--config", str(ROOT / "configs" / "node.toml"), "--check"]) == 0
    wrong = tmp_path / "node.toml"
    wrong.write_text('[storage]\nfolder = "x"\nfolderr = "y"\n')

    assert main(["serve", "--config", str(wrong), "--check"]) == 2
    assert "storage.folderr" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [wrong]


def test_a_missing_extra_is_named() -> None:
    """Without the extra one line says what to install."""
    error = missing_extra(ModuleNotFoundError("No module named 'sqlalchemy'", name="sqlalchemy"))

    assert str(error) == "sqlalchemy is not installed; pip install 'spineseg[service]'"
