"""Tests of spineseg.segmentation.placing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from spineseg.domain.volume import ImageGrid, make_grid, to_patient, voxel_volume_mm3
from spineseg.segmentation.placing import place_numbers, same_lattice


def grid(shape: tuple[int, int, int], steps: NDArray[np.float64], origin: tuple[float, float, float]) -> ImageGrid:
    """Empty grid."""
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = steps, origin
    return make_grid(np.zeros(shape, np.uint8), affine)


FINE = grid((30, 30, 30), np.eye(3), (0.0, 0, 0))
SAGITTAL = grid((9, 30, 30), np.column_stack([(3.6, 0, 0), (0, 0, -1.0), (0, 1.0, 0)]), (0.0, 0, 29))


def ball(on: ImageGrid, centre: tuple[float, float, float], radius: float, number: int = 1) -> ImageGrid:
    """A ball on a grid."""
    points = to_patient(on, np.moveaxis(np.indices(tuple(on.spatial_shape)), 0, -1))
    inside = np.linalg.norm(points - np.array(centre), axis=-1) < radius
    return make_grid(inside.astype(np.uint8) * np.uint8(number), on.affine)


def volume_mm3(mask: ImageGrid, number: int = 1) -> float:
    """Volume of one number."""
    return float(np.count_nonzero(mask.array == number) * voxel_volume_mm3(mask))


def test_the_own_grid_changes_nothing() -> None:
    """Masks on the target's grid come back as they are."""
    mask = ball(FINE, (14, 15, 16), 6)

    np.testing.assert_array_equal(place_numbers(mask, FINE).array, mask.array)


def test_a_coarse_voxel_belongs_to_a_mask_from_half_on() -> None:
    """Of a layer of 3 mm, 1 mm of mask is nothing and 2 mm are the whole voxel."""
    coarse = grid((10, 30, 30), np.diag([3.0, 1.0, 1.0]), (1.0, 0, 0))  # voxels 0-2, 3-5, ...
    thin, thick = (np.zeros((30, 30, 30), np.uint8) for _ in range(2))
    thin[3:4, 10:20, 10:20] = 1
    thick[3:5, 10:20, 10:20] = 1
    both = thin.copy()
    both[9:11, 10:20, 10:20] = 1

    assert np.flatnonzero(place_numbers(make_grid(thick, FINE.affine), coarse).array.any(axis=(1, 2))).tolist() == [1]
    assert np.flatnonzero(place_numbers(make_grid(both, FINE.affine), coarse).array.any(axis=(1, 2))).tolist() == [3]


def test_volume_and_middle_stay_on_every_grid() -> None:
    """A ball keeps its volume within 10 % and its middle within half a millimetre: sagittal, finer, turned."""
    mask = ball(FINE, (14, 15, 16), 9)
    turn = Rotation.from_euler("xyz", [20, 35, -10], degrees=True).as_matrix()
    turned = grid((60, 60, 60), turn * 0.8, tuple(np.array([14, 15, 16]) - turn @ np.full(3, 24.0)))

    for target in (SAGITTAL, grid((60, 60, 60), 0.5 * np.eye(3), (0.0, 0, 0)), turned):
        placed = place_numbers(mask, target)
        middle = to_patient(placed, np.argwhere(placed.array)).mean(axis=0)
        assert abs(volume_mm3(placed) / volume_mm3(mask) - 1) < 0.1
        assert np.linalg.norm(middle - [14, 15, 16]) < 0.5


def test_numbers_stay_apart() -> None:
    """Two touching masks of different numbers are not mixed on coarser voxels."""
    mask = np.zeros((30, 30, 30), np.uint8)
    mask[5:25, 5:25, 5:15], mask[5:25, 5:25, 15:25] = 7, 3
    placed = place_numbers(make_grid(mask, FINE.affine), SAGITTAL)

    assert set(np.unique(placed.array)) == {0, 3, 7}
    assert to_patient(placed, np.argwhere(placed.array == 7))[:, 2].max() < 15.5
    assert to_patient(placed, np.argwhere(placed.array == 3))[:, 2].min() > 13.5


def test_a_small_lesion_does_not_vanish() -> None:
    """A mask that fills no voxel by half keeps the voxel that it fills best."""
    mask = np.zeros((30, 30, 30), np.uint8)
    mask[10:12, 10:12, 4:5] = 1
    placed = place_numbers(make_grid(mask, FINE.affine), SAGITTAL)

    assert 1 <= np.count_nonzero(placed.array) <= 8


def test_a_mask_beside_the_grid_is_nowhere() -> None:
    """Nothing is placed outside the target."""
    mask = ball(grid((30, 30, 30), np.eye(3), (100.0, 0, 0)), (114, 15, 16), 6)

    assert not place_numbers(mask, FINE).array.any()


def test_one_lattice_in_any_order_of_axes() -> None:
    """Flipped and transposed copies of a grid are its lattice; a shifted one is not."""
    flipped = grid((30, 20, 10), np.column_stack([(0, 0, -1.0), (0, 1.0, 0), (3.0, 0, 0)]), (0.0, 0, 29))
    plain = grid((10, 20, 30), np.column_stack([(3.0, 0, 0), (0, 1.0, 0), (0, 0, 1.0)]), (0.0, 0, 0))
    shifted = grid((10, 20, 30), np.column_stack([(3.0, 0, 0), (0, 1.0, 0), (0, 0, 1.0)]), (1.0, 0, 0))

    assert same_lattice(flipped, plain)
    assert not same_lattice(shifted, plain)
