"""Folder of studies -> folder of results, on Dask: what is done is skipped, every study ends in one line."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from spineseg.errors import InputError, SettingsError
from spineseg.service.cluster import LOST, Cluster
from spineseg.service.settings import WorkSettings
from spineseg.service.triage import triage
from spineseg.service.worker import Outcome, Task

_LOOK_EVERY_S = 0.2
_MOST_LOSSES = 3  # times that a study is submitted again after the scheduler went away [P]
_RUN_FILE = "run.json"  # written last: a folder that has it is done


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """What became of one study.

    Parameters
    ----------
    state
        "done", "skipped" (done before) or "failed".
    grade
        Approximate ESCC of the worst lesion; empty without one.
    seconds : [s]
        Of this run; None where it was skipped.
    """

    name: str
    state: str
    outcome: str = ""
    grade: str = ""
    seconds: float | None = None
    host: str = ""
    reason: str = ""


def study_folders(folder: Path) -> tuple[Path, ...]:
    """The studies of a batch: the sub-folders, one study each.

    Raises
    ------
    InputError
        There is none.
    """
    if not folder.is_dir():
        raise InputError("no such folder", str(folder), "check the path")
    found = tuple(sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")))
    if not found:
        raise InputError("the folder holds no sub-folders", str(folder), "give each study a folder of its own")
    return found


def is_done(study: Path, out: Path) -> bool:
    """Whether results are there and newer than every file of the study."""
    try:
        finished = (out / _RUN_FILE).stat().st_mtime_ns
    except OSError:
        return False
    return all(path.stat().st_mtime_ns <= finished for path in study.rglob("*") if path.is_file())


def run_batch(
    studies: Sequence[Path], out: Path, settings: WorkSettings, *, on_row: Callable[[BatchRow], None] = lambda _: None
) -> tuple[BatchRow, ...]:
    """Analyse every study into a folder of its name.

    Parameters
    ----------
    on_row
        Called as each study ends.

    Raises
    ------
    SettingsError
        There is no scheduler.
    """
    rows: dict[str, BatchRow] = {}

    def end(row: BatchRow) -> None:
        rows[row.name] = row
        on_row(row)

    waiting = []
    for study in studies:
        if is_done(study, out / study.name):
            end(_row(study, out, Outcome(seconds=0.0, host="", stages={}), skipped=True))
        else:
            waiting.append(study)
    if waiting:
        for study, outcome in _outcomes(waiting, out, settings):
            end(_row(study, out, outcome))
    return tuple(rows[study.name] for study in studies)


def _outcomes(studies: Sequence[Path], out: Path, settings: WorkSettings) -> Iterator[tuple[Path, Outcome]]:
    cluster = Cluster(settings)
    waiting = list(enumerate(studies))
    losses = dict.fromkeys(range(len(studies)), 0)
    try:
        while waiting or cluster.running:
            if waiting and cluster.free:
                if not cluster.connect():
                    raise SettingsError("no Dask scheduler answers", settings.scheduler, "check --scheduler")
                for number, study in waiting[: cluster.free]:
                    cluster.submit(number, _task(study, out / study.name, settings))
                waiting = waiting[len([one for one in waiting if one[0] in cluster.running]) :]
            for number, outcome in cluster.finished():
                losses[number] += outcome.reason == LOST
                if outcome.reason == LOST and losses[number] < _MOST_LOSSES:
                    waiting.append((number, studies[number]))
                else:
                    yield studies[number], outcome
            time.sleep(_LOOK_EVERY_S)
    finally:
        cluster.close()


def _task(study: Path, out: Path, settings: WorkSettings) -> Task:
    return Task(
        study=str(study.resolve()),
        out=str(out.resolve()),
        model="" if settings.model is None else str(settings.model.resolve()),
        device=settings.device,
        segmenter=settings.segmenter,
    )


def _row(study: Path, out: Path, outcome: Outcome, *, skipped: bool = False) -> BatchRow:
    if outcome.reason:
        return BatchRow(
            name=study.name, state="failed", reason=outcome.reason, seconds=outcome.seconds, host=outcome.host
        )
    found = triage(out / study.name)
    return BatchRow(
        name=study.name,
        state="skipped" if skipped else "done",
        outcome=found.outcome.replace("_", " "),
        grade=found.grade,
        seconds=None if skipped else outcome.seconds,
        host=outcome.host,
    )
