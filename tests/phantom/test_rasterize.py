from __future__ import annotations

import numpy as np
import pytest

from spineseg.phantom.protocols import empty_grid
from spineseg.phantom.rasterize import label_maps, map_arrays
from tests.phantom.patient import block, case, healthy


def test_the_same_patient_point_has_the_same_label_on_every_grid() -> None:
    """Reversed slices, swapped axes and feet-first rows give the same labels voxel for voxel."""
    phantom = case("escc-2-t7").phantom
    shape = (20, 26, 14)
    affine = block(phantom.spine.curve.to_patient(phantom.lesions[0].s), shape, 2.0)
    plain = map_arrays(phantom, shape, affine)
    turned = affine.copy()
    turned[:3, 3] += affine[:3, 0] * (shape[0] - 1) + affine[:3, 2] * (shape[2] - 1)
    turned[:3, 0] *= -1
    turned[:3, 2] *= -1
    swapped = affine[:, [2, 0, 1, 3]]

    feet_first = map_arrays(phantom, shape, turned)
    other_order = map_arrays(phantom, (shape[2], shape[0], shape[1]), swapped)

    for name in ("anatomy", "subregions", "lesions"):
        reference = getattr(plain, name)
        assert np.mean(getattr(feet_first, name)[::-1, :, ::-1] == reference) > 0.999
        assert np.mean(getattr(other_order, name).transpose(1, 2, 0) == reference) > 0.999
    assert np.any(plain.lesions)


def test_an_oblique_grid_sees_the_same_points() -> None:
    """Voxels of a turned grid that fall on voxels of a straight one carry their labels."""
    phantom = healthy()
    centre = phantom.spine.curve.to_patient(phantom.spine.level_s("L2"))
    straight = map_arrays(phantom, (41, 41, 41), block(centre, (41, 41, 41), 1.0))
    angle = np.deg2rad(20.0)
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    affine = np.eye(4)
    affine[:3, :3] = turn
    affine[:3, 3] = centre - turn @ np.array([10, 10, 10])

    oblique = map_arrays(phantom, (21, 21, 21), affine)

    # The axis of the turn is shared: its voxels coincide.
    assert np.array_equal(oblique.anatomy[:, 10, 10], straight.anatomy[10:31, 20, 20])


def test_slabs_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """A grid that is evaluated in several slabs equals the same grid evaluated at once."""
    phantom = healthy()
    shape = (7, 30, 30)
    affine = block(phantom.spine.curve.to_patient(phantom.spine.level_s("T9")), shape, 2.0)
    whole = map_arrays(phantom, shape, affine)

    monkeypatch.setattr("spineseg.phantom.rasterize._SLAB_VOXELS", 1900)
    in_slabs = map_arrays(phantom, shape, affine)

    assert np.array_equal(in_slabs.anatomy, whole.anatomy)
    assert np.array_equal(in_slabs.tissues, whole.tissues)


def test_maps_lie_on_the_grid_they_were_asked_for() -> None:
    """label_maps keeps affine, shape and frame of reference."""
    phantom = healthy()
    grid = empty_grid((4, 5, 6), block(phantom.spine.curve.to_patient(100.0), (4, 5, 6), 3.0), "1.2.3")

    maps = label_maps(phantom, grid)

    assert np.array_equal(maps.anatomy.affine, grid.affine)
    assert maps.lesions.frame_of_reference_uid == "1.2.3"
    assert maps.tissues.array.shape == (4, 5, 6)
