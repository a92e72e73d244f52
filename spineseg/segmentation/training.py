"""Settings and sample source -> trained network: checkpoints, curves and, by `export_bundle`, a bundle's weights."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.optim.swa_utils import AveragedModel

from spineseg.errors import SettingsError
from spineseg.files import prepare_folder
from spineseg.segmentation.adoption import adopt, read_start
from spineseg.segmentation.bundle import build_network
from spineseg.segmentation.classes import Stage, class_names
from spineseg.segmentation.curves import Curves
from spineseg.segmentation.device import choose_device, keep_freed_memory, to_device
from spineseg.segmentation.parallel import ALONE, Ranks
from spineseg.segmentation.runstate import Run, averager, read_state, restore
from spineseg.segmentation.settings import StageSettings
from spineseg.segmentation.stepping import take_step
from spineseg.segmentation.stream import Batch, SampleSource, batches, held_out
from spineseg.segmentation.trackers import make_trackers
from spineseg.segmentation.watching import BEST, CHECKPOINT, SUMMARY, Score, Watch

logger = logging.getLogger(__name__)

__all__ = ["BEST", "CHECKPOINT", "SUMMARY", "Score", "TrainingResult", "averaged_weights", "train"]

# The learning rate never falls below this share of its peak. Proposal [P].
FLOOR = 0.01


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
    data_validation: SampleSource | None = None,
    ranks: Ranks = ALONE,
    stop_at_step: int | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> TrainingResult:
    """Train one network until its budget of minutes or steps is spent, or it gets no better (`patience`).

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
    data_validation
        Patches of the validation cases of converted sets; their loss decides when to stop early.
    ranks
        This process among those of the training; the first one writes.
    stop_at_step
        Stop early, as an interruption would; for tests and trials.
    clock : [s]

    Raises
    ------
    SettingsError
        `out` holds a training already and `resume` is not asked for, or nothing to resume; it cannot be written to.
    """
    prepare_folder(out)
    run = _start(settings, out / CHECKPOINT, resume=resume, device=_device(settings, ranks))
    weights = torch.tensor(settings.weights_in_order(stage), device=run.device)
    forward = ranks.wrap(run.network)
    start = run.step * settings.accumulate * settings.batch * ranks.world
    stream = batches(sample_source, stage, settings, start=start, workers=workers, ranks=ranks)
    watch = None
    if ranks.is_first:
        trackers = make_trackers(settings.trackers, out, settings.model_dump(mode="json"), step=run.step)
        watch = Watch(
            settings=settings,
            out=out,
            curves=Curves(
                out, class_names(stage), keep_until=run.step, pending=run.pending, trackers=trackers
            ),
            validation=held_out(sample_source, stage, settings),
            data_validation=[] if data_validation is None else held_out(data_validation, stage, settings),
            weights=weights,
            score=score,
        )  # fmt: skip
    _run_steps(
        run, forward, stream, watch, settings=settings, weights=weights, ranks=ranks, stop=stop_at_step, clock=clock
    )
    scores = np.full(len(weights), np.nan) if watch is None else watch.after_all(run)
    if watch is not None:
        watch.curves.close()
    named = dict(zip(class_names(stage), scores.tolist(), strict=True))
    return TrainingResult(checkpoint=out / CHECKPOINT, steps=run.step, seconds=run.seconds, dice=named)


def averaged_weights(checkpoint: Path) -> dict[str, torch.Tensor]:
    """Averaged weights of a checkpoint or of the best step, float32, under the network's own names.

    Raises
    ------
    SettingsError
        There is no checkpoint.
    """
    state: dict[str, torch.Tensor] = read_state(checkpoint)["average"]
    return {name.removeprefix("module."): value for name, value in state.items() if name.startswith("module.")}


def _run_steps(
    run: Run,
    forward: torch.nn.Module,
    stream: Iterator[Batch],
    watch: Watch | None,
    *,
    settings: StageSettings,
    weights: torch.Tensor,
    ranks: Ranks,
    stop: int | None,
    clock: Callable[[], float],
) -> None:
    """Steps until the budget is spent; all processes stop at the same one."""
    began = clock() - run.seconds
    waited, since = 0.0, time.perf_counter()
    while (progress := _progress(settings, run)) < 1.0 and run.step != stop and not _is_over(settings, run, ranks):
        _set_learning_rate(run.optimiser, _learning_rate(settings, run.step, progress))
        asked = time.perf_counter()
        parts = [next(stream) for _ in range(settings.accumulate)]
        waited += time.perf_counter() - asked
        values = take_step(run, forward, parts, weights=weights, clip=settings.gradient_clip, ranks=ranks).numpy()
        run.step += 1
        run.seconds = ranks.agree(clock() - began)
        if watch is None:
            continue
        watch.curves.add(float(values[0]), values[1:])
        row_is_due = run.step % settings.log_every == 0
        watch.after_step(run, waited / max(time.perf_counter() - since, 1e-9))
        if row_is_due:
            waited, since = 0.0, time.perf_counter()


def _is_over(settings: StageSettings, run: Run, ranks: Ranks) -> bool:
    """Whether the held-out score has not risen for `patience` validations; the first process knows."""
    if settings.patience is None:
        return False
    return ranks.agree(run.since_best) >= settings.patience


def _device(settings: StageSettings, ranks: Ranks) -> torch.device:
    device = choose_device(settings.device)
    if device.type != "cuda":
        return device
    own = torch.device("cuda", ranks.local)
    # Else every process would hold memory of the first card, too.
    torch.cuda.set_device(own)
    return own


def _start(settings: StageSettings, checkpoint: Path, *, resume: bool, device: torch.device) -> Run:
    if checkpoint.exists() and not resume:
        raise SettingsError(
            "the folder holds a training already", str(checkpoint.parent), "give --resume or another -o"
        )
    keep_freed_memory()
    torch.manual_seed(settings.seed)
    network = to_device(build_network(settings.bundle), device)
    optimiser = torch.optim.AdamW(
        network.parameters(), settings.learning_rate, weight_decay=settings.weight_decay, fused=True
    )
    if settings.start is not None and not resume:
        share = adopt(network, read_start(settings.start, checkpoint=CHECKPOINT))
        logger.info("%.0f %% of the weights are those of %s", 100 * share, settings.start)
    run = Run(network, AveragedModel(network, multi_avg_fn=averager(settings.ema_decay)), optimiser, device)
    if resume:
        restore(run, checkpoint)
    return run


def _progress(settings: StageSettings, run: Run) -> float:
    if settings.minutes is not None:
        return run.seconds / (60 * settings.minutes) if settings.minutes else 1.0
    return run.step / (settings.steps or 1)


def _learning_rate(settings: StageSettings, step: int, progress: float) -> float:
    """Linear warm-up, then half a cosine over the budget (Loshchilov and Hutter 2017, arXiv 1608.03983)."""
    warm = min(1.0, (step + 1) / max(1, settings.warmup_steps))
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
    return settings.learning_rate * warm * (FLOOR + (1 - FLOOR) * cosine)


def _set_learning_rate(optimiser: torch.optim.Optimizer, value: float) -> None:
    for group in optimiser.param_groups:
        group["lr"] = value
