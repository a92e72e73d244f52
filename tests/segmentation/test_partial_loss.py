from __future__ import annotations

import pytest
import torch

from spineseg.segmentation.classes import AnatomyClass
from spineseg.segmentation.loss import dice_cross_entropy
from spineseg.segmentation.partial import EVERYTHING, bits
from spineseg.segmentation.partial_loss import partial_dice_cross_entropy

CLASSES = len(AnatomyClass)
WEIGHTS = torch.linspace(0.7, 1.5, CLASSES)
OPEN = bits(AnatomyClass.BACKGROUND, AnatomyClass.SPINAL_CORD)  # a set without cord labels


def random_logits(seed: int = 1) -> torch.Tensor:
    """Logits of a small patch."""
    return torch.randn(1, CLASSES, 8, 8, 8, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("classes", [tuple(range(CLASSES)), (0, 1, 4), (0,)], ids=len)
def test_complete_labels_give_the_usual_loss(classes: tuple[int, ...]) -> None:
    """With one class a voxel, value, gradient and Dice are those of the usual loss, absent classes included."""
    target = torch.tensor(classes)[
        torch.randint(len(classes), (1, 8, 8, 8), generator=torch.Generator().manual_seed(2))
    ]
    one, other = random_logits().requires_grad_(), random_logits().requires_grad_()

    usual, usual_dice = dice_cross_entropy(one, target, WEIGHTS)
    partial, dice = partial_dice_cross_entropy(other, (1 << target).int(), WEIGHTS)
    usual.backward()
    partial.backward()

    torch.testing.assert_close(partial, usual, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(other.grad, one.grad, atol=1e-6, rtol=1e-3)
    torch.testing.assert_close(dice, usual_dice, equal_nan=True)


def test_a_set_without_cord_labels_does_not_teach_that_there_is_no_cord() -> None:
    """Where the background may be cord, raising the cord's logit changes no loss; labelled as background, it does."""
    allowed = torch.full((1, 8, 8, 8), OPEN, dtype=torch.int32)
    allowed[..., :4] = bits(AnatomyClass.VERTEBRAL_BODY)
    known = torch.where(allowed == OPEN, bits(AnatomyClass.BACKGROUND), allowed)
    plain = torch.zeros(1, CLASSES, 8, 8, 8)
    plain[:, AnatomyClass.VERTEBRAL_BODY, ..., :4] = 8
    plain[:, AnatomyClass.BACKGROUND, ..., 4:] = 8
    corded = plain.clone()
    corded[:, AnatomyClass.SPINAL_CORD, ..., 4:] = 12  # the network paints a cord where nothing was labelled

    def loss(logits: torch.Tensor, target: torch.Tensor) -> float:
        return float(partial_dice_cross_entropy(logits, target, WEIGHTS)[0])

    assert loss(corded, allowed) == pytest.approx(loss(plain, allowed), abs=0.01)
    assert loss(corded, known) > loss(plain, known) + 1


def test_what_may_be_anything_has_no_gradient() -> None:
    """Voxels about which nothing is known pull at nothing."""
    allowed = torch.full((1, 8, 8, 8), EVERYTHING, dtype=torch.int32)
    allowed[..., :4] = bits(AnatomyClass.DISC)
    logits = random_logits().requires_grad_()

    partial_dice_cross_entropy(logits, allowed, WEIGHTS)[0].backward()

    assert logits.grad is not None
    assert logits.grad[..., 4:].abs().max() == 0
    assert logits.grad[..., :4].abs().max() > 0


def test_nothing_known_at_all_is_no_loss() -> None:
    """A patch that says nothing gives loss 0 and no NaN."""
    allowed = torch.full((1, 8, 8, 8), EVERYTHING, dtype=torch.int32)
    logits = random_logits().requires_grad_()

    loss, dice = partial_dice_cross_entropy(logits, allowed, WEIGHTS)
    loss.backward()

    assert float(loss.detach()) == 0
    assert dice.isnan().all()
    assert logits.grad is not None
    assert not logits.grad.isnan().any()


def test_learning_from_half_the_labels_finds_the_rest() -> None:
    """One sample shows bodies without cord labels, another the cord alone: both are learnt, none unlearnt."""
    truth = torch.zeros(8, 8, 8, dtype=torch.int64)
    truth[:, :3], truth[:, 5:] = AnatomyClass.VERTEBRAL_BODY, AnatomyClass.SPINAL_CORD
    no_cord = torch.where(truth == AnatomyClass.VERTEBRAL_BODY, bits(AnatomyClass.VERTEBRAL_BODY), OPEN).int()
    no_body = torch.where(
        truth == AnatomyClass.SPINAL_CORD,
        bits(AnatomyClass.SPINAL_CORD),
        bits(AnatomyClass.BACKGROUND, AnatomyClass.VERTEBRAL_BODY),
    ).int()
    logits = torch.zeros(1, CLASSES, 8, 8, 8, requires_grad=True)
    optimiser = torch.optim.Adam([logits], 0.5)
    for _ in range(15):
        for target in (no_cord, no_body):
            optimiser.zero_grad()
            partial_dice_cross_entropy(logits, target[None], WEIGHTS)[0].backward()
            optimiser.step()

    assert (logits.argmax(1)[0][truth > 0] == truth[truth > 0]).all()
