from __future__ import annotations

import numpy as np
import pytest

from spineseg.anatomy.centerline import find_centerline, frame_at, project
from spineseg.domain.labels import SPINAL_CANAL
from spineseg.domain.volume import make_grid, to_patient

NO_POINTS = np.zeros((0, 3))
FRONT = np.array([[0.0, -25.0, z] for z in np.arange(-50.0, 51.0, 25.0)])


def canal(middle_of_z, spacing, size_mm, *, radius_mm=9.0, keep=None):
    """A round canal whose middle is middle_of_z(z), on a grid centred on the origin."""
    shape = tuple(max(1, round(length / step)) for length, step in zip(size_mm, spacing, strict=True))
    axes = np.stack([[0, 0, 1.0], [0, 1.0, 0], [1.0, 0, 0]], axis=1) * np.asarray(spacing)
    affine = np.eye(4)
    affine[:3, :3] = axes
    affine[:3, 3] = -axes @ ((np.array(shape) - 1) / 2)
    points = to_patient(make_grid(np.zeros(shape, np.uint8), affine), np.moveaxis(np.indices(shape), 0, -1))
    x, y = middle_of_z(points[..., 2])
    inside = np.hypot(points[..., 0] - x, points[..., 1] - y) < radius_mm
    if keep is not None:
        inside &= keep(points)
    return make_grid(np.where(inside, np.uint8(SPINAL_CANAL), np.uint8(0)), affine)


def bent(z):
    """A scoliosis of 15 mm and a kyphosis of 10 mm."""
    return 15 * np.sin(2 * np.pi * z / 220), 10 * np.cos(2 * np.pi * z / 260)


def error_mm(centerline, middle_of_z):
    """Greatest distance of the centreline from the true middle."""
    points = centerline.points[np.abs(centerline.points[:, 2]) < 80]
    x, y = middle_of_z(points[:, 2])
    return float(np.hypot(points[:, 0] - x, points[:, 1] - y).max())


@pytest.mark.parametrize(
    "spacing", [(3.0, 0.8, 0.8), (1.0, 1.0, 1.0), (1.0, 1.0, 4.0)], ids=["axial", "isotropic", "sagittal"]
)
def test_centerline_follows_a_bent_canal_on_any_grid(spacing):
    """The middle of a scoliotic, kyphotic canal is found within a millimetre, whichever side of the voxel is long."""
    centerline = find_centerline(canal(bent, spacing, (200, 70, 80)), NO_POINTS)
    assert error_mm(centerline, bent) < 1.0


def test_points_run_caudally_a_millimetre_apart():
    """Points start at the head end and lie one millimetre apart."""
    centerline = find_centerline(canal(bent, (2.0, 1.0, 1.0), (200, 70, 80)), NO_POINTS)
    assert centerline.points[0, 2] > centerline.points[-1, 2]
    steps = np.diff(centerline.points, axis=0)
    assert np.linalg.norm(steps, axis=1) == pytest.approx(1.0, abs=0.02)
    # No fold at the ends: every step goes on in the direction of the one before.
    assert np.einsum("ij,ij->i", steps[1:], steps[:-1]).min() > 0.95


def test_holes_gaps_and_specks_do_not_move_the_centerline():
    """A tenth of the voxels lost, a gap of 20 mm and a distant speck leave the middle within 1.5 mm."""
    rng = np.random.default_rng(1)

    def keep(points):
        return (rng.random(points.shape[:-1]) > 0.1) & (np.abs(points[..., 2] - 30) > 10)

    holed = canal(bent, (2.0, 1.0, 1.0), (200, 70, 80), keep=keep)
    array = holed.array.copy()
    array[2:4, 2:4, 2:4] = SPINAL_CANAL
    centerline = find_centerline(make_grid(array, holed.affine), NO_POINTS)
    assert error_mm(centerline, bent) < 1.5


def test_obliquely_cut_ends_do_not_bend_the_centerline():
    """Slices tilted by 25 degrees cut the canal's ends obliquely; the curve goes straight on there."""
    tilted = canal(lambda z: (0 * z, np.tan(np.deg2rad(25)) * z), (3.0, 0.8, 0.8), (60, 90, 40))
    centerline = find_centerline(tilted, NO_POINTS)
    x, y = centerline.points[:, 0], centerline.points[:, 1] - np.tan(np.deg2rad(25)) * centerline.points[:, 2]
    assert np.hypot(x, y).max() < 1.0


def test_a_horizontal_canal_is_followed_along_its_curve():
    """A sacral canal that turns by 90 degrees is followed around the bend, where z no longer orders it."""
    shape, radius = (140, 140, 40), 50.0
    index = np.moveaxis(np.indices(shape), 0, -1) - np.array([70, 70, 20])
    z, y, x = np.moveaxis(index.astype(float), -1, 0)
    bend = np.hypot(np.hypot(y - radius, z) - radius, x) < 8
    straight = np.hypot(y, x) < 8
    inside = (straight & (z >= 0)) | (bend & (z < 0) & (y < radius))
    affine = np.array([[0, 0, 1.0, -20], [0, 1.0, 0, -70], [1.0, 0, 0, -70], [0, 0, 0, 1.0]])
    centerline = find_centerline(make_grid(inside.astype(np.uint8) * SPINAL_CANAL, affine), NO_POINTS)
    around = centerline.points[(centerline.points[:, 2] < -5) & (centerline.points[:, 1] < 45)]
    assert np.abs(np.hypot(around[:, 1] - radius, around[:, 2]) - radius).max() < 2.0
    assert np.abs(centerline.tangents[-5] @ [0, 1, 0]) > 0.9


def test_anterior_points_to_the_bodies():
    """The anterior vector points to the bodies, is perpendicular to the canal, and left lies on the patient's left."""
    centerline = find_centerline(canal(lambda z: (0 * z, 0 * z), (2.0, 1.0, 1.0), (120, 40, 40)), FRONT)
    assert centerline.anterior @ [0, -1, 0] == pytest.approx(1.0, abs=0.02)
    assert np.einsum("ij,ij->i", centerline.anterior, centerline.tangents) == pytest.approx(0.0, abs=1e-9)
    assert centerline.left @ [1, 0, 0] == pytest.approx(1.0, abs=0.02)


def test_projection_gives_place_along_and_beside_the_canal():
    """A point 5 mm to the left and 3 mm behind the canal is projected to just that."""
    centerline = find_centerline(canal(lambda z: (0 * z, 0 * z), (2.0, 1.0, 1.0), (120, 40, 40)), FRONT)
    seen = project(centerline, np.array([[5.0, 3.0, 10.0]]))
    assert seen.left_mm[0] == pytest.approx(5.0, abs=0.6)
    assert seen.posterior_mm[0] == pytest.approx(3.0, abs=0.6)
    centre, _, _ = frame_at(centerline, seen.position_mm)
    assert centre[0, 2] == pytest.approx(10.0, abs=0.2)


@pytest.mark.parametrize("voxels", [0, 30])
def test_no_canal_gives_no_centerline(voxels):
    """An empty mask, or a speck of 30 mm³, has no centreline."""
    array = np.zeros((20, 20, 20), dtype=np.uint8)
    array.ravel()[:voxels] = SPINAL_CANAL
    assert find_centerline(make_grid(array, np.eye(4)), NO_POINTS) is None
