"""State of a training -> what is done beside its steps: curves, held-out scores, checkpoints, the best weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from spineseg.segmentation.curves import Curves
from spineseg.segmentation.device import autocast, memory_format
from spineseg.segmentation.runstate import Run, save, write_state
from spineseg.segmentation.settings import StageSettings
from spineseg.segmentation.stepping import batch_loss
from spineseg.segmentation.stream import Batch

CHECKPOINT = "checkpoint.pt"
BEST = "best.pt"
SUMMARY = "summary"

FloatArray = NDArray[np.float64]
Score: TypeAlias = Callable[[torch.nn.Module], Mapping[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What the first process of a training does beside the steps.

    Parameters
    ----------
    validation, data_validation
        Held-out samples of the source, and patches of the validation cases of converted sets.
    weights : (C,)
        Of the classes.
    score
        Gives named scores on real images, among them `SUMMARY`; None for none.
    """

    settings: StageSettings
    out: Path
    curves: Curves
    validation: Sequence[Batch]
    data_validation: Sequence[Batch]
    weights: torch.Tensor
    score: Score | None

    def after_step(self, run: Run, waiting: float) -> None:
        """Write what is due at this step; `waiting` is the share of the time since the last row."""
        settings = self.settings
        if run.step % settings.log_every == 0:
            rate = run.optimiser.param_groups[0]["lr"]
            self.curves.write_row(run.step, run.seconds, rate, waiting)
        if run.step % settings.validate_every == 0:
            self._write_scores(run)
        if self.score is not None and run.step % settings.score_every == 0:
            _choose(run, self.score, self.curves, self.out)
        if run.step % settings.checkpoint_every == 0:
            save(run, self.out / CHECKPOINT)

    def after_all(self, run: Run) -> FloatArray:
        """Last score and checkpoint; returns the held-out Dice of each class: (C,)."""
        if self.score is not None and run.step % self.settings.score_every:
            _choose(run, self.score, self.curves, self.out)
        save(run, self.out / CHECKPOINT)
        return _validate(run, self.validation, len(self.weights))

    def _write_scores(self, run: Run) -> None:
        dice = _validate(run, self.validation, len(self.weights))
        data_loss = _data_loss(run, self.data_validation, self.weights)
        self.curves.write_scores(run.step, run.seconds, dice, data_loss)
        reached = -data_loss if self.data_validation else float(np.nanmean(dice[1:]))
        run.since_best = 0 if reached > run.best_validation else run.since_best + 1
        run.best_validation = max(run.best_validation, reached)


@torch.no_grad()
def _validate(run: Run, cases: Sequence[Batch], count: int) -> FloatArray:
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


@torch.no_grad()
def _data_loss(run: Run, cases: Sequence[Batch], weights: torch.Tensor) -> float:
    """Mean loss of the averaged weights on patches of real images; NaN without any."""
    if not cases:
        return math.nan
    run.average.eval()
    losses = []
    for image, target in cases:
        with autocast(run.device):
            logits = run.average(image.to(run.device).contiguous(memory_format=memory_format(run.device)))
        losses.append(float(batch_loss(logits, target.to(run.device), weights)[0]))
    return float(np.mean(losses))


def _choose(run: Run, score: Score, curves: Curves, out: Path) -> None:
    """Score the averaged weights on real images, and keep them where they are the best so far."""
    run.average.eval()
    scores = score(run.average.module)
    curves.write_real(run.step, run.seconds, scores)
    if scores[SUMMARY] > run.best:
        run.best = scores[SUMMARY]
        write_state({"average": run.average.state_dict(), "step": run.step, "scores": dict(scores)}, out / BEST)
