"""Examples -> one step of the optimiser: loss of each example, gradients added up over examples and processes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch

from spineseg.segmentation.device import autocast, memory_format
from spineseg.segmentation.loss import dice_cross_entropy
from spineseg.segmentation.parallel import Ranks, without_exchange
from spineseg.segmentation.partial_loss import partial_dice_cross_entropy
from spineseg.segmentation.runstate import Run
from spineseg.segmentation.stream import Batch


def take_step(
    run: Run, forward: torch.nn.Module, parts: Sequence[Batch], *, weights: torch.Tensor, clip: float, ranks: Ranks
) -> torch.Tensor:
    """Change the weights once.

    Parameters
    ----------
    forward
        The network, wrapped where there are several processes.
    parts
        Batches whose gradients are added up before the step.

    Returns
    -------
    (1 + C,)
        Mean loss, then the mean soft Dice of each class; NaN where a class did not occur.
    """
    run.network.train()
    run.optimiser.zero_grad(set_to_none=True)
    values = []
    for number, (image, target) in enumerate(parts, start=1):
        with without_exchange(forward, is_last=number == len(parts)):
            with autocast(run.device):
                moved = image.to(run.device, non_blocking=True).contiguous(memory_format=memory_format(run.device))
                logits = forward(moved)
            loss, dice = batch_loss(logits, target.to(run.device, non_blocking=True), weights)
            (loss / len(parts)).backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        values.append(torch.cat([loss.detach()[None], dice]))
    torch.nn.utils.clip_grad_norm_(run.network.parameters(), clip)
    run.optimiser.step()
    run.average.update_parameters(run.network)
    return ranks.mean(_mean(values).double().cpu())


def batch_loss(logits: torch.Tensor, target: torch.Tensor, weights: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean loss of the examples, so that a batch is worth the same cut in parts or spread over processes.

    Parameters
    ----------
    logits : (N, C, X, Y, Z)
    target : (N, X, Y, Z)
        uint8 class indices, or int32 sets of classes (`partial`).
    weights : (C,)

    Returns
    -------
    loss : ()
    dice : (C,)
        NaN where a class does not occur.
    """
    compute = partial_dice_cross_entropy if target.dtype == torch.int32 else dice_cross_entropy
    each = [compute(logits[n : n + 1], target[n : n + 1], weights) for n in range(len(logits))]
    if len(each) == 1:
        return each[0]
    return torch.stack([loss for loss, _ in each]).mean(), _mean(dice for _, dice in each)


def _mean(rows: Iterable[torch.Tensor]) -> torch.Tensor:
    return torch.stack(list(rows)).nanmean(dim=0)
