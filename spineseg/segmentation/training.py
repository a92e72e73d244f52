"""Settings and sample source -> trained network: checkpoints, curves and, by `export_bundle`, a bundle's weights."""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch.optim.swa_utils import AveragedModel

from spineseg.errors import SettingsError
from spineseg.segmentation.adoption import adopt, read_start
from spineseg.segmentation.bundle import build_network
from spineseg.segmentation.classes import Stage, class_names
from spineseg.segmentation.curves import Curves
from spineseg.segmentation.device import autocast, choose_device, keep_freed_memory, memory_format, to_device
from spineseg.segmentation.loss import dice_cross_entropy
from spineseg.segmentation.settings import StageSettings
from spineseg.segmentation.stream import Batch, SampleSource, batches, held_out

logger = logging.getLogger(__name__)

CHECKPOINT = "checkpoint.pt"
BEST = "best.pt"
SUMMARY = "summary"
# The learning rate never falls below this share of its peak. Proposal [P].
FLOOR = 0.01

FloatArray = NDArray[np.float64]
Score: TypeAlias = Callable[[torch.nn.Module], Mapping[str, float]]


@dataclass(slots=True)
class _Run:
    """What a checkpoint holds; changes with every step."""

    network: torch.nn.Module
    average: AveragedModel
    optimiser: torch.optim.Optimizer
    device: torch.device
    step: int = 0
    seconds: float = 0.0
    best: float = -math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingResult:
    """Where a training ended.

    Parameters
    ----------
    dice
        Held-out Dice by class of the averaged weights; NaN where the class does not occur.
    """

    checkpoint: Path
    steps: int
    seconds: float
    dice: dict[str, float]


