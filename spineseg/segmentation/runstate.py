"""State of a training <-> checkpoint file, whole or none: all that is needed to go on as if it had never stopped."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch.optim.swa_utils import AveragedModel

from spineseg.errors import SettingsError


@dataclass(slots=True)
class Run:
    """What a checkpoint holds; changes with every step.

    Parameters
    ----------
    seconds
        Since the training began, breaks left out.
    best
        Best score on real images.
    best_validation, since_best
        Best held-out score, and the validations since it; decides when to stop early.
    pending
        Losses and Dice of the steps since the last row of the curves.
    """

    network: torch.nn.Module
    average: AveragedModel
    optimiser: torch.optim.Optimizer
    device: torch.device
    step: int = 0
    seconds: float = 0.0
    best: float = -math.inf
    best_validation: float = -math.inf
    since_best: int = 0
    pending: list[list[float]] = field(default_factory=list)


def averager(decay: float) -> Callable[[Sequence[torch.Tensor], Sequence[torch.Tensor], torch.Tensor | int], None]:
    """Moving average of the weights, in place."""

    @torch.no_grad()
    def update(averages: Sequence[torch.Tensor], values: Sequence[torch.Tensor], count: torch.Tensor | int) -> None:
        # The first steps are forgotten quickly: (n + 1) / (n + 20), as in the trial [P].
        kept = min(decay, (int(count) + 1) / (int(count) + 20))
        torch._foreach_lerp_(list(averages), list(values), 1 - kept)

    return update


def save(run: Run, path: Path) -> None:
    """Write a checkpoint."""
    state = {
        "network": run.network.state_dict(),
        "average": run.average.state_dict(),
        "optimiser": run.optimiser.state_dict(),
        "step": run.step,
        "seconds": run.seconds,
        "best": run.best,
        "best_validation": run.best_validation,
        "since_best": run.since_best,
        "pending": run.pending,
        "torch_rng": torch.get_rng_state(),
    }
    write_state(state, path)


def restore(run: Run, path: Path) -> None:
    """Go on from a checkpoint, in place; keys that older ones lack keep their defaults.

    Raises
    ------
    SettingsError
        There is none.
    """
    state = read_state(path)
    run.network.load_state_dict(state["network"])
    run.average.load_state_dict(state["average"])
    run.optimiser.load_state_dict(state["optimiser"])
    run.step, run.seconds = int(state["step"]), float(state["seconds"])
    run.best = float(state.get("best", -math.inf))
    run.best_validation = float(state.get("best_validation", -math.inf))
    run.since_best = int(state.get("since_best", 0))
    run.pending = list(state.get("pending", []))
    torch.set_rng_state(state["torch_rng"])


def write_state(state: dict[str, Any], path: Path) -> None:
    """Written beside and moved: a power cut leaves the old file or the new one.

    Raises
    ------
    SettingsError
        It cannot be written, as on a full disk.
    """
    beside = path.with_suffix(".tmp")
    try:
        torch.save(state, beside)
        os.replace(beside, path)
    except (OSError, RuntimeError) as error:  # PyTorch's writer turns a full disk into a RuntimeError
        beside.unlink(missing_ok=True)
        raise SettingsError(
            "the training's state cannot be written", str(path), "make room and go on with --resume"
        ) from error


def read_state(path: Path) -> dict[str, Any]:
    """Content of a checkpoint.

    Raises
    ------
    SettingsError
        There is none.
    """
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise SettingsError("no training to go on with", str(path), "train without --resume first") from error
    return state
