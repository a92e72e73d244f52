"""Settings and sample source -> Estimate: memory, seconds a step and waiting, measured on a few steps."""

from __future__ import annotations

import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.optim.swa_utils import AveragedModel

from spineseg.segmentation.bundle import build_network
from spineseg.segmentation.classes import Stage
from spineseg.segmentation.device import choose_device, keep_freed_memory, to_device
from spineseg.segmentation.labelled_source import training_data
from spineseg.segmentation.parallel import ALONE
from spineseg.segmentation.runstate import Run, averager
from spineseg.segmentation.settings import StageSettings
from spineseg.segmentation.stepping import take_step
from spineseg.segmentation.stream import SampleSource, batches

WARM_STEPS = 2  # fill caches and choose kernels; not counted
STEPS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a training will take on this machine.

    Parameters
    ----------
    waiting
        Share of the time spent waiting for examples; the first phantoms of a training come more slowly than later ones.
    memory_mb
        Peak of the process, or of the card where there is one.
    epoch_steps
        Steps in which as many samples of the data sets are drawn as they have training cases; 1000 without data.
    """

    device: str
    parameters: int
    step_s: float
    waiting: float
    memory_mb: float
    epoch_steps: int
    sets: Sequence[str]

    def lines(self) -> list[str]:
        """The estimate in words."""
        epoch = "an epoch of the data sets" if self.sets else "1000 steps"
        return [
            f"device         {self.device}, {self.parameters / 1e6:.2f} million weights",
            f"step           {self.step_s:.2f} s, {100 * self.waiting:.0f} % of it waiting for examples",
            f"peak memory    {self.memory_mb:.0f} MB",
            f"{epoch}: {self.epoch_steps} steps, {self.epoch_steps * self.step_s / 60:.1f} minutes",
            *(f"data           {one}" for one in self.sets),
        ]


def estimate(settings: StageSettings, source: SampleSource, stage: Stage, *, workers: int = 1) -> Estimate:
    """Run a few steps and forget them.

    Raises
    ------
    SettingsError
        A data set of the settings cannot be used.
    """
    keep_freed_memory()
    torch.manual_seed(settings.seed)
    device = choose_device(settings.device)
    network = to_device(build_network(settings.bundle), device)
    optimiser = torch.optim.AdamW(network.parameters(), settings.learning_rate, fused=True)
    run = Run(network, AveragedModel(network, multi_avg_fn=averager(settings.ema_decay)), optimiser, device)
    weights = torch.tensor(settings.weights_in_order(stage), device=device)
    stream = batches(source, stage, settings, start=0, workers=workers)
    waited, began = 0.0, time.perf_counter()
    for number in range(WARM_STEPS + STEPS):
        if number == WARM_STEPS:
            waited, began = 0.0, time.perf_counter()
        asked = time.perf_counter()
        parts = [next(stream) for _ in range(settings.accumulate)]
        waited += time.perf_counter() - asked
        take_step(run, network, parts, weights=weights, clip=settings.gradient_clip, ranks=ALONE)
    spent = time.perf_counter() - began
    data = training_data(settings)
    return Estimate(
        device=str(device),
        parameters=sum(one.numel() for one in network.parameters()),
        step_s=spent / STEPS,
        waiting=waited / spent,
        memory_mb=_peak_mb(device),
        epoch_steps=_epoch_steps(settings, sum(int(str(one["training_cases"])) for one in data)),
        sets=[f"{one['title']}: {one['training_cases']} training cases, {one['licence']}" for one in data],
    )


def _peak_mb(device: torch.device) -> float:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3  # Linux counts in KiB


def _epoch_steps(settings: StageSettings, cases: int) -> int:
    if not cases:
        return 1000
    real = sum(one.weight for one in settings.data)
    drawn_a_step = settings.batch * settings.accumulate / settings.reuse * real / (real + settings.phantom_weight)
    return max(1, round(cases / drawn_a_step))
