"""Training on converted sets, and what a training survives: kill -9, accumulation, an early end."""

from __future__ import annotations

import csv
import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from spineseg.segmentation.augmentation import TrainingSample
from spineseg.segmentation.bundle import build_network
from spineseg.segmentation.classes import Stage
from spineseg.segmentation.curves import TRAINING_FILE, VALIDATION_FILE
from spineseg.segmentation.labelled_source import mixed_with_sets, validation_of_sets
from spineseg.segmentation.training import CHECKPOINT, averaged_weights, train
from tests.segmentation.conftest import draw_toy
from tests.segmentation.labelled_sets import labelled_set
from tests.segmentation.test_training import losses, run, short

Source = Callable[[int], TrainingSample]


def column(path: Path, name: str) -> list[str]:
    """Cells of one column."""
    with path.open(newline="") as file:
        return [row[name] for row in csv.DictReader(file)]


def _killed(bundle: Path, out: Path) -> None:
    torch.set_num_threads(1)

    def deadly(seed: int) -> TrainingSample:
        if seed >= 1002:  # the third sample: after the checkpoint of step 3, before the row of step 8
            os.kill(os.getpid(), signal.SIGKILL)
        return draw_toy(seed)

    train(short(bundle, log_every=4), deadly, stage=Stage.ANATOMY, out=out, workers=0)


def test_kill_9_and_resume_give_the_unbroken_curve(tiny_bundle: Path, toy_source: Source, tmp_path: Path) -> None:
    """Killed between two rows of the curve and resumed: the same rows and weights, bit for bit."""
    whole = run(short(tiny_bundle, log_every=4), toy_source, tmp_path / "whole")
    process = multiprocessing.get_context("fork").Process(target=_killed, args=(tiny_bundle, tmp_path / "killed"))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL

    resumed = run(short(tiny_bundle, log_every=4), toy_source, tmp_path / "killed", resume=True)

    assert losses(tmp_path / "killed") == losses(tmp_path / "whole")
    first, second = averaged_weights(whole.checkpoint), averaged_weights(resumed.checkpoint)
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_accumulation_is_a_larger_batch(tiny_bundle: Path, toy_source: Source, tmp_path: Path) -> None:
    """Two batches of one a step learn as one batch of two."""
    run(short(tiny_bundle, accumulate=2), toy_source, tmp_path / "parts")
    run(short(tiny_bundle, batch=2), toy_source, tmp_path / "whole")

    parts, whole = ([float(row.split()[1]) for row in losses(tmp_path / name)] for name in ("parts", "whole"))
    assert parts == pytest.approx(whole, abs=1e-4)


def test_a_training_that_gets_no_better_ends(tiny_bundle: Path, toy_source: Source, tmp_path: Path) -> None:
    """With next to no learning rate the second validation is no better, and patience 1 ends it there."""
    settings = short(tiny_bundle, steps=40, learning_rate=1e-12, weight_decay=0.0, patience=1, checkpoint_every=100)

    result = run(settings, toy_source, tmp_path)

    assert result.steps == 8
    assert (tmp_path / CHECKPOINT).is_file()


def test_real_and_drawn_samples_are_mixed(tiny_bundle: Path, toy_source: Source, tmp_path: Path) -> None:
    """Half of the samples from a partly labelled set: the loss is finite, its validation cases are scored apart."""
    folder = labelled_set(tmp_path / "set")
    settings = short(tiny_bundle, data=[{"folder": folder}], spacing_mm=2.0, batch=2)

    run(settings, mixed_with_sets(toy_source, settings), tmp_path / "out", data_validation=validation_of_sets(settings))

    assert all(0 < float(loss) < 10 for loss in column(tmp_path / "out" / TRAINING_FILE, "loss"))
    assert all(0 < float(loss) < 10 for loss in column(tmp_path / "out" / VALIDATION_FILE, "data_loss"))


def test_a_set_without_cord_labels_keeps_the_cord(tiny_bundle: Path, tmp_path: Path) -> None:
    """Trained on vertebrae alone from a network that paints cord everywhere else: it goes on painting it."""
    folder = labelled_set(tmp_path / "set")
    network = build_network(tiny_bundle)
    with torch.no_grad():
        biases = [one for name, one in network.named_parameters() if name.endswith("bias") and len(one) == 11]
        for bias in biases:
            bias[4] += 4.0  # spinal cord
    start = tmp_path / "start"
    start.mkdir()
    torch.save(
        {"average": {f"module.{name}": value for name, value in network.state_dict().items()}}, start / CHECKPOINT
    )
    settings = short(
        tiny_bundle, data=[{"folder": folder}], spacing_mm=2.0, steps=20, phantom_weight=1e-9, start_from=start,
        learning_rate=1e-2, warmup_steps=1, ema_decay=0.0, validate_every=100,
    )  # fmt: skip

    result = run(settings, mixed_with_sets(draw_toy, settings), tmp_path / "out")

    trained = build_network(tiny_bundle).eval()
    trained.load_state_dict(averaged_weights(result.checkpoint))
    with torch.no_grad():
        classes = trained(torch.full((1, 1, 16, 16, 16), -0.9)).argmax(1)
    assert (classes == 4).float().mean() > 0.5


def test_waiting_is_written_beside_the_loss(tiny_bundle: Path, toy_source: Source, tmp_path: Path) -> None:
    """Each row says which share of its time went into waiting for examples."""
    run(short(tiny_bundle), toy_source, tmp_path)

    assert all(0 <= float(share) <= 1 for share in column(tmp_path / TRAINING_FILE, "waiting"))


def test_trackers_see_the_curves(tiny_bundle: Path, toy_source: Source, tmp_path: Path) -> None:
    """TensorBoard's folder appears in the training's own."""
    pytest.importorskip("tensorboard", reason="spineseg[train] is not installed")

    run(short(tiny_bundle, trackers=["tensorboard"]), toy_source, tmp_path)

    assert any((tmp_path / "tensorboard").iterdir())
