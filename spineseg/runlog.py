"""Stages as they run -> run.json: seconds, peak memory, series, identity and warnings; no patient data, no paths."""

from __future__ import annotations

import json
import platform
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from spineseg import __version__
from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.findings import Findings
from spineseg.domain.quality import QUALITY_TEXT, QualityCode
from spineseg.domain.study import ChosenSeries, RefusedSeries, SeriesSelection, Study
from spineseg.files import write_bytes
from spineseg.grading.followup import FollowUp
from spineseg.ingest.registration import SeriesPlace
from spineseg.segmentation.manual import DrawnLesions

RUN_FILE = "run.json"
SCHEMA_VERSION = 1


class RunLog:
    """Clock and memory of the stages of one run.

    Parameters
    ----------
    now
        Start of the run.
    on_stage
        Called with the name of each stage as it begins.

    Attributes
    ----------
    algorithm
        Who segments; set once the segmenter is there.
    """

    def __init__(self, *, now: datetime, on_stage: Callable[[str], None]) -> None:
        self._now = now
        self._on_stage = on_stage
        self._stages: list[dict[str, Any]] = []
        self.algorithm: AlgorithmIdentity | None = None
        self._given: dict[str, Any] = {"places": [], "lesions": {"origin": "automatic"}, "prior": None}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure one stage."""
        self._on_stage(name)
        start = time.perf_counter()
        yield
        self._stages.append(
            {"name": name, "seconds": round(time.perf_counter() - start, 3), "peak_memory_mb": peak_memory_mb()}
        )

    def note_places(self, places: Sequence[SeriesPlace], drawn: DrawnLesions | None) -> None:
        """Where each series lies in the common patient space, and whose lesions were graded."""
        self._given["places"] = [_place(one) for one in places]
        if drawn is not None:
            count = len(drawn.tracking_uids)
            self._given["lesions"] = {"origin": "manual", "sha256": drawn.sha256, "count": count}

    def note_prior(self, followed: FollowUp) -> None:
        """What the comparison with the prior study rests on."""
        self._given["prior"] = {
            "study_instance_uid": followed.findings.prior_study_instance_uid,
            "basis": followed.basis.value,
            "residual_mm": None if followed.residual_mm is None else round(followed.residual_mm, 2),
        }

    def write(
        self, out: Path, *, study: Study, selection: SeriesSelection, findings: Findings, files: tuple[Path, ...]
    ) -> Path:
        """Write run.json, whole or not at all."""
        content = {
            "schema_version": SCHEMA_VERSION,
            "started": self._now.isoformat(timespec="seconds"),
            "outcome": _outcome(findings),
            "study_instance_uid": study.study_instance_uid,
            "algorithm": {
                **(asdict(self.algorithm) if self.algorithm is not None else {}),
                "spineseg": __version__,
                "python": platform.python_version(),
            },
            "input": {
                "instances": sorted(
                    instance.sop_instance_uid for one in selection.chosen for instance in one.series.instances
                ),
                "unreadable": dict(Counter(one.reason for one in study.unreadable)),
            },
            "series": {
                "chosen": [_chosen(one) for one in selection.chosen],
                "refused": [_refused(one) for one in selection.refused],
            },
            **self._given,
            "stages": self._stages,
            "seconds": round(sum(stage["seconds"] for stage in self._stages), 3),
            "peak_memory_mb": peak_memory_mb(),
            "warnings": [
                {"code": note.code.value, "text": QUALITY_TEXT[note.code], "series": note.series_instance_uid}
                for note in findings.quality
            ],
            "files": [path.name for path in files],
        }
        path = out / RUN_FILE
        write_bytes(path, (json.dumps(content, indent=2) + "\n").encode())
        return path


def peak_memory_mb() -> float:
    """Largest resident memory of this process so far [MiB] (Linux reports KiB)."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def _outcome(findings: Findings) -> str:
    if findings.lesions:
        return "lesions_suspected"
    codes = {note.code for note in findings.quality}
    if QualityCode.NO_SPINE_FOUND in codes and not findings.levels:
        return "no_spine_found"
    return "no_lesion_detected" if QualityCode.NO_LESION_DETECTED in codes else "lesions_not_assessed"


def _chosen(one: ChosenSeries) -> dict[str, Any]:
    return {
        "series_instance_uid": one.series.series_instance_uid,
        "series_number": one.series.series_number,
        "part": one.series.part,
        "role": one.role.value,
        "score": round(one.score, 3),
        "reasons": list(one.reasons),
        "slices": one.series.number_of_slices,
    }


def _place(one: SeriesPlace) -> dict[str, Any]:
    return {
        "series_instance_uid": one.series_instance_uid,
        "basis": one.basis.value,
        "body_overlap": None if one.overlap is None else round(one.overlap, 3),
        "residual_mm": None if one.residual_mm is None else round(one.residual_mm, 2),
    }


def _refused(one: RefusedSeries) -> dict[str, Any]:
    return {
        "series_instance_uid": one.series_instance_uid,
        "series_number": one.series_number,
        "part": one.part,
        "reason": one.refusal.value,
        "detail": one.detail,
    }
