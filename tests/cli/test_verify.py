from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from spineseg.cli import main
from spineseg.domain.escc import EsccGrade
from spineseg.errors import EXIT_DONE, EXIT_INPUT, EXIT_SETTINGS
from spineseg.reporting.sr_header import read_header
from spineseg.reporting.sr_reader import read_findings

WHO = ("--observer", "DOE^JANE", "--organization", "Hospital")


@pytest.fixture
def own_report(report_file: Path, tmp_path: Path) -> Path:
    """A report alone in its folder."""
    return Path(shutil.copy(report_file, tmp_path))


def test_corrected_beside_the_report(own_report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A correction is a new file beside the report, and what was changed is told."""
    before = own_report.read_bytes()

    assert main(["verify", str(own_report), *WHO, "--set", "lesion=1", "escc=1c"]) == EXIT_DONE

    out = own_report.parent / "verified.sr.dcm"
    assert read_findings(out).lesions[0].escc.point is EsccGrade.G1C
    assert read_header(out).verified
    assert own_report.read_bytes() == before
    assert "lesion 1: escc corrected, was 2 (range 1c to 2)" in capsys.readouterr().out


def test_options_name_the_person(own_report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Options from the folder rest on the verified report: its grade, with the name of who verified it."""
    main(["verify", str(own_report), *WHO, "--set", "lesion=1", "escc=1a"])
    capsys.readouterr()

    assert main(["recommend", str(own_report.parent), "--json"]) == EXIT_DONE

    told = capsys.readouterr().out
    assert '"verified": true' in told
    assert '"verified_by": "DOE JANE"' in told


def test_nothing_verified_is_overwritten(own_report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A second verification gets its own name, and a name that is taken is refused."""
    for _ in range(2):
        assert main(["verify", str(own_report), *WHO]) == EXIT_DONE
    first = own_report.parent / "verified.sr.dcm"
    before = first.read_bytes()

    assert main(["verify", str(own_report), *WHO, "-o", str(first)]) == EXIT_SETTINGS
    assert first.read_bytes() == before
    assert (own_report.parent / "verified-2.sr.dcm").exists()
    assert "no report is ever overwritten" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [(["lesion=1", "escc=9"], "allowed: 0, 1a, 1b, 1c, 2, 3"), (["lesion=7", "escc=2"], "there is no lesion 7")],
)
def test_wrong_words(own_report: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str) -> None:
    """Wrong words end with exit code 2, one line that names the allowed ones, and no file."""
    assert main(["verify", str(own_report), *WHO, "--set", *words]) == EXIT_SETTINGS

    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
    assert [path.name for path in own_report.parent.iterdir()] == [own_report.name]


def test_not_a_report(tmp_path: Path) -> None:
    """A file that is no report is an input that cannot be used."""
    path = tmp_path / "x.dcm"
    path.write_text("text")

    assert main(["verify", str(path), *WHO]) == EXIT_INPUT
