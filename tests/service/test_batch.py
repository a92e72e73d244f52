"""Tests of spineseg.service.batch and of the command: what is run, skipped and told."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from spineseg.cli import main
from spineseg.errors import InputError
from spineseg.service import batch
from spineseg.service.batch import is_done, study_folders
from spineseg.service.settings import WorkSettings
from spineseg.service.worker import Outcome, Task


class _Cluster:
    """A cluster in this process: every study but "bad" is done."""

    def __init__(self, settings: WorkSettings) -> None:
        self.running: tuple[int, ...] = ()
        self._outcomes: list[tuple[int, Outcome]] = []
        self.free = settings.workers

    def connect(self) -> bool:
        return True

    def submit(self, key: int, task: Task) -> None:
        out = Path(task.out)
        bad = out.name == "bad"
        if not bad:
            out.mkdir(parents=True)
            (out / "run.json").write_text(json.dumps({"outcome": "no_lesion_detected"}))
        reason = "no series can be used" if bad else ""
        self._outcomes.append((key, Outcome(seconds=1.0, host="x", stages={}, reason=reason)))
        self.running = (*self.running, key)

    def finished(self) -> Iterator[tuple[int, Outcome]]:
        self.running = ()
        while self._outcomes:
            yield self._outcomes.pop()

    def close(self) -> None:
        pass


@pytest.fixture
def studies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three studies."""
    monkeypatch.setattr(batch, "Cluster", _Cluster)
    for name in ("a", "b", "bad"):
        (tmp_path / "studies" / name).mkdir(parents=True)
        (tmp_path / "studies" / name / "1.dcm").write_bytes(b"x")
    return tmp_path / "studies"


def test_what_is_done_is_skipped(
    studies: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each study has its row; a second call runs only what failed, and the exit code says so."""
    monkeypatch.setenv("COLUMNS", "200")
    arguments = ["batch", str(studies), "-o", str(tmp_path / "out"), "--workers", "2"]

    first = main(arguments), capsys.readouterr().out
    second = main(arguments), capsys.readouterr().out

    assert first[0] == second[0] == 3
    assert "2 done, 0 skipped, 1 failed" in first[1]
    assert "no series can be used" in " ".join(first[1].split())
    assert "0 done, 2 skipped, 1 failed" in second[1]


def test_a_study_that_changed_is_not_done(studies: Path, tmp_path: Path) -> None:
    """Results older than a file of the study do not count."""
    out = tmp_path / "out"
    out.mkdir()
    assert not is_done(studies / "a", out)
    (out / "run.json").write_text("{}")
    assert is_done(studies / "a", out)
    os.utime(studies / "a" / "1.dcm", (2**33, 2**33))

    assert not is_done(studies / "a", out)


def test_a_batch_needs_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Studies lie in sub-folders; a wrong scheduler is refused by name."""
    with pytest.raises(InputError, match="no sub-folders"):
        study_folders(tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        study_folders(tmp_path / "none")

    assert main(["batch", str(tmp_path), "-o", str(tmp_path / "out"), "--scheduler", "http://x"]) == 2
    assert "scheduler" in capsys.readouterr().err
