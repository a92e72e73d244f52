from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spineseg.phantom.acquisition import (
    Scan,
    Scene,
    draw_quality,
    draw_scan,
    export_mr,
    field_of_view,
    from_slices,
    to_slices,
)
from spineseg.phantom.contrasts import Contrast

SHAPE = (20, 24, 30)


def _scene(plane: int = 2, spacing_mm: float = 4.0, thickness_mm: float = 4.0) -> Scene:
    scan = Scan(
        plane=plane,
        spacing_mm=spacing_mm,
        thickness_mm=thickness_mm,
        start=0.5,
        phase_axis=0 if plane else 1,
        nearest=False,
    )
    return Scene(tissues=np.zeros(SHAPE, np.uint8), affine=np.diag([1.5, 1.5, 1.5, 1.0]), scan=scan)


@pytest.mark.parametrize("plane", [0, 1, 2])
def test_slices_go_back_to_where_they_were(plane: int) -> None:
    """A ramp cut into thick slices and interpolated back is the ramp, away from the ends."""
    ramp = np.moveaxis(np.broadcast_to(np.arange(SHAPE[plane], dtype=np.float32), (5, 5, SHAPE[plane])), 2, plane)

    slices = to_slices(ramp, _scene(plane))
    back = from_slices(slices, _scene(plane))

    assert slices.shape[plane] < 0.5 * SHAPE[plane]
    inner = slice(3, SHAPE[plane] - 4)
    assert np.allclose(np.moveaxis(back, plane, 0)[inner], np.moveaxis(ramp, plane, 0)[inner], atol=0.05)


def test_series_start_anywhere_in_the_patch() -> None:
    """Half a slice spacing of start moves every slice by that much."""
    ramp = np.broadcast_to(np.arange(SHAPE[2], dtype=np.float32), (5, 5, SHAPE[2]))
    late = _scene()
    early = replace(late, scan=replace(late.scan, start=0.0))

    first, second = (to_slices(ramp, scene)[2, 2] for scene in (early, late))

    assert second[2] - first[2] == pytest.approx(0.5 * 4.0 / 1.5, abs=0.15)


def test_isotropic_and_thin_series_are_left() -> None:
    """A 3D sequence and slices thinner than the grid keep every value."""
    image = np.random.default_rng(0).random(SHAPE, dtype=np.float32)

    assert np.array_equal(from_slices(to_slices(image, _scene(3)), _scene(3)), image)
    thin = _scene(2, 1.2, 1.2)
    assert np.array_equal(from_slices(to_slices(image, thin), thin), image)


def test_scans_cover_all_planes_and_gaps() -> None:
    """Sagittal, coronal, axial and 3D series occur, with and without gaps, and phase is always in plane."""
    scans = [draw_scan(Contrast.T2, np.random.default_rng(seed)) for seed in range(200)]

    assert {scan.plane for scan in scans} == {0, 1, 2, 3}
    assert 0.2 < np.mean([scan.thickness_mm < scan.spacing_mm for scan in scans]) < 0.8
    assert all(scan.phase_axis != scan.slice_axis for scan in scans)
    assert max(scan.spacing_mm for scan in scans) > 5.5


def test_axial_series_prevail_in_t2_star() -> None:
    """T2* gradient echo is an axial sequence in most patches."""
    planes = [draw_scan(Contrast.T2_STAR, np.random.default_rng(seed)).plane for seed in range(200)]

    assert planes.count(2) > 140


def test_noise_reaches_from_clean_to_poor_and_ct_has_no_coil() -> None:
    """The signal-to-noise ratio spans a factor of ten; CT has neither bias nor coil."""
    noise = [draw_quality(Contrast.T1, np.random.default_rng(seed)).noise for seed in range(100)]

    assert max(noise) > 10 * min(noise)
    ct = draw_quality(Contrast.CT, np.random.default_rng(0))
    assert ct.coil_mm is None
    assert ct.bias == 0


@pytest.mark.parametrize("contrast", [Contrast.T2, Contrast.CT])
def test_fields_of_view_are_whole_or_cut_but_never_empty(contrast: Contrast) -> None:
    """Some patches are whole, some narrowed, none is empty."""
    filled = [field_of_view(_scene(0), contrast, np.random.default_rng(seed)).mean() for seed in range(120)]

    assert min(filled) > 0.1
    assert 0.3 < np.mean([share == 1 for share in filled]) < 0.95


def test_exports_clip_and_quantise_some_images() -> None:
    """About a quarter of the images come back with at most 256 values, the others as they were or with clean air."""
    image = 100 + 20 * np.random.default_rng(0).standard_normal((24, 24, 24)).astype(np.float32)
    exported = [export_mr(image, 5.0, np.random.default_rng(seed)) for seed in range(60)]

    coarse = [np.unique(values).size <= 256 for values in exported]
    assert 0.1 < np.mean(coarse) < 0.45
    assert all(np.corrcoef(values.ravel(), image.ravel())[0, 1] > 0.95 for values in exported)
