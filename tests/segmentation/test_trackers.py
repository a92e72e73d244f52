from __future__ import annotations

import math
from pathlib import Path

import pytest

from spineseg.errors import SettingsError
from spineseg.segmentation import trackers
from spineseg.segmentation.trackers import make_trackers


def test_tensorboard_draws_what_is_known(tmp_path: Path) -> None:
    """A number lands in the event file, an unknown one does not."""
    pytest.importorskip("tensorboard", reason="spineseg[train] is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    (tracker,) = make_trackers(["tensorboard"], tmp_path, {"seed": 3}, step=0)
    tracker.log("training", {"loss": 0.5, "dice_disc": math.nan}, 10)
    tracker.close()

    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert [(event.step, event.value) for event in events.Scalars("training/loss")] == [(10, 0.5)]
    assert events.Tags()["scalars"] == ["training/loss"]


def test_mlflow_writes_a_local_folder_and_goes_on_in_it(tmp_path: Path) -> None:
    """Settings and numbers lie in the training's folder; a resumed training writes into the same run."""
    pytest.importorskip("mlflow", reason="spineseg[train] is not installed")

    for step in (0, 10):
        (tracker,) = make_trackers(["mlflow"], tmp_path, {"seed": 3}, step=step)
        tracker.log("training", {"loss": 0.5, "dice_disc": math.nan}, step)
        tracker.close()

    (metric,) = (tmp_path / "mlflow").rglob("metrics/training/loss")
    assert [line.split()[2] for line in metric.read_text().splitlines()] == ["0", "10"]
    assert next((tmp_path / "mlflow").rglob("params/seed")).read_text() == "3"


def test_a_missing_package_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra the error says what to install."""

    def absent(_: str) -> object:
        raise ImportError

    monkeypatch.setattr(trackers, "import_module", absent)

    with pytest.raises(SettingsError, match=r"spineseg\[train\]"):
        make_trackers(["tensorboard"], tmp_path, {}, step=0)
