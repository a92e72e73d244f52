"""Tests of spineseg.service.worker: one task, in this process."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from pydicom import dcmread

from spineseg.service.worker import Task, analyse, make_segmenter
from tests.reporting.samples import make_sample


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small MR series."""
    folder = tmp_path_factory.mktemp("worker") / "study"
    make_sample(folder, shape=(6, 72, 64))
    return folder


@pytest.fixture(scope="module")
def masks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Masks of nothing: a run is then over in a moment."""
    path = tmp_path_factory.mktemp("masks") / "empty.nii.gz"
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(np.zeros((4, 4, 4), np.uint8)), str(path))
    return path


def _task(study: Path, out: Path, masks: Path, **more: object) -> dict[str, object]:
    names = Task.__dataclass_fields__
    values = {"study": str(study), "out": str(out), "segmenter": f"masks:{masks}", **more}
    return {name: values.get(name, names[name].default) for name in names}


def test_a_study_is_analysed(study: Path, masks: Path, tmp_path: Path) -> None:
    """The results lie in the folder, the seconds of every stage come back, and the segmenter is kept."""
    outcome = analyse(_task(study, tmp_path, masks))

    assert outcome["reason"] == ""
    assert (tmp_path / "report.sr.dcm").is_file()
    assert {"load", "segment", "grade", "write"} <= set(outcome["stages"])
    assert make_segmenter(f"masks:{masks}", "", "auto") is make_segmenter(f"masks:{masks}", "", "auto")


def test_results_travel_by_url(study: Path, masks: Path, tmp_path: Path) -> None:
    """With staged storage the study is fetched and the results are put where the URL says."""
    urls = {"study": f"file://{study}", "out": f"file://{tmp_path}/away/out", "staged": True}

    outcome = analyse({**_task(study, tmp_path, masks), **urls})

    assert outcome["reason"] == ""
    assert dcmread(tmp_path / "away" / "out" / "report.sr.dcm").Modality == "SR"


def test_a_study_that_cannot_be_used_is_not_tried_again(masks: Path, tmp_path: Path) -> None:
    """Its own fault comes back in one line, marked as one that no repetition mends."""
    (tmp_path / "empty").mkdir()

    outcome = analyse(_task(tmp_path / "empty", tmp_path / "out", masks))

    assert "empty" in outcome["reason"]
    assert not outcome["repeatable"]


def test_a_defect_is_told_without_its_message(
    study: Path, masks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unforeseen error is repeatable and quotes nothing of the study."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("Doe^Jane")

    monkeypatch.setattr("spineseg.pipeline.run_study", fail)

    outcome = analyse(_task(study, tmp_path, masks))

    assert "RuntimeError in spineseg.service.worker" in outcome["reason"]
    assert "Doe" not in outcome["reason"]
    assert outcome["repeatable"]
