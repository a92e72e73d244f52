from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import torch

from spineseg.segmentation.augmentation import TrainingSample
from spineseg.segmentation.bundle import build_network
from spineseg.segmentation.classes import Stage, class_names
from spineseg.segmentation.curves import Curves
from spineseg.segmentation.runstate import Run, averager, read_state
from spineseg.segmentation.stream import held_out
from spineseg.segmentation.watching import BEST, CHECKPOINT, SUMMARY, Watch
from tests.segmentation.test_training import short


def test_the_best_weights_are_kept_not_the_last(
    tiny_bundle: Path, toy_source: Callable[[int], TrainingSample], tmp_path: Path
) -> None:
    """Scores 0.5, 0.9, 0.4 at three steps: the file holds the second; rows and checkpoint come when they are due."""
    settings = short(tiny_bundle, score_every=1, log_every=100, validate_every=100, checkpoint_every=2)
    values = iter((0.5, 0.9, 0.4))
    network = build_network(tiny_bundle)
    average = torch.optim.swa_utils.AveragedModel(network, multi_avg_fn=averager(0.9))
    run = Run(network, average, torch.optim.AdamW(network.parameters()), torch.device("cpu"))
    watch = Watch(
        settings=settings, out=tmp_path, curves=Curves(tmp_path, class_names(Stage.ANATOMY)),
        validation=held_out(toy_source, Stage.ANATOMY, settings), data_validation=[], weights=torch.ones(11),
        score=lambda _: {SUMMARY: next(values)},
    )  # fmt: skip

    for step in (1, 2, 3):
        run.step = step
        watch.after_step(run, math.nan)

    assert read_state(tmp_path / BEST)["step"] == 2
    assert read_state(tmp_path / CHECKPOINT)["step"] == 2
    assert len(watch.after_all(run)) == 11
    assert read_state(tmp_path / CHECKPOINT)["step"] == 3
