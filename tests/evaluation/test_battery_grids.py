from __future__ import annotations

import numpy as np
import pytest

from spineseg.domain.volume import to_patient
from spineseg.evaluation.battery_grids import Placement, Stack, scan, stack_grid
from spineseg.phantom.cases import make_case


def _masks(placement: Placement, **changes: float):
    case = make_case("escc-2-t7")
    stack = Stack(placement=placement, in_plane_mm=1.0, thickness_mm=4.0, **changes)
    return scan(case.phantom, case.phantom.lesions[0].s, stack)


def _middle(masks) -> np.ndarray:
    return to_patient(masks.lesions, np.argwhere(masks.lesions.array > 0)).mean(axis=0)


@pytest.mark.parametrize("placement", [Placement.REVERSED, Placement.FEET_FIRST])
def test_another_order_of_the_voxels_is_the_same_patient(placement):
    """Reversed and feet-first stacks hold the same tumour at the same place in the patient."""
    straight, other = _masks(Placement.AXIAL), _masks(placement)
    assert np.count_nonzero(straight.lesions.array) == np.count_nonzero(other.lesions.array)
    np.testing.assert_allclose(_middle(straight), _middle(other), atol=1e-6)
    assert not np.allclose(straight.lesions.affine, other.lesions.affine)


def test_a_mirrored_stack_swaps_left_and_right():
    """Mirroring changes the sign of x and nothing else."""
    np.testing.assert_allclose(_middle(_masks(Placement.AXIAL)) * [-1, 1, 1], _middle(_masks(Placement.MIRRORED)))


def test_a_sagittal_stack_has_its_slices_from_side_to_side():
    """Its slice axis is the patient's left-right axis, its columns run to posterior and its rows along the body."""
    spine = make_case("escc-2-t7").phantom.spine
    stack = Stack(placement=Placement.SAGITTAL, in_plane_mm=0.8, thickness_mm=3.0)
    affine, shape = stack_grid(spine, spine.level_s("T7"), stack)
    np.testing.assert_allclose(np.abs(affine[:3, :3]), [[3.0, 0, 0], [0, 0, 0.8], [0, 0.8, 0]])
    assert shape[0] < shape[1] < shape[2]


def test_an_oblique_stack_is_tilted_by_its_angle():
    """The slice axis of an oblique stack makes its angle with that of a straight one."""
    spine = make_case("escc-2-t7").phantom.spine
    straight, oblique = (
        stack_grid(
            spine, spine.level_s("T7"),
            Stack(placement=Placement.OBLIQUE, in_plane_mm=1.0, thickness_mm=1.0, tilt_deg=tilt),
        )[0]
        for tilt in (0.0, 15.0)
    )  # fmt: skip
    assert np.rad2deg(np.arccos(straight[:3, 0] @ oblique[:3, 0])) == pytest.approx(15.0, abs=1e-3)
