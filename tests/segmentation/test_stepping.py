from __future__ import annotations

import torch

from spineseg.segmentation.loss import dice_cross_entropy
from spineseg.segmentation.stepping import batch_loss

WEIGHTS = torch.ones(5)


def example(seed: int, classes: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits and a target that holds so many classes."""
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(1, 5, 6, 6, 6, generator=generator)
    return logits, torch.randint(classes, (1, 6, 6, 6), generator=generator, dtype=torch.uint8)


def test_one_example_has_the_loss_of_before() -> None:
    """A batch of one gives exactly the loss that it always gave."""
    logits, target = example(1, 5)

    assert torch.equal(batch_loss(logits, target, WEIGHTS)[0], dice_cross_entropy(logits, target, WEIGHTS)[0])


def test_a_batch_is_worth_the_mean_of_its_examples() -> None:
    """Accumulation and several processes change nothing; a class that one example lacks counts in the others."""
    (first, target), (second, other) = example(1, 5), example(2, 2)

    loss, dice = batch_loss(torch.cat([first, second]), torch.cat([target, other]), WEIGHTS)

    each = [dice_cross_entropy(first, target, WEIGHTS), dice_cross_entropy(second, other, WEIGHTS)]
    torch.testing.assert_close(loss, (each[0][0] + each[1][0]) / 2)
    torch.testing.assert_close(dice[4], each[0][1][4])


def test_sets_of_classes_are_told_by_their_type() -> None:
    """int32 targets are sets of classes: with one class each the loss is the usual one."""
    logits, target = example(3, 5)

    sets = torch.bitwise_left_shift(torch.ones_like(target, dtype=torch.int32), target.int())

    torch.testing.assert_close(batch_loss(logits, sets, WEIGHTS)[0], batch_loss(logits, target, WEIGHTS)[0])
