"""Tests of spineseg.runlog."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.findings import Findings
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.domain.study import Refusal, RefusedSeries, SeriesSelection, Study, UnreadableFile
from spineseg.runlog import RunLog

ALGORITHM = AlgorithmIdentity(name="spineseg", version="1", segmenter="bundle", weights_sha256=("ab", "cd"))


def _written(
    out: Path, *, quality: tuple[QualityNote, ...] = (), on_stage: list[str] | None = None
) -> dict[str, object]:
    stages: list[str] = [] if on_stage is None else on_stage
    log = RunLog(now=datetime(2026, 11, 22, tzinfo=UTC), on_stage=stages.append)
    with log.stage("discover"):
        pass
    log.algorithm = ALGORITHM
    refused = RefusedSeries(series_instance_uid="1.3", series_number=4, part=0, refusal=Refusal.LOCALIZER)
    unreadable = tuple(UnreadableFile(path=Path("DOE^JANE", name), reason="truncated") for name in ("a", "b"))
    path = log.write(
        out,
        study=Study(study_instance_uid="1.2", series=(), unreadable=unreadable),
        selection=SeriesSelection(chosen=(), refused=(refused,)),
        findings=Findings(study_instance_uid="1.2", levels=(), lesions=(), quality=quality, algorithm=ALGORITHM),
        files=(out / "report.html",),
    )
    content: dict[str, object] = json.loads(path.read_text())
    return content


def test_stages_are_announced_and_timed(tmp_path: Path) -> None:
    """Each stage is called out as it begins and stands in the file with seconds and memory."""
    announced: list[str] = []

    content = _written(tmp_path, on_stage=announced)

    assert announced == ["discover"]
    (stage,) = content["stages"]  # type: ignore[misc]  # JSON
    assert set(stage) == {"name", "seconds", "peak_memory_mb"}


def test_unreadable_files_are_counted_by_reason_and_never_named(tmp_path: Path) -> None:
    """A file name may hold a patient's name; only the reasons are written."""
    content = _written(tmp_path)

    assert content["input"]["unreadable"] == {"truncated": 2}  # type: ignore[index]  # JSON
    assert "DOE" not in (tmp_path / "run.json").read_text()


def test_the_weights_and_refusals_are_on_record(tmp_path: Path) -> None:
    """Two results of different weights can be told apart; every refused series has its reason."""
    content = _written(tmp_path)

    assert content["algorithm"]["weights_sha256"] == ["ab", "cd"]  # type: ignore[index,call-overload]  # JSON
    assert content["series"]["refused"][0]["reason"] == "localizer"  # type: ignore[index,call-overload]  # JSON


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (QualityCode.NO_SPINE_FOUND, "no_spine_found"),
        (QualityCode.NO_LESION_DETECTED, "no_lesion_detected"),
        (QualityCode.LESIONS_NOT_ASSESSED, "lesions_not_assessed"),
    ],
)
def test_nothing_found_is_not_nothing_looked_for(tmp_path: Path, code: QualityCode, outcome: str) -> None:
    """The outcome tells a spine without a detected lesion from one where lesions were not assessed."""
    content = _written(tmp_path, quality=(QualityNote(code=code),))

    assert content["outcome"] == outcome
