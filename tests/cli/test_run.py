"""Tests of `spineseg run`: its table and its folders."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from spineseg.cli import main
from spineseg.cli import run as command
from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.escc import EsccGrade, EsccResult
from spineseg.domain.findings import (
    Change,
    Compartment,
    Findings,
    LesionFinding,
    LesionOrigin,
    PriorComparison,
    VanishedLesion,
)
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.domain.sins import SinsScore
from spineseg.domain.study import SeriesSelection
from spineseg.pipeline import GivenFiles, RunResult


def _result(out: Path) -> RunResult:
    lesion = LesionFinding(
        number=1,
        tracking_uid="1.2",
        series_instance_uid="1.3",
        origin=LesionOrigin.AUTOMATIC,
        levels=("T7", "T8"),
        compartment=Compartment.INTRADURAL_EXTRAMEDULLARY,
        compartment_fractions=None,
        volume_mm3=2345.0,
        max_diameter_mm=20.0,
        escc=EsccResult(low=EsccGrade.G1C, point=EsccGrade.G2, high=EsccGrade.G3),
        sins=SinsScore(components={}),
    )
    return RunResult(
        findings=Findings(
            study_instance_uid="1.1",
            levels=(),
            lesions=(lesion,),
            quality=(QualityNote(code=QualityCode.PARTIAL_COVERAGE, series_instance_uid="1.3"),),
            algorithm=AlgorithmIdentity(name="spineseg", version="0", segmenter="test"),
        ),
        selection=SeriesSelection(chosen=(), refused=()),
        files=(out / "report.sr.dcm", out / "report.html"),
    )


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, Path]]:
    """Folders that the pipeline is called with, instead of analysing them."""
    folders: list[tuple[Path, Path]] = []

    def run_study(study: Path, out: Path, *_: object, **__: object) -> RunResult:
        folders.append((study, out))
        return _result(out)

    monkeypatch.setattr("spineseg.pipeline.run_study", run_study)
    return folders


def test_the_table_shows_level_compartment_range_volume_and_files(
    tmp_path: Path, calls: list[tuple[Path, Path]], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One row a lesion, the doubts in words, the files and the page's path."""
    monkeypatch.setenv("COLUMNS", "160")

    code = main(["run", str(tmp_path / "study"), "-o", str(tmp_path / "out")])

    printed = capsys.readouterr().out
    assert code == 0
    assert calls == [(tmp_path / "study", tmp_path / "out")]
    assert "T7, T8" in printed
    assert "intradural extramedullary" in printed
    assert "2 (1c to 3)" in printed
    assert "2.3 mL" in printed
    assert "cuts through a lesion" in printed
    assert str(tmp_path / "out" / "report.html") in printed


def test_a_routers_variables_name_the_folders(
    tmp_path: Path, calls: list[tuple[Path, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mercure and MONAI Deploy give no arguments."""
    monkeypatch.setenv(command.INPUT_VARIABLES[0], str(tmp_path / "in"))
    monkeypatch.setenv(command.OUTPUT_VARIABLES[0], str(tmp_path / "out"))

    assert main(["run"]) == 0

    assert calls == [(tmp_path / "in", tmp_path / "out")]


def test_given_files_reach_the_run_and_changes_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--lesions` and `--prior` are handed over; change with its doubt and vanished lesions are printed."""
    asked: list[object] = []

    def run_study(_study: Path, out: Path, *_: object, given: GivenFiles, **__: object) -> RunResult:
        asked.append(given)
        result = _result(out)
        prior = PriorComparison(change=Change.GROWN, volume_change_pct=41.6, volume_doubt_pct=18.2)
        lesion = replace(result.findings.lesions[0], origin=LesionOrigin.MANUAL, prior=prior)
        gone = VanishedLesion(tracking_uid="1.9", levels=("L2",), prior_volume_mm3=500.0)
        return replace(
            result,
            findings=replace(result.findings, lesions=(lesion,), prior_study_instance_uid="1.0", vanished=(gone,)),
        )

    monkeypatch.setattr("spineseg.pipeline.run_study", run_study)
    monkeypatch.setenv("COLUMNS", "160")

    code = main(["run", str(tmp_path), "-o", str(tmp_path / "out"), "--lesions", "drawn.nrrd", "--prior", "former"])

    printed = capsys.readouterr().out
    assert code == 0
    assert asked == [GivenFiles(lesions=Path("drawn.nrrd"), prior=Path("former"))]
    assert "Lesions drawn by a person" in printed
    assert "grown (+42 % ± 18 %)" in printed
    assert "prior study at L2" in printed
