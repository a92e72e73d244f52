"""Settings and sample source -> Estimate: memory, time, rate and waiting of a training, measured on a few steps."""

from __future__ import annotations

import math
import resource
import time
from collections.abc import Callable, Iterator, Sequence
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
from spineseg.segmentation.stream import Batch, SampleSource, batches
from spineseg.segmentation.throughput import card_use, matrix_rate, operations, precision

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
    precision
        What the network computes in.
    images_a_second
        Patches that a second of the training takes.
    operations_a_second, matrix_operations_a_second : [1/s]
        Of a step's convolutions, and of a large matrix product on the same device.
    card_use
        Share of the time in which the card computed; NaN on a CPU, or where the driver does not say.
    epoch_steps
        Steps in which as many samples of the data sets are drawn as they have training cases; 1000 without data.
    """

    device: str
    parameters: int
    step_s: float
    waiting: float
    memory_mb: float
    precision: str
    images_a_second: float
    operations_a_second: float
    matrix_operations_a_second: float
    card_use: float
    epoch_steps: int
    sets: Sequence[str]

    def lines(self) -> list[str]:
        """The estimate in words."""
        epoch = "an epoch of the data sets" if self.sets else "1000 steps"
        mine, matrix = self.operations_a_second / 1e12, self.matrix_operations_a_second / 1e12
        use = [] if math.isnan(self.card_use) else [f"card           computed {100 * self.card_use:.0f} % of the time"]
        return [
            f"device         {self.device}, {self.parameters / 1e6:.2f} million weights",
            f"step           {self.step_s:.2f} s, {100 * self.waiting:.0f} % of it waiting for examples",
            f"rate           {self.images_a_second:.2f} patches/s in {self.precision}",
            f"arithmetic     {mine:.3g} TFLOP/s, {100 * mine / matrix:.0f} % of a matrix product's {matrix:.3g} here",
            *use,
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
    device = choose_device(settings.device)
    network = to_device(build_network(settings.bundle), device)
    step = _stepper(settings, stage, network, batches(source, stage, settings, start=0, workers=workers))
    for _ in range(WARM_STEPS - 1):
        step()
    work = operations(step)
    began = time.perf_counter()
    waited = sum(step() for _ in range(STEPS))
    spent = time.perf_counter() - began
    use, memory_mb = card_use(device), _peak_mb(device)
    data = training_data(settings)
    return Estimate(
        device=str(device),
        parameters=sum(one.numel() for one in network.parameters()),
        step_s=spent / STEPS,
        waiting=waited / spent,
        memory_mb=memory_mb,
        precision=str(precision(device)).removeprefix("torch."),
        images_a_second=settings.batch * settings.accumulate * STEPS / spent,
        operations_a_second=work * STEPS / spent,
        matrix_operations_a_second=matrix_rate(device),
        card_use=use,
        epoch_steps=_epoch_steps(settings, sum(int(str(one["training_cases"])) for one in data)),
        sets=[f"{one['title']}: {one['training_cases']} training cases, {one['licence']}" for one in data],
    )


def _stepper(
    settings: StageSettings, stage: Stage, network: torch.nn.Module, stream: Iterator[Batch]
) -> Callable[[], float]:
    """One step of a training that is kept nowhere; gives the seconds that it waited for its examples."""
    torch.manual_seed(settings.seed)
    device = next(network.parameters()).device
    optimiser = torch.optim.AdamW(network.parameters(), settings.learning_rate, fused=True)
    run = Run(network, AveragedModel(network, multi_avg_fn=averager(settings.ema_decay)), optimiser, device)
    weights = torch.tensor(settings.weights_in_order(stage), device=device)

    def step() -> float:
        asked = time.perf_counter()
        parts = [next(stream) for _ in range(settings.accumulate)]
        waited = time.perf_counter() - asked
        take_step(run, network, parts, weights=weights, clip=settings.gradient_clip, ranks=ALONE)
        return waited

    return step


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
