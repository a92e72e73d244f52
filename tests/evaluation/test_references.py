"""Tests of spineseg.evaluation.references."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from spineseg.domain import labels
from spineseg.domain.volume import like
from spineseg.evaluation.datalist import Reference
from spineseg.evaluation.references import score_reference
from tests.evaluation.toys import SHAPE, label_map, numbered_bodies, segmentation


def _reference(rule: str, values: dict[int, str], **more: object) -> Reference:
    return Reference.model_validate({"mask": "x", "values": values, "rule": rule, "drawn_by": "hand", **more})


BODIES = _reference("owned", dict.fromkeys((1, 2, 3), "vertebral body"), group="bodies T2")


def test_a_body_without_a_reference_is_no_error() -> None:
    """Where only the middle body is labelled, the other two found ones cost nothing."""
    truth = np.where(numbered_bodies() == 2, 2, 0).astype(np.uint8)

    (score,) = score_reference(segmentation(), BODIES, label_map(truth))

    assert (score.value, score.group) == (2, "bodies T2")
    assert score.dice == 1.0
    assert score.owned is True
    assert (score.surface_dice, score.hd95_mm) == (1.0, 0.0)


def test_one_label_over_two_bodies_owns_neither() -> None:
    """Two bodies called one vertebra have Dice 2/3 each and no owner."""
    merged = np.where(numbered_bodies() == 2, 1, numbered_bodies()).astype(np.uint8)

    first, second, third = score_reference(segmentation(merged), BODIES, label_map(numbered_bodies()))

    assert first.dice == pytest.approx(2 / 3)
    assert second.dice == pytest.approx(2 / 3)
    # Exactly half of the label lies in each of two equal bodies; a voxel more in one settles it.
    assert third.owned is True
    merged[0, 22:38, 8:22] = 1
    assert score_reference(segmentation(merged), BODIES, label_map(numbered_bodies()))[0].owned is False


def test_a_body_in_two_pieces_belongs_to_the_larger() -> None:
    """A body split 12 to 4 rows is compared with the larger piece: Dice 24/28; split in three, none owns it."""
    split = numbered_bodies()
    split[:, 34:38][split[:, 34:38] > 0] = 4

    score = score_reference(segmentation(split), BODIES, label_map(numbered_bodies()))[1]
    assert score.dice == pytest.approx(24 / 28)
    assert score.owned is True

    split[:, 22:27][split[:, 22:27] > 0] = 5
    score = score_reference(segmentation(split), BODIES, label_map(numbered_bodies()))[1]
    assert score.owned is False


def test_a_body_that_was_not_found_scores_nothing() -> None:
    """A missed body has Dice 0, no owner and no distance; values that the file lacks are not scored."""
    two = np.where(numbered_bodies() == 3, 0, numbered_bodies()).astype(np.uint8)

    scores = score_reference(segmentation(two), BODIES, label_map(numbered_bodies()))
    assert [score.dice for score in scores] == [1.0, 1.0, 0.0]
    assert scores[2].owned is False
    assert math.isnan(scores[2].hd95_mm)
    assert len(score_reference(segmentation(), BODIES, label_map(two))) == 2


NAMED = _reference("named", {1: "L2", 2: "L3", 3: "L4"}, group="vertebrae CT")


@pytest.mark.parametrize(
    ("offset", "names", "named_dice"),
    [(20, ["L2", "L3", "L4"], [1.0, 1.0, 1.0]), (21, ["L3", "L4", "L5"], [0.0] * 3), (30, ["", "", ""], [0.0] * 3)],
    ids=["right", "one level off", "unnamed"],
)
def test_names_are_judged_apart_from_outlines(offset: int, names: list[str], named_dice: list[float]) -> None:
    """Perfect outlines keep Dice 1 under any name; under a wrong name or none the Dice by name is 0."""
    scores = score_reference(segmentation(offset=offset), NAMED, label_map(numbered_bodies()), surfaces=False)

    assert [score.dice for score in scores] == [1.0] * 3
    assert [score.found_name for score in scores] == names
    assert [score.named_dice for score in scores] == named_dice
    assert [score.name_right for score in scores] == [offset == 20] * 3
    assert all(math.isnan(score.surface_dice) for score in scores)


def test_values_of_one_structure_are_one_mask() -> None:
    """Conus (1) and canal (2) of the label file together are the canal, whose Dice is 1."""
    truth = np.zeros(SHAPE, np.uint8)
    truth[2:10, :, 24:30] = 2
    truth[4:8, :30, 26:28] = 1
    reference = _reference("dice", {1: "spinal canal", 2: "spinal canal"})

    (score,) = score_reference(segmentation(), reference, label_map(truth))

    assert (score.name, score.group, score.value) == ("spinal canal", "spinal canal", 0)
    assert score.dice == 1.0
    assert score.owned is None
    assert score.name_right is None


def test_the_slab_forgives_what_lies_beyond_the_labelled_slices_only() -> None:
    """A cord labelled on rows 10 to 29 costs nothing above and below; a blob beside it does."""
    truth = np.zeros(SHAPE, np.uint8)
    truth[4:8, 10:30, 26:28] = 1
    cord = {1: "spinal cord"}
    found = segmentation()

    assert score_reference(found, _reference("dice_in_slab", cord), label_map(truth))[0].dice == 1.0
    assert score_reference(found, _reference("dice", cord), label_map(truth))[0].dice == pytest.approx(0.5)
    anatomy = found.anatomy.array.copy()
    anatomy[0, 20, 5] = labels.SPINAL_CORD
    spoilt = replace(found, anatomy=like(found.anatomy, anatomy))
    assert score_reference(spoilt, _reference("dice_in_slab", cord), label_map(truth))[0].dice < 1.0


def test_ignored_voxels_count_neither_for_nor_against() -> None:
    """End plates that we call body are no error where the reference asks to leave them out."""
    truth = numbered_bodies()
    truth[:, 4:6][truth[:, 4:6] > 0] = 9

    scores = {
        ignore: score_reference(
            segmentation(),
            _reference("dice", dict.fromkeys((1, 2, 3), "vertebral body"), ignore=ignore),
            label_map(truth),
        )[0].dice
        for ignore in ((), (9,))
    }

    assert scores[(9,)] == 1.0
    assert scores[()] < 1.0
    owned = _reference("owned", BODIES.values, ignore=[9])
    assert score_reference(segmentation(), owned, label_map(truth))[0].dice == 1.0
