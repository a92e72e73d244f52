"""Logits and target -> loss: weighted cross-entropy plus Dice, its gradient written out to spare memory passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

# A class of fewer voxels is left out of the Dice mean: its Dice is noise. Proposal [P].
PRESENT_VOXELS = 30
# An absent class costs at most this, and half of it when painted on so many voxels. Proposal [P].
ABSENT_WEIGHT = 0.1
ABSENT_HALF_VOXELS = 2000.0


def dice_cross_entropy(
    logits: torch.Tensor, target: torch.Tensor, weights: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Loss and the soft Dice of each class.

    Parameters
    ----------
    logits : (N, C, X, Y, Z)
    target : (N, X, Y, Z) uint8 or int64
        Class indices.
    weights : (C,) float32
        Weight of each class, in the cross-entropy and in the mean of the Dice.

    Returns
    -------
    loss : ()
        Cross-entropy, plus one minus the weighted mean Dice of the classes that are present, plus a small cost
        for voxels of classes that are absent.
    dice : (C,)
        NaN for the background and for absent classes; carries no gradient.

    References
    ----------
    Dice loss: Milletari et al. 2016, doi:10.1109/3DV.2016.79.
    """
    apply: Callable[..., tuple[torch.Tensor, torch.Tensor]] = _DiceCrossEntropy.apply
    return apply(logits, target, weights)


class _DiceCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *inputs: Any) -> Any:  # torch fixes this signature
        logits, target, weights = inputs
        probability = torch.softmax(_by_class(logits).float(), dim=0)
        labels = target.reshape(-1).long()
        at_label = probability.gather(0, labels[None])[0]
        voxel_weight = weights[labels] / weights[labels].sum()
        cross_entropy = -(voxel_weight * at_label.clamp_min(1e-7).log()).sum()

        dice, overlap_term, own_term, regional = _regional_terms(probability, at_label, labels, weights)
        # Softmax: dz_c = p_c (g_c - sum_k p_k g_k) with g_c = own_c + [y = c] overlap_c; cross-entropy: p - [y = c].
        label_term = at_label * overlap_term[labels]
        mean_term = own_term @ probability + label_term
        gradient = probability * (own_term[:, None] - (mean_term - voxel_weight))
        gradient.scatter_add_(0, labels[None], (label_term - voxel_weight)[None])
        ctx.save_for_backward(_like_logits(gradient, logits))
        ctx.mark_non_differentiable(dice)
        return cross_entropy + regional, dice

    @staticmethod
    def backward(ctx: Any, *upstream: Any) -> Any:  # torch fixes this signature
        (gradient,) = ctx.saved_tensors
        return gradient * upstream[0], None, None


def _by_class(logits: torch.Tensor) -> torch.Tensor:
    return logits.movedim(1, 0).reshape(logits.shape[1], -1)


def _like_logits(gradient: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
    moved = gradient.reshape(logits.shape[1], logits.shape[0], *logits.shape[2:]).movedim(0, 1)
    return moved.to(logits.dtype)


def _regional_terms(
    probability: torch.Tensor, at_label: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Dice per class, its derivative by p on and off the label, and the loss of Dice and absent classes."""
    count = probability.shape[0]
    predicted = probability.sum(1)
    actual = torch.bincount(labels, minlength=count).float()
    overlap = torch.bincount(labels, weights=at_label, minlength=count)
    present = actual >= PRESENT_VOXELS
    present[0] = False
    absent = ~present
    absent[0] = False
    denominator = predicted + actual + 1
    dice = (2 * overlap + 1) / denominator
    # A lesion is one of eight structures of a patch: unweighted, its Dice hardly counted (2026-11-22).
    share = weights / (weights * present).sum().clamp_min(torch.finfo(weights.dtype).tiny)
    absent_share = 1 / absent.sum().clamp_min(1)
    zero = torch.zeros_like(dice)
    overlap_term = torch.where(present, -2 / denominator * share, zero)
    painted = ABSENT_WEIGHT * ABSENT_HALF_VOXELS / (predicted + ABSENT_HALF_VOXELS) ** 2 * absent_share
    own_term = torch.where(present, dice / denominator * share, torch.where(absent, painted, zero))
    cost = torch.where(present, (1 - dice) * share, zero)
    cost = cost + torch.where(absent, ABSENT_WEIGHT * absent_share * predicted / (predicted + ABSENT_HALF_VOXELS), zero)
    return torch.where(present, dice, torch.nan), overlap_term, own_term, cost.sum()
