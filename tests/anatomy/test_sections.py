from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree

from spineseg.anatomy.centerline import find_centerline
from spineseg.anatomy.levels import anterior_points, find_parts
from spineseg.anatomy.measurements import structure_masks
from spineseg.anatomy.sections import (
    HALF_WIDTH_MM,
    canal_half_width,
    lay_planes,
    plane_axis,
    station_positions,
    to_pixel,
)
from spineseg.anatomy.shapes import ap_diameter_mm, area_mm2, transverse_diameter_mm
from spineseg.domain.labels import CSF, EPIDURAL_SPACE, SPINAL_CORD
from spineseg.domain.volume import make_grid
from tests.grading.analytic import CORD, Spec, axial_affine, segment


def spine_of(segmentation):
    """Centreline of masks."""
    return find_centerline(segmentation.anatomy, anterior_points(find_parts(segmentation)))


def cut(centerline, grid, masks, positions):
    """Masks of the whole grid on the widest planes."""
    planes = lay_planes(centerline, grid, positions)
    return planes.cut({name: mask[planes.box] for name, mask in masks.items()})


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


def test_planes_as_wide_as_the_canal_show_what_wide_ones_show():
    """Planes that hold the canal and no more have the same outlines, pixel by pixel, as the widest."""
    segmentation = segment(Spec(grade="2"))
    centerline = spine_of(segmentation)
    positions = station_positions(centerline, segmentation.anatomy, 10.0, 90.0)
    width = canal_half_width(centerline, segmentation.anatomy, positions)
    assert width < HALF_WIDTH_MM - 2.0
    wide, narrow = (
        planes.cut(structure_masks(segmentation, planes.box))
        for planes in (lay_planes(centerline, segmentation.anatomy, positions, mm) for mm in (HALF_WIDTH_MM, width))
    )
    for name, field in narrow.fields.items():
        beside = (wide.fields[name].shape[-1] - field.shape[-1]) // 2
        inner = wide.fields[name][:, beside:-beside, beside:-beside]
        assert np.abs(np.where(inner < 2.0, field - inner, 0.0)).max() < 1e-4


def test_pixels_of_planes_of_any_width_are_found():
    """The middle of a plane is its middle pixel, and its side the last one, however wide it is."""
    for width in (51, 101):
        field = np.zeros((1, width, width), dtype=np.float32)
        assert to_pixel(field, plane_axis(width)) == pytest.approx(np.arange(width))
