"""Device and training step -> what the step makes of it: arithmetic, the measured matrix rate, use of the card."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch.utils.flop_counter import FlopCounterMode

from spineseg.segmentation.device import fast_bfloat16

# Side of the square matrices: large enough to keep all units of a card busy, small enough for two cores [P].
_SIDES = {"cuda": 8192, "cpu": 1024}
_PRODUCTS = 8


def operations(step: Callable[[], object]) -> int:
    """Floating-point operations of a step, forward and backward, as PyTorch counts them in convolutions and products.

    A multiplication and an addition count as two; what else a step does is not counted.
    """
    with FlopCounterMode(display=False) as counter:
        step()
    return int(counter.get_total_flops())


def matrix_rate(device: torch.device) -> float:
    """Operations a second [1/s] that a large matrix product reaches here, in the precision that trainings use."""
    kind = precision(device)
    side = _SIDES[device.type]
    first, second = (torch.randn(side, side, device=device, dtype=kind) for _ in range(2))
    best = float("inf")
    for _ in range(_PRODUCTS):
        _finish(device)
        began = time.perf_counter()
        first @ second
        _finish(device)
        best = min(best, time.perf_counter() - began)
    return 2 * side**3 / best


def precision(device: torch.device) -> torch.dtype:
    """What the products of a training are computed in."""
    return torch.bfloat16 if fast_bfloat16(device) else torch.float32


def card_use(device: torch.device) -> float:
    """Share of the last sample period (about a second) in which the card computed; NaN on a CPU, or without NVML."""
    if device.type != "cuda":
        return float("nan")
    try:
        return torch.cuda.utilization(device) / 100
    except (ModuleNotFoundError, RuntimeError):  # nvidia-ml-py or the driver's library is not there
        return float("nan")


def _finish(device: torch.device) -> None:
    """Kernels of a card are only queued when a call returns."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
