"""Processes of `torchrun` -> Ranks: who computes which examples, means over all of them, and who writes."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from torch import distributed
from torch.nn.parallel import DistributedDataParallel


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranks:
    """Place of a process among those of one training; alone where there is no other.

    Parameters
    ----------
    rank
        Number of this process, from 0; the first one writes.
    world
        How many there are.
    local
        Number of this process on its machine: which of its GPUs is used.
    """

    rank: int = 0
    world: int = 1
    local: int = 0

    @property
    def is_first(self) -> bool:
        """Whether this process writes checkpoints and curves."""
        return self.rank == 0

    def wrap(self, network: torch.nn.Module) -> torch.nn.Module:
        """Network whose gradients are the means over all processes."""
        return network if self.world == 1 else DistributedDataParallel(network)

    def mean(self, values: torch.Tensor) -> torch.Tensor:
        """Mean over the processes that know a value; NaN where none does."""
        if self.world == 1:
            return values
        known = ~torch.isnan(values)
        both = torch.stack([torch.where(known, values, 0.0), known.to(values.dtype)])
        distributed.all_reduce(both)
        return both[0] / both[1]

    def agree(self, value: float) -> float:
        """Value of the first process: clocks differ, and all must stop at the same step."""
        if self.world == 1:
            return value
        shared = torch.tensor([value], dtype=torch.float64)
        distributed.broadcast(shared, 0)
        return float(shared)


ALONE = Ranks()


def join(rank: int, world: int, local: int) -> Ranks:
    """Meet the other processes at the address that torchrun has set; nothing to do where there is none."""
    if world == 1:
        return ALONE
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    distributed.init_process_group(backend, rank=rank, world_size=world)
    return Ranks(rank=rank, world=world, local=local)


def leave() -> None:
    """End the group; nothing to do where there is none."""
    if distributed.is_initialized():
        distributed.destroy_process_group()


def without_exchange(network: torch.nn.Module, *, is_last: bool) -> AbstractContextManager[object]:
    """Context of a backward pass whose gradients are only added up: all but the last of an accumulation."""
    if is_last or not isinstance(network, DistributedDataParallel):
        return nullcontext()
    context: AbstractContextManager[object] = network.no_sync()
    return context
