from __future__ import annotations

import numpy as np
import pytest

from spineseg.domain import labels
from spineseg.segmentation.classes import AnatomyClass
from spineseg.segmentation.instances import arch_numbers, label_spine
from tests.segmentation.spines import ToySpine

STRAIGHT = ToySpine()
SPINES = {
    "straight": STRAIGHT,
    "curved": ToySpine(bend_mm=16),
    "cervical": ToySpine(heights=(14, 13, 13, 12, 12, 12), disc=4.5),
    "long, from lumbar to thoracic": ToySpine(heights=(30, 29, 28, 26, 24, 22, 21, 20, 19, 18), disc=5, bend_mm=20),
    "two fused": ToySpine(fused=(2,)),
    "two vertebrae": ToySpine(heights=(28, 27), sacrum=False),
    "one vertebra": ToySpine(heights=(27,), sacrum=False),
}


@pytest.mark.parametrize("name", SPINES)
def test_every_vertebra_gets_its_own_number_from_cranial(name: str) -> None:
    """Bodies and arches carry 31, 32, ... from cranial, whatever the curve and the size of the spine."""
    classes, truth = SPINES[name].grids()

    labelled = label_spine(classes, 1.5)

    vertebrae = np.where(labelled.subregions > 0, labelled.anatomy - np.uint8(labels.UNNAMED_OFFSET), 0)
    assert labelled.vertebrae == truth.max()
    for number in range(1, truth.max() + 1):
        overlap = np.count_nonzero((vertebrae == number) & (truth == number))
        dice = 2 * overlap / (np.count_nonzero(vertebrae == number) + np.count_nonzero(truth == number))
        assert dice > 0.93, (name, number, dice)


@pytest.mark.parametrize("name", ["straight", "curved", "cervical"])
def test_discs_carry_the_vertebra_above(name: str) -> None:
    """Every disc is 100 + the label of the vertebra above it, the lowest one down to the sacrum."""
    classes, truth = SPINES[name].grids()

    anatomy = label_spine(classes, 1.5).anatomy

    discs = anatomy[classes == AnatomyClass.DISC]
    expected = {labels.DISC_OFFSET + labels.UNNAMED_OFFSET + number for number in range(1, truth.max() + 1)}
    values, counts = np.unique(discs, return_counts=True)
    assert {int(value) for value, count in zip(values, counts, strict=True) if count > 0.02 * len(discs)} == expected


def test_thick_slices_do_not_change_the_count() -> None:
    """Maps that are constant over 4.5 mm along z, as from thick axial slices, give the same vertebrae."""
    classes, truth = STRAIGHT.grids()
    depth = classes.shape[2] // 3 * 3
    thick = np.repeat(classes[..., 1:depth:3], 3, axis=2)

    assert label_spine(thick, 1.5).vertebrae == truth.max()


def test_canal_and_sacrum_keep_their_labels() -> None:
    """Cord, CSF, epidural space and sacrum pass through as 60, 62, 61 and 26."""
    classes, _ = STRAIGHT.grids()

    anatomy = label_spine(classes, 1.5).anatomy

    for member, value in (
        (AnatomyClass.SPINAL_CORD, labels.SPINAL_CORD),
        (AnatomyClass.CSF, labels.CSF),
        (AnatomyClass.EPIDURAL_SPACE, labels.EPIDURAL_SPACE),
        (AnatomyClass.SACRUM, labels.SACRUM),
    ):
        assert np.all(anatomy[classes == member] == value)


def test_ragged_maps_give_the_same_count() -> None:
    """A tenth of the body voxels taken away and discs half missed change no count."""
    classes, truth = SPINES["long, from lumbar to thoracic"].grids()
    rng = np.random.default_rng(5)
    noisy = classes.copy()
    noisy[(classes == AnatomyClass.VERTEBRAL_BODY) & (rng.random(classes.shape) < 0.1)] = 0
    noisy[(classes == AnatomyClass.DISC) & (rng.random(classes.shape) < 0.5)] = 0

    assert label_spine(noisy, 1.5).vertebrae == truth.max()


def test_no_body_gives_no_vertebra() -> None:
    """A canal alone is labelled, without vertebrae and without an error."""
    classes = np.zeros((20, 20, 30), np.uint8)
    classes[8:12, 8:12] = AnatomyClass.CSF

    labelled = label_spine(classes, 1.5)

    assert labelled.vertebrae == 0
    assert set(np.unique(labelled.anatomy)) == {0, labels.CSF}


@pytest.mark.parametrize("slope", [0.2, 1.0])
def test_steep_spinous_processes_stay_with_their_vertebra(slope: float) -> None:
    """Processes that reach down over the next vertebra, as at T7, are given to the one they grow from."""
    borders = np.array([75.0, 50.0, 25.0, 0.0])  # lower ends of four vertebrae of 25 mm, cranial to caudal
    rng = np.random.default_rng(7)
    owner = rng.integers(1, 5, 20_000)
    behind = rng.uniform(10, 40, owner.size)
    root = borders[owner - 1] + rng.uniform(6, 19, owner.size)
    heights = root - slope * (behind - 8)

    found = arch_numbers(heights, behind, np.zeros(owner.size), borders)

    assert np.mean(found == owner) > 0.97
