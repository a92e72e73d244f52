"""Logits and sets of allowed classes -> loss: cross-entropy and Dice of what is known, nothing of what is not."""

from __future__ import annotations

import torch

from spineseg.segmentation.loss import ABSENT_HALF_VOXELS, ABSENT_WEIGHT, PRESENT_VOXELS


def partial_dice_cross_entropy(
    logits: torch.Tensor, allowed: torch.Tensor, weights: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Loss and the soft Dice of each class; with one class a voxel, those of `loss.dice_cross_entropy`.

    The probability of a set is the sum over its classes : a voxel of a whole vertebra is
    right as body and as arch, and an unlabelled voxel is right as anything that is not labelled.

    Parameters
    ----------
    logits : (N, C, X, Y, Z)
    allowed : (N, X, Y, Z) int32
        Bit k: the voxel may be of class k.
    weights : (C,) float32
        Weight of each class, in the cross-entropy and in the mean of the Dice; a set has that of its first class,
        the set of all classes none.

    Returns
    -------
    loss : ()
    dice : (C,)
        NaN for the background, and for classes that no voxel is surely of; carries no gradient.
    """
    count = logits.shape[1]
    probability = torch.softmax(logits.movedim(1, 0).reshape(count, -1).float(), dim=0)
    sets, index = torch.unique(allowed.reshape(-1), return_inverse=True)
    members = (sets[:, None] >> torch.arange(count, device=sets.device) & 1).float()
    at_set = (members @ probability).gather(0, index[None])[0]
    # Probability of each class summed over the voxels of each set; all that follows needs no voxel any more.
    sums = torch.zeros(count, len(sets), device=sets.device).index_add(1, index, probability)
    sizes = torch.bincount(index, minlength=len(sets)).float()
    regional, dice = _regional(sums, sizes, members, weights)
    return _cross_entropy(at_set, index, members, weights) + regional, dice


def _cross_entropy(
    at_set: torch.Tensor, index: torch.Tensor, members: torch.Tensor, weights: torch.Tensor
) -> torch.Tensor:
    says = members.sum(1) < members.shape[1]
    set_weight = weights[members.argmax(1)] * says
    voxel_weight = set_weight[index]
    total = voxel_weight.sum().clamp_min(torch.finfo(torch.float32).tiny)
    return -(voxel_weight / total * at_set.clamp_min(1e-7).log()).sum()


def _regional(
    sums: torch.Tensor, sizes: torch.Tensor, members: torch.Tensor, weights: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Dice of the sets that are structures, and the cost of painting classes that are surely absent.

    A set's prediction counts where its label lies and where none of its classes may be, not where the label leaves
    open whether it is there.

    Parameters
    ----------
    sums : (C, G)
    sizes : (G,) [voxels]
    members : (G, C)
        1 where a class belongs to a set.
    """
    counted = ((members @ members.T) == 0) | torch.eye(len(members), dtype=torch.bool, device=members.device)
    shared = members @ sums
    dice = (2 * shared.diagonal() + 1) / ((shared * counted).sum(1) + sizes + 1)
    is_structure = (sizes >= PRESENT_VOXELS) & (members[:, 0] == 0)
    share = weights[members.argmax(1)] * is_structure
    loss = ((1 - dice) * share / share.sum().clamp_min(torch.finfo(share.dtype).tiny)).sum()

    forbidden = members == 0
    surely = forbidden | (members.sum(1, keepdim=True) == 1)
    absent = ~((members * is_structure[:, None]).sum(0) > 0) & forbidden.any(0)
    absent[0] = False
    painted = (sums * surely.T).sum(1)
    cost = ABSENT_WEIGHT * painted / (painted + ABSENT_HALF_VOXELS) * absent
    loss = loss + cost.sum() / absent.sum().clamp_min(1)
    return loss, _by_class(dice.detach(), is_structure & (members.sum(1) == 1), members)


def _by_class(dice: torch.Tensor, is_class: torch.Tensor, members: torch.Tensor) -> torch.Tensor:
    """Dice of the sets of one class, in the place of their class; NaN elsewhere."""
    result = torch.full((members.shape[1],), torch.nan, device=dice.device)
    result[members[is_class].argmax(1)] = dice[is_class]
    return result
