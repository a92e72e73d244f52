from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree

from spineseg.anatomy.centerline import find_centerline
from spineseg.anatomy.levels import anterior_points, find_parts
from spineseg.anatomy.measurements import structure_masks
from spineseg.anatomy.sections import cut, plane_axis, signed_distance, station_positions
from spineseg.anatomy.shapes import ap_diameter_mm, area_mm2, transverse_diameter_mm
from spineseg.domain.labels import CSF, EPIDURAL_SPACE, SPINAL_CORD
from spineseg.domain.volume import make_grid
from tests.grading.analytic import CORD, Spec, axial_affine, segment


def spine_of(segmentation):
    """Centreline of masks."""
    return find_centerline(segmentation.anatomy, anterior_points(find_parts(segmentation)))


def test_thick_square_slices_are_met_at_their_planes():
    """On 3 mm slices across the canal the planes are the slices; nothing is invented between them."""
    segmentation = segment(Spec())
    centerline = spine_of(segmentation)
    positions = station_positions(centerline, segmentation.anatomy, 20.0, 60.0)
    assert np.diff(positions) == pytest.approx(3.0, abs=0.05)
    heights = np.interp(positions, np.arange(len(centerline.points)), centerline.points[:, 2])
    assert np.abs(heights / 3.0 - np.round(heights / 3.0)).max() < 0.03


def test_sagittal_slices_are_cut_every_millimetre():
    """A stack that runs along the canal is cut every millimetre."""
    shape = (15, 150, 70)
    affine = np.array([[4.0, 0, 0, -28], [0, 0, 0.9, -36], [0, -0.7, 0, 52], [0, 0, 0, 1]])
    segmentation = segment(Spec(), affine, shape)
    positions = station_positions(spine_of(segmentation), segmentation.anatomy, 20.0, 60.0)
    assert np.diff(positions) == pytest.approx(1.0)


def test_signed_distance_crosses_zero_at_the_outline():
    """Along a line through a box the signed distance is zero half a voxel beyond its last voxel."""
    mask = np.zeros((9, 40, 40), dtype=bool)
    mask[2:7, 10:30, 10:30] = True
    line = signed_distance(mask, np.array([3.0, 0.5, 0.5]))[4, 20]
    crossing = 29 + -line[29] / (line[30] - line[29])
    assert crossing == pytest.approx(29.5, abs=0.05)
    assert line[20] < -2


def test_pinholes_are_filled_and_outlines_kept():
    """A missing voxel inside a mask changes nothing; one at its edge is not filled in."""
    mask = np.zeros((5, 30, 30), dtype=bool)
    mask[1:4, 8:22, 8:22] = True
    holed, notched = mask.copy(), mask.copy()
    holed[2, 15, 15] = False
    notched[2, 15, 21] = False
    spacing = np.array([3.0, 0.6, 0.6])
    assert np.array_equal(signed_distance(holed, spacing), signed_distance(mask, spacing))
    assert signed_distance(notched, spacing)[2, 15, 21] > signed_distance(mask, spacing)[2, 15, 21] + 0.1


@pytest.mark.parametrize("value", [False, True])
def test_signed_distance_of_nothing_and_of_everything(value):
    """An absent structure is far away everywhere, a full one deep inside everywhere."""
    field = signed_distance(np.full((4, 5, 6), value), np.ones(3))
    assert np.all(field == (-30 if value else 30))


@pytest.mark.parametrize(("tilt_deg", "thickness"), [(0.0, 3.0), (20.0, 3.0), (0.0, 1.0)])
def test_area_is_that_of_the_ellipse_under_tilt_and_thickness(tilt_deg, thickness):
    """The cord's area across the canal is that of its ellipse within 4 %, also on slices tilted by 20 degrees."""
    shape = (round(105 / thickness), 124, 100)
    affine = axial_affine(spacing=(thickness, 0.6, 0.6), shape=shape, tilt_deg=tilt_deg)
    segmentation = segment(Spec(), affine, shape)
    centerline = spine_of(segmentation)
    middle = len(centerline.points) / 2
    positions = station_positions(centerline, segmentation.anatomy, middle - 15, middle + 15)
    sections = cut(centerline, segmentation.anatomy, structure_masks(segmentation), positions)
    assert sections.covered.all()
    assert area_mm2(sections.fields["cord"]) == pytest.approx(np.pi * CORD[0] * CORD[1], rel=0.04)


