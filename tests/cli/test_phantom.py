"""Tests of `spineseg phantom`."""

from __future__ import annotations

from pathlib import Path

import pytest

from spineseg.cli import main
from spineseg.errors import EXIT_DONE, EXIT_SETTINGS


def test_list_prints_one_name_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """The demo's case is among the names."""
    code = main(["phantom", "--list"])

    names = capsys.readouterr().out.split("\n")
    assert code == EXIT_DONE
    assert "escc-2-t7" in names
    assert all(" " not in name for name in names)


def test_an_unknown_case_is_refused_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A level below the conus has no ESCC case."""
    code = main(["phantom", str(tmp_path), "--case", "escc-2-l4"])

    assert code == EXIT_SETTINGS
    assert "escc-2-l4" in capsys.readouterr().err


def test_a_phantom_without_a_folder_says_how_to_call(capsys: pytest.CaptureFixture[str]) -> None:
    """The message holds a call that works."""
    code = main(["phantom"])

    assert code == EXIT_SETTINGS
    assert "--case" in capsys.readouterr().err
