from __future__ import annotations

from pathlib import Path

import pytest

from spineseg.cli import main
from spineseg.domain.dataset import read_labelled_set
from tests.datasets import miniatures


def test_the_command_converts_and_can_go_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One command converts a set and says its licence; the second call finds everything done."""
    arguments = ["data", "spider", str(miniatures.spider(tmp_path / "src")), "-o", str(tmp_path / "out")]

    assert main(arguments) == 0
    first = capsys.readouterr().out
    assert main(arguments) == 0

    assert "3 of 3 cases converted, 0 of them earlier" in first
    assert "CC BY 4.0" in first
    assert "3 of them earlier" in capsys.readouterr().out
    assert len(read_labelled_set(tmp_path / "out").training) == 2


def test_the_layouts_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """--list names every layout with its licence."""
    assert main(["data", "--list"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 10
    assert any(line.startswith("verse ") and "CC BY-SA" in line for line in lines)


@pytest.mark.parametrize("arguments", [["data"], ["data", "spider"], ["data", "folder", ".", "-o", "out"]], ids=len)
def test_what_is_missing_is_said(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No source, no target, no description: code 2 and one line."""
    monkeypatch.chdir(tmp_path)

    assert main(arguments) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_target_inside_the_source_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The next run would take the converted images for images of the set."""
    source = miniatures.spider(tmp_path / "src")

    assert main(["data", "spider", str(source), "-o", str(source / "converted")]) == 2
    assert "inside its source" in capsys.readouterr().err
    assert not (source / "converted").exists()
