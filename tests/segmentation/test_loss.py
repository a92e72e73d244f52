from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from spineseg.segmentation.loss import ABSENT_HALF_VOXELS, ABSENT_WEIGHT, PRESENT_VOXELS, dice_cross_entropy

CLASSES = 5


def reference(logits: torch.Tensor, target: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """The same loss in plain operations, differentiated by autograd."""
    probability = torch.softmax(logits, 1)
    one_hot = functional.one_hot(target, CLASSES).movedim(-1, 1).float()
    axes = (0, 2, 3, 4)
    predicted, actual = probability.sum(axes), one_hot.sum(axes)
    dice = (2 * (probability * one_hot).sum(axes) + 1) / (predicted + actual + 1)
    present = actual >= PRESENT_VOXELS
    present[0] = False
    absent = ~present
    absent[0] = False
    loss = functional.cross_entropy(logits, target, weights)
    if present.any():
        share = weights[present] / weights[present].sum()
        loss = loss + (share * (1 - dice[present])).sum()
    if absent.any():
        loss = loss + ABSENT_WEIGHT * (predicted / (predicted + ABSENT_HALF_VOXELS))[absent].mean()
    return loss


@pytest.mark.parametrize("present_classes", [(0, 1, 2, 3, 4), (0, 2), (0,)])
@pytest.mark.parametrize("batch", [1, 2])
def test_value_and_gradient_are_those_of_autograd(present_classes: tuple[int, ...], batch: int) -> None:
    """The written-out gradient equals that of the same loss in plain operations, with classes absent too."""
    generator = torch.Generator().manual_seed(3)
    logits = torch.randn(batch, CLASSES, 6, 8, 10, generator=generator)
    target = torch.tensor(present_classes)[torch.randint(len(present_classes), (batch, 6, 8, 10), generator=generator)]
    weights = torch.tensor([0.7, 1.0, 2.0, 1.5, 1.0])
    ours, theirs = logits.clone().requires_grad_(), logits.clone().requires_grad_()

    loss, _ = dice_cross_entropy(ours, target.to(torch.uint8), weights)
    expected = reference(theirs, target, weights)
    (2 * loss).backward()
    (2 * expected).backward()

    assert ours.grad is not None
    assert theirs.grad is not None
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-4, atol=1e-7)


def test_dice_is_reported_only_for_present_classes() -> None:
    """Background and absent classes have no Dice; a perfect answer has 1."""
    target = torch.zeros(1, 4, 4, 4, dtype=torch.uint8)
    target[0, :2] = 2
    logits = 50.0 * functional.one_hot(target.long(), CLASSES).movedim(-1, 1).float()

    _, dice = dice_cross_entropy(logits, target, torch.ones(CLASSES))

    assert dice.isnan().tolist() == [True, True, False, True, True]
    assert dice[2] == pytest.approx(1.0, abs=1e-3)
