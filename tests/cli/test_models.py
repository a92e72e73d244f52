from __future__ import annotations

from pathlib import Path

import pytest

from spineseg.cli import main
from tests.segmentation.conftest import REPOSITORY


def test_the_shipped_networks_are_listed_and_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """Both stand with version, hash and what they were trained on, and their weights are as the metadata say."""
    root = str(REPOSITORY / "models")

    assert main(["models", "list", "--model", root]) == 0
    assert main(["models", "verify", "--model", root]) == 0

    out = capsys.readouterr().out
    assert "anatomy" in out
    assert "lesions" in out
    assert out.count("as its metadata say") == 2
    assert "synthetic spines" in out


def test_export_then_import(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A shipped network travels as one file and is found by --model afterwards."""
    file = tmp_path / "anatomy.zip"

    assert main(["models", "export", str(REPOSITORY / "models" / "anatomy"), "-o", str(file)]) == 0
    assert main(["models", "import", str(file), "-o", str(tmp_path / "mine")]) == 0
    assert main(["models", "verify", "--model", str(tmp_path / "mine")]) == 0

    assert "SHA-256" in capsys.readouterr().out


def test_no_networks_end_with_code_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty folder of bundles is said in one line."""
    assert main(["models", "verify", "--model", str(tmp_path)]) == 4
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
