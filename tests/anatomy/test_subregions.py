from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from spineseg.anatomy import describe_spine
from spineseg.anatomy.subregions import CODE, PARTS, split_vertebra
from spineseg.domain.volume import Modality, SeriesRole, Volume, like, make_grid
from spineseg.phantom.anthropometry import LEVELS
from spineseg.phantom.segmenter import TruthSegmenter
from spineseg.phantom.truth_parts import true_parts
from tests.grading.boxes import plain
from tests.phantom.patient import healthy


@cache
def thoracic():
    """True parts of a phantom's T7 and the masks on the very same samples."""
    return painted("T7")


def painted(level):
    """True parts of a level and its masks."""
    parts = true_parts(healthy(), LEVELS.index(level), step_mm=1.0)
    grid = make_grid(np.broadcast_to(np.float32(0), parts.shape), parts.affine, "1.2.3")
    volume = Volume(image=grid, modality=Modality.MR, role=SeriesRole.AXIAL_T2, series_instance_uid="1.2.4")
    return parts, TruthSegmenter(healthy(), named=True)(volume)


def split(masks, level):
    """The vertebra of this name divided."""
    anatomy = describe_spine(masks)
    return split_vertebra(anatomy, next(one for one in anatomy.vertebrae if one.name == level))


@pytest.mark.parametrize("level", ["C5", "T7", "L3"])
def test_parts_agree_with_the_shapes_that_the_phantom_was_built_of(level):
    """Dice of 0.6 and more for every part in the neck, the thorax and the lumbar spine, of 0.95 for the body."""
    true, masks = thoracic() if level == "T7" else painted(level)
    parts = split(masks, level)
    codes = np.zeros(true.shape, np.uint8)
    codes[tuple(parts.indices.T)] = parts.codes
    wrong = {}
    for name in PARTS:
        if name not in true.masks:
            continue
        found = codes.ravel() == CODE[name]
        if name == "vertebral_body":
            found |= codes.ravel() == CODE["posterior_wall"]
        truth = true.masks[name]
        dice = 2 * np.count_nonzero(found & truth) / max(np.count_nonzero(found) + np.count_nonzero(truth), 1)
        if dice < (0.95 if name == "vertebral_body" else 0.6):
            wrong[name] = round(float(dice), 2)
    assert wrong == {}


def test_the_order_and_direction_of_the_voxels_do_not_matter():
    """Axes exchanged and reversed: the same volumes."""
    _, masks = thoracic()
    order, flips = (2, 0, 1), (0, 2)

    def move(grid):
        affine = np.asarray(grid.affine)[:, [*order, 3]].copy()
        array = np.transpose(grid.array, order)
        for axis in flips:
            affine[:3, 3] += (array.shape[axis] - 1) * affine[:3, axis]
            affine[:3, axis] *= -1
        return make_grid(np.ascontiguousarray(np.flip(array, flips)), affine, "1.2.3")

    moved = replace(masks, anatomy=move(masks.anatomy), subregions=move(masks.subregions), lesions=move(masks.lesions))
    one, other = split(masks, "T7").volumes_mm3(), split(moved, "T7").volumes_mm3()
    assert other == pytest.approx(one, rel=0.03, abs=15)


def test_a_mirrored_patient_has_left_and_right_exchanged():
    """What was left is right, of the same volume."""
    _, masks = thoracic()
    mirror = np.diag([-1.0, 1.0, 1.0, 1.0])
    grids = {
        name: make_grid(getattr(masks, name).array, mirror @ masks.anatomy.affine, "1.2.3")
        for name in ("anatomy", "subregions", "lesions")
    }
    one, other = split(masks, "T7").volumes_mm3(), split(replace(masks, **grids), "T7").volumes_mm3()
    for name in PARTS:
        swapped = name.replace("_left", "_x").replace("_right", "_left").replace("_x", "_right")
        assert other[swapped] == pytest.approx(one[name], rel=0.03, abs=15)


def test_the_posterior_wall_is_two_millimetres_thick():
    """On a body with a flat back, 22 mm of which face the canal, 20 mm high."""
    assert split(plain(), "T7").volumes_mm3()["posterior_wall"] == pytest.approx(2 * 22 * 20, rel=0.15)


def test_masks_without_sub_regions_are_parted_at_the_canal():
    """The body is what lies before the canal."""
    masks = plain()
    bare = replace(masks, subregions=like(masks.subregions, np.zeros_like(masks.subregions.array)))
    volumes = split(bare, "T7").volumes_mm3()
    assert volumes["vertebral_body"] + volumes["posterior_wall"] == pytest.approx(30 * 24 * 20, rel=0.1)