def train(
    settings: StageSettings,
    sample_source: SampleSource,
    *,
    stage: Stage,
    out: Path,
    resume: bool = False,
    workers: int = 1,
    score: Score | None = None,
    stop_at_step: int | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> TrainingResult:
    """Train one network until its budget of minutes or steps is spent.

    Parameters
    ----------
    sample_source
        Seed to `TrainingSample`; must be picklable where `workers` is 1.
    out
        Folder for the checkpoint and the curves; made where missing.
    resume
        Go on from the checkpoint in `out`; with a budget of steps the result is the same as without the break.
    score
        Gives named scores of the averaged network on real images, among them `SUMMARY`; the weights of the best
        are kept beside the checkpoint.
    stop_at_step
        Stop early, as an interruption would; for tests and trials.
    clock : [s]

    Raises
    ------
    SettingsError
        `out` holds a training already and `resume` is not asked for, or nothing to resume.
    """
    out.mkdir(parents=True, exist_ok=True)
    run = _start(settings, out / CHECKPOINT, resume=resume)
    validation = held_out(sample_source, stage, settings)
    curves = Curves(out, class_names(stage), keep_until=run.step)
    weights = torch.tensor(settings.weights_in_order(stage), device=run.device)
    stream = batches(sample_source, stage, settings, start=run.step * settings.batch, workers=workers)
    began = clock() - run.seconds
    while (progress := _progress(settings, run)) < 1.0 and run.step != stop_at_step:
        _set_learning_rate(run.optimiser, _learning_rate(settings, run.step, progress))
        loss, dice = _step(run, next(stream), weights, settings.gradient_clip)
        run.step += 1
        run.seconds = clock() - began
        curves.add(loss, dice)
        if run.step % settings.log_every == 0:
            curves.write_row(run.step, run.seconds, run.optimiser.param_groups[0]["lr"])
        if run.step % settings.validate_every == 0:
            curves.write_scores(run.step, run.seconds, _validate(run, validation, len(weights)))
        if score is not None and run.step % settings.score_every == 0:
            _choose(run, score, curves, out)
        if run.step % settings.checkpoint_every == 0:
            _save(run, out / CHECKPOINT)
    if score is not None and run.step % settings.score_every:
        _choose(run, score, curves, out)
    _save(run, out / CHECKPOINT)
    scores = _validate(run, validation, len(weights))
    named = dict(zip(class_names(stage), scores.tolist(), strict=True))
    return TrainingResult(checkpoint=out / CHECKPOINT, steps=run.step, seconds=run.seconds, dice=named)


def averaged_weights(checkpoint: Path) -> dict[str, torch.Tensor]:
    """Averaged weights of a checkpoint or of the best step, float32, under the network's own names.

    Raises
    ------
    SettingsError
        There is no checkpoint.
    """
    state: dict[str, torch.Tensor] = _read(checkpoint)["average"]
    return {name.removeprefix("module."): value for name, value in state.items() if name.startswith("module.")}


def _start(settings: StageSettings, checkpoint: Path, *, resume: bool) -> _Run:
    if checkpoint.exists() and not resume:
        raise SettingsError(
            "the folder holds a training already", str(checkpoint.parent), "give --resume or another -o"
        )
    keep_freed_memory()
    torch.manual_seed(settings.seed)
    device = choose_device(settings.device)
    network = to_device(build_network(settings.bundle), device)
    optimiser = torch.optim.AdamW(
        network.parameters(), settings.learning_rate, weight_decay=settings.weight_decay, fused=True
    )
    if settings.start_from is not None and not resume:
        share = adopt(network, read_start(settings.start_from, checkpoint=CHECKPOINT))
        logger.info("%.0f %% of the weights are those of %s", 100 * share, settings.start_from)
    run = _Run(network, AveragedModel(network, multi_avg_fn=_averager(settings.ema_decay)), optimiser, device)
    if resume:
        _restore(run, checkpoint)
    return run


def _averager(decay: float) -> Callable[[Sequence[torch.Tensor], Sequence[torch.Tensor], torch.Tensor | int], None]:
    @torch.no_grad()
    def update(averages: Sequence[torch.Tensor], values: Sequence[torch.Tensor], count: torch.Tensor | int) -> None:
        # The first steps are forgotten quickly: (n + 1) / (n + 20), as in the trial [P].
        kept = min(decay, (int(count) + 1) / (int(count) + 20))
        torch._foreach_lerp_(list(averages), list(values), 1 - kept)

    return update


def _progress(settings: StageSettings, run: _Run) -> float:
    if settings.minutes is not None:
        return run.seconds / (60 * settings.minutes)
    return run.step / (settings.steps or 1)


def _learning_rate(settings: StageSettings, step: int, progress: float) -> float:
    """Linear warm-up, then half a cosine over the budget (Loshchilov and Hutter 2017, arXiv 1608.03983)."""
    warm = min(1.0, (step + 1) / max(1, settings.warmup_steps))
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
    return settings.learning_rate * warm * (FLOOR + (1 - FLOOR) * cosine)


def _set_learning_rate(optimiser: torch.optim.Optimizer, value: float) -> None:
    for group in optimiser.param_groups:
        group["lr"] = value


def _step(run: _Run, batch: Batch, weights: torch.Tensor, clip: float) -> tuple[float, FloatArray]:
    image, target = (part.to(run.device) for part in batch)
    run.network.train()
    run.optimiser.zero_grad(set_to_none=True)
    with autocast(run.device):
        logits = run.network(image.contiguous(memory_format=memory_format(run.device)))
    loss, dice = dice_cross_entropy(logits, target, weights)
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    torch.nn.utils.clip_grad_norm_(run.network.parameters(), clip)
    run.optimiser.step()
    run.average.update_parameters(run.network)
    return float(loss.detach()), dice.double().cpu().numpy()


@torch.no_grad()
def _validate(run: _Run, cases: Sequence[Batch], count: int) -> FloatArray:
    """Dice of each class over all cases together; NaN where a class neither occurs nor is found."""
    overlap, total = np.zeros(count), np.zeros(count)
    run.average.eval()
    for image, target in cases:
        with autocast(run.device):
            logits = run.average(image.to(run.device).contiguous(memory_format=memory_format(run.device)))
        found, truth = logits.argmax(1).cpu().numpy().ravel(), target.numpy().ravel()
        overlap += np.bincount(truth[found == truth], minlength=count)
        total += np.bincount(found, minlength=count) + np.bincount(truth, minlength=count)
    return np.where(total > 0, 2 * overlap / np.maximum(total, 1), np.nan)


def _choose(run: _Run, score: Score, curves: Curves, out: Path) -> None:
    """Score the averaged weights on real images, and keep them where they are the best so far."""
    run.average.eval()
    scores = score(run.average.module)
    curves.write_real(run.step, run.seconds, scores)
    if scores[SUMMARY] > run.best:
        run.best = scores[SUMMARY]
        _write({"average": run.average.state_dict(), "step": run.step, "scores": dict(scores)}, out / BEST)


def _save(run: _Run, path: Path) -> None:
    state = {
        "network": run.network.state_dict(),
        "average": run.average.state_dict(),
        "optimiser": run.optimiser.state_dict(),
        "step": run.step,
        "seconds": run.seconds,
        "best": run.best,
        "torch_rng": torch.get_rng_state(),
    }
    _write(state, path)


def _write(state: dict[str, Any], path: Path) -> None:
    # Written beside and moved: a power cut leaves the old file or the new one.
    beside = path.with_suffix(".tmp")
    torch.save(state, beside)
    os.replace(beside, path)


def _restore(run: _Run, path: Path) -> None:
    state = _read(path)
    run.network.load_state_dict(state["network"])
    run.average.load_state_dict(state["average"])
    run.optimiser.load_state_dict(state["optimiser"])
    run.step, run.seconds = int(state["step"]), float(state["seconds"])
    run.best = float(state.get("best", -math.inf))
    torch.set_rng_state(state["torch_rng"])


def _read(path: Path) -> dict[str, Any]:
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise SettingsError("no training to go on with", str(path), "train without --resume first") from error
    return state
