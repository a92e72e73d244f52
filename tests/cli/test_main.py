"""Tests of spineseg.cli: usage, errors and exit codes of the contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from spineseg.cli import main
from spineseg.errors import EXIT_INPUT, EXIT_SETTINGS


def _one_line(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


@pytest.fixture
def masks(tmp_path: Path) -> str:
    """A segmenter option that needs no network; its path is never reached."""
    return f"masks:{tmp_path / 'none.nii.gz'}"


def test_an_empty_folder_ends_with_code_3_and_one_line(
    tmp_path: Path, masks: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty study folder is an input error, and no output folder is left."""
    study, out = tmp_path / "study", tmp_path / "out"
    study.mkdir()

    code = main(["run", str(study), "-o", str(out), "--segmenter", masks])

    assert code == EXIT_INPUT
    assert _one_line(capsys).startswith("spineseg: ")
    assert not out.exists()


def test_a_wrong_path_ends_with_code_3_and_names_it(
    tmp_path: Path, masks: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A study folder that does not exist is named in the message."""
    code = main(["run", str(tmp_path / "nowhere"), "-o", str(tmp_path / "out"), "--segmenter", masks])

    assert code == EXIT_INPUT
    assert "nowhere" in _one_line(capsys)


def test_a_folder_without_dicom_ends_with_code_3(
    tmp_path: Path, masks: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Text files alone are no study."""
    study = tmp_path / "study"
    study.mkdir()
    (study / "notes.txt").write_text("no images here")

    code = main(["run", str(study), "-o", str(tmp_path / "out"), "--segmenter", masks])

    assert code == EXIT_INPUT
    assert "DICOM" in _one_line(capsys)


def test_no_study_and_no_router_is_a_usage_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without STUDY and without a router's variables the message says how to call."""
    for name in ("MERCURE_IN_DIR", "HOLOSCAN_INPUT_PATH", "MONAI_INPUTPATH"):
        monkeypatch.delenv(name, raising=False)

    code = main(["run"])

    assert code == EXIT_SETTINGS
    assert "spineseg run STUDY -o OUT" in _one_line(capsys)


def test_an_unknown_segmenter_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped segmenter is refused by name."""
    code = main(["run", str(tmp_path), "-o", str(tmp_path / "out"), "--segmenter", "magic"])

    assert code == EXIT_SETTINGS
    assert "magic" in _one_line(capsys)


def test_an_unknown_command_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    """Usage errors of the parser carry the contract's code."""
    with pytest.raises(SystemExit) as stopped:
        main(["anaylse"])

    assert stopped.value.code == EXIT_SETTINGS
    assert "anaylse" in capsys.readouterr().err


def test_a_defect_of_ours_is_one_line_without_the_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unforeseen error ends with 70; its text, which may quote a header, is not printed."""

    def fail(_: object) -> int:
        raise ValueError("DOE^JANE")

    monkeypatch.setattr("spineseg.cli.info.run", fail)
    code = main(["info"])

    assert code == 70
    line = _one_line(capsys)
    assert "ValueError" in line
    assert "DOE" not in line
