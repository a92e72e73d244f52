"""Tests of spineseg.evaluation.structures."""

from __future__ import annotations

import numpy as np
import pytest

from spineseg.domain import labels
from spineseg.evaluation.structures import MASKS, instances_of, mask_of, structure_of
from tests.evaluation.toys import numbered_bodies, segmentation


@pytest.mark.parametrize("structure", [name for name in MASKS if name not in ("posterior elements", "sacrum")])
def test_each_structure_has_its_voxels_in_a_spine(structure: str) -> None:
    """Every structure that the toy has is found in it, and is not the whole of it."""
    mask = mask_of(segmentation(), structure)

    assert 0 < mask.sum() < (segmentation().anatomy.array > 0).sum()


def test_the_canal_is_cord_and_sac_together() -> None:
    """A cord counts in the canal, and the canal's CSF does not count in the cord."""
    found = segmentation()

    assert mask_of(found, "spinal cord").sum() == 4 * 60 * 2
    assert mask_of(found, "spinal canal").sum() == 8 * 60 * 6


def test_instances_carry_the_anatomy_value_within_the_structure_only() -> None:
    """Bodies are told apart by their vertebra; discs and canal are left out."""
    instances = instances_of(segmentation(), "vertebral body")

    np.testing.assert_array_equal(instances, np.where(numbered_bodies() > 0, numbered_bodies() + 30, 0))


def test_a_sacrum_is_no_vertebra() -> None:
    """The sacrum's voxels are not counted as a vertebra, since references keep it apart."""
    bodies = np.where(numbered_bodies() == 3, labels.SACRUM, 0).astype(np.uint8)
    found = segmentation(bodies, offset=0)

    assert mask_of(found, "vertebra").sum() == 0
    assert mask_of(found, "sacrum").sum() == 8 * 16 * 14


def test_a_level_stands_for_a_vertebra() -> None:
    """L3 in a datalist is a vertebra; a structure stands for itself."""
    assert structure_of("L3") == "vertebra"
    assert structure_of("disc") == "disc"