def test_planes_beyond_the_field_are_not_covered():
    """On a tilted stack the planes at the ends leave the field of view and say so."""
    segmentation = segment(Spec(), axial_affine(tilt_deg=20.0))
    centerline = spine_of(segmentation)
    last = len(centerline.points) - 1.0
    sections = cut(centerline, segmentation.anatomy, structure_masks(segmentation), np.array([0.0, last / 2, last]))
    assert sections.covered.tolist() == [False, True, False]


def test_axis_is_symmetric():
    """Rows and columns reach equally far to both sides of the canal's middle."""
    assert plane_axis() == pytest.approx(-plane_axis()[::-1])


TUBES = {"cord": (6.3, 3.8), "sac": (9.3, 6.8), "canal": (11.3, 8.8)}  # half-axes, left-right and AP [mm]


def scoliotic_tubes(cobb_deg, spacing):
    """Elliptical tubes whose cross-section is exact at right angles to a canal that leans by half of Cobb's angle."""
    amplitude = np.tan(np.deg2rad(cobb_deg / 2)) * 220 / (2 * np.pi)
    height = np.arange(-95.0, 95.0, 0.1)
    lateral = amplitude * np.sin(2 * np.pi * height / 220)
    shape = tuple(round(length / step) for length, step in zip((150, 44, 90), spacing, strict=True))
    axes = np.stack([[0, 0, 1.0], [0, 1.0, 0], [1.0, 0, 0]], axis=1) * np.asarray(spacing)
    affine = np.eye(4)
    affine[:3, :3] = axes
    affine[:3, 3] = -axes @ ((np.array(shape) - 1) / 2)
    index = np.moveaxis(np.indices(shape, dtype=np.float64), 0, -1)
    x, y, z = np.moveaxis(index @ affine[:3, :3].T + affine[:3, 3], -1, 0)
    plane = np.stack([x[:, 0], z[:, 0]], axis=-1)
    _, nearest = cKDTree(np.stack([lateral, height], axis=1)).query(plane)
    across = np.hypot(plane[..., 0] - lateral[nearest], plane[..., 1] - height[nearest]) * np.sign(
        plane[..., 0] - lateral[nearest]
    )
    inside = {name: (across[:, None] / a) ** 2 + (y / b) ** 2 < 1 for name, (a, b) in TUBES.items()}
    labels = np.where(inside["canal"], EPIDURAL_SPACE, 0)
    labels = np.where(inside["sac"], CSF, labels)
    grid = make_grid(np.where(inside["cord"], SPINAL_CORD, labels).astype(np.uint8), affine)
    front = np.array([[np.interp(at, height, lateral), -30.0, at] for at in np.arange(-60.0, 61.0, 20.0)])
    return grid, inside, front


@pytest.mark.parametrize("cobb_deg", [0.0, 30.0, 60.0])
@pytest.mark.parametrize("spacing", [(3.0, 0.6, 0.6), (1.0, 1.0, 1.0), (5.0, 0.5, 0.5)])
def test_areas_and_diameters_are_those_of_the_tubes_through_a_scoliosis(cobb_deg, spacing):
    """Areas of canal and sac within 5 %, of the cord within 8 %, diameters within 0.5 mm or 0.7 voxels, to Cobb 60."""
    near_mm = max(0.5, 0.7 * spacing[1])
    grid, masks, front = scoliotic_tubes(cobb_deg, spacing)
    centerline = find_centerline(grid, front)
    middle = len(centerline.points) / 2
    positions = station_positions(centerline, grid, middle - 45, middle + 45)
    sections = cut(centerline, grid, masks, positions)
    assert sections.covered.all()
    for name, (a, b) in TUBES.items():
        field = sections.fields[name]
        assert area_mm2(field) == pytest.approx(np.pi * a * b, rel=0.08 if name == "cord" else 0.05), name
        assert ap_diameter_mm(field) == pytest.approx(2 * b, abs=near_mm), name
        assert transverse_diameter_mm(field) == pytest.approx(2 * a, abs=near_mm), name
