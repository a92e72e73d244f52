"""Task -> results of one study: what a Dask worker runs; the networks stay loaded between studies."""

from __future__ import annotations

import json
import logging
import socket
import time
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from spineseg.domain.segmentation import Segmenter
from spineseg.errors import SpinesegError
from spineseg.service.supersede import supersede

Json = dict[str, Any]

SR_FILE = "report.sr.dcm"
NEVER_HELPS = (2, 3, 4, 5, 6)  # exit codes of errors that the same input gives again (errors.py)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One analysis, in plain values that travel.

    Parameters
    ----------
    study, out
        Folders; fsspec URLs where `staged`.
    lesions, clinical
        Files that a person gave, as `run` takes them; empty for none.
    previous
        SR that the new one supersedes; empty for none.
    staged
        Copy in from `study` and out to `out` by fsspec, for a worker that does not see the node's disk.
    """

    study: str
    out: str
    lesions: str = ""
    clinical: str = ""
    previous: str = ""
    model: str = ""
    device: str = "auto"
    segmenter: str = "bundle"
    staged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a task.

    Parameters
    ----------
    seconds : [s]
    stages : name -> [s]
    reason
        One line; empty where it went well.
    repeatable
        Whether another attempt may end otherwise.
    """

    seconds: float
    host: str
    stages: Mapping[str, float]
    reason: str = ""
    repeatable: bool = False


def analyse(task: Json) -> Json:
    """Run one task; every failure is an answer, so that a bad study never kills a worker.

    Parameters
    ----------
    task
        Fields of `Task`.

    Returns
    -------
    dict
        Fields of `Outcome`.
    """
    _be_quiet()
    start = time.perf_counter()
    try:
        stages = _run(Task(**task))
    except SpinesegError as error:
        return _failed(start, str(error), repeatable=error.exit_code not in NEVER_HELPS)
    except Exception as error:  # noqa: BLE001 (the worker's border)
        # The message may quote header values, which are patient data; the type and place do not.
        return _failed(start, f"internal error ({type(error).__name__} in {_place(error)})", repeatable=True)
    return asdict(Outcome(seconds=time.perf_counter() - start, host=socket.gethostname(), stages=stages))


@lru_cache(maxsize=1)
def make_segmenter(segmenter: str, model: str, device: str) -> Segmenter:
    """Segmenter of the settings; loaded once a worker.

    Raises
    ------
    BundleError
        The model is missing or wrong.
    SettingsError
        There is no such mask file.
    """
    kind, _, path = segmenter.partition(":")
    if kind == "masks":
        from spineseg.segmentation.foreign import MaskKind  # noqa: PLC0415 (each kind needs its own libraries)
        from spineseg.segmentation.masks import MaskSegmenter  # noqa: PLC0415

        program, _, file = path.partition(":")
        if program in set(MaskKind) and file:
            return MaskSegmenter(Path(file), MaskKind(program))
        return MaskSegmenter(Path(path))
    from spineseg.segmentation.inference import BundleSegmenter  # noqa: PLC0415 (torch takes seconds)

    return BundleSegmenter(Path(model) if model else None, device=device)


def _run(task: Task) -> Mapping[str, float]:
    if not task.staged:
        return _analyse_folder(task, Path(task.study), Path(task.out))
    import fsspec  # noqa: PLC0415 (only where storage is remote)

    with TemporaryDirectory(prefix="spineseg-") as name:
        source, target = Path(name, "study"), Path(name, "out")
        given = {
            key: _fetched(fsspec, getattr(task, key), Path(name, Path(getattr(task, key)).name))
            for key in ("lesions", "clinical", "previous")
        }
        files, root = fsspec.core.url_to_fs(task.study)
        source.mkdir()
        files.get(root.rstrip("/") + "/", f"{source}/", recursive=True)
        local = Task(**{**asdict(task), **given})
        stages = _analyse_folder(local, source, target)
        files, root = fsspec.core.url_to_fs(task.out)
        files.makedirs(root, exist_ok=True)
        files.put(f"{target}/", root.rstrip("/") + "/", recursive=True)
    return stages


def _fetched(fsspec: Any, url: str, path: Path) -> str:
    if not url:
        return ""
    files, name = fsspec.core.url_to_fs(url)
    files.get_file(name, str(path))
    return str(path)


def _analyse_folder(task: Task, study: Path, out: Path) -> Mapping[str, float]:
    from spineseg.pipeline import GivenFiles, run_study  # noqa: PLC0415 (the worker is imported by light commands)

    given = GivenFiles(
        lesions=Path(task.lesions) if task.lesions else None,
        clinical=Path(task.clinical) if task.clinical else None,
    )
    segmenter = make_segmenter(task.segmenter, task.model, task.device)
    out.mkdir(parents=True, exist_ok=True)
    run_study(study, out, segmenter, now=datetime.now().astimezone(), given=given)
    if task.previous:
        supersede(out / SR_FILE, Path(task.previous))
    log = json.loads((out / "run.json").read_text(encoding="utf-8"))
    return {stage["name"]: stage["seconds"] for stage in log["stages"]}


def _failed(start: float, reason: str, *, repeatable: bool) -> Json:
    return asdict(
        Outcome(
            seconds=time.perf_counter() - start,
            host=socket.gethostname(),
            stages={},
            reason=reason,
            repeatable=repeatable,
        )
    )


def _place(error: BaseException) -> str:
    """Module of ours in which it happened last."""
    place, trace = "a library", error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_globals.get("__name__", "")
        if name.startswith("spineseg."):
            place = f"{name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _be_quiet() -> None:
    """Libraries' warnings quote header values."""
    warnings.simplefilter("ignore")
    for name in ("pydicom", "highdicom", "root"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
