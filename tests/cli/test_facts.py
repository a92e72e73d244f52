from __future__ import annotations

from pathlib import Path

import pytest

from spineseg.cli import main
from spineseg.errors import EXIT_DONE, EXIT_SETTINGS


def test_the_form_is_a_file_that_says_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The template as it is printed is a valid file in which every fact is unknown."""
    assert main(["facts", "--template"]) == EXIT_DONE
    form = capsys.readouterr().out
    path = tmp_path / "facts.yaml"
    path.write_text(form, encoding="utf-8")

    assert main(["facts", "--check", str(path)]) == EXIT_DONE

    assert "clin.neuro_deficit: unknown" in form
    assert "# allowed: none, radicular, myelopathy, cauda_equina" in form
    assert capsys.readouterr().out.startswith("0 facts are known")


def test_a_filled_form_is_read_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was filled in is shown with its unit; what was not stays unknown."""
    path = tmp_path / "facts.yaml"
    path.write_text(
        "clin.age_years: 61\nclin.ambulatory: false\nclin.pain: [mechanical, radicular]\nclin.sphincter: unknown\n",
        encoding="utf-8",
    )

    main(["facts", "--check", str(path)])

    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == ["clin.age_years: 61 years", "clin.ambulatory: no", "clin.pain: mechanical, radicular"]
    assert lines[3].startswith("3 facts are known")


def test_a_wrong_form_is_refused_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt key is refused by line, with the nearest allowed one."""
    path = tmp_path / "facts.yaml"
    path.write_text("clin.age_years: 61\nclin.histolgy: renal\n", encoding="utf-8")

    assert main(["facts", "--check", str(path)]) == EXIT_SETTINGS

    error = capsys.readouterr().err
    assert "line 2" in error
    assert "clin.histology" in error
