from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spineseg.errors import GeometryError
from spineseg.ingest.geometry import SliceGeometry, geometry_fault, stack_slices

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def _slices(
    heights: list[float], *, orientation: tuple[float, ...] = AXIAL, step: tuple[float, float] = (0.0, 0.0)
) -> list[SliceGeometry]:
    """Axial slices at these heights, each shifted by `step` (x, y) per mm against the first."""
    return [
        SliceGeometry(
            orientation=orientation,
            position=(-10.0 + step[0] * (z - heights[0]), 5.0 + step[1] * (z - heights[0]), z),
            pixel_spacing_mm=(0.8, 0.7),
            rows=20,
            columns=24,
        )
        for z in heights
    ]


def test_affine_of_even_slices() -> None:
    """Index (slice, row, column) times the affine is the position that the files give."""
    slices = _slices([4.0, -2.0, 1.0, 7.0])

    stack = stack_slices(slices)

    assert stack.order.tolist() == [1, 2, 0, 3]
    expected = [[0, 0, 0.7, -10], [0, 0.8, 0, 5], [3, 0, 0, -2], [0, 0, 0, 1]]
    np.testing.assert_allclose(stack.affine, expected, atol=1e-12)
    assert not stack.is_sheared


@settings(deadline=None)  # a busy machine is no defect
@given(order=st.permutations(range(7)))
def test_order_of_files_does_not_matter(order: list[int]) -> None:
    """Slices given in any order make the same stack."""
    slices = _slices([3.0 * k for k in range(7)])

    stack = stack_slices([slices[index] for index in order])

    assert [order[index] for index in stack.order] == list(range(7))
    np.testing.assert_array_equal(stack.affine, stack_slices(slices).affine)


@settings(deadline=None)
@given(
    noise=st.lists(st.floats(-0.02, 0.02), min_size=6, max_size=6),
    spacing=st.floats(0.6, 6.0),
)
def test_rounded_positions_are_even(noise: list[float], spacing: float) -> None:
    """Positions rounded as scanners round them still make a volume, each slice where its file says."""
    heights = [spacing * k + error for k, error in enumerate(noise)]

    stack = stack_slices(_slices(heights))

    modelled = stack.affine[2, 3] + stack.affine[2, 0] * np.arange(6)
    assert np.abs(modelled - heights).max() <= 0.1 * spacing


def _with(slices: list[SliceGeometry], index: int, **changes: object) -> list[SliceGeometry]:
    return [replace(one, **changes) if k == index else one for k, one in enumerate(slices)]  # type: ignore[arg-type] # fields are checked at run time


EVEN = _slices([0.0, 3.0, 6.0, 9.0, 12.0])
TILTED_OUT = (1.0, 0.0, 0.0, 0.0, float(np.cos(0.1)), float(np.sin(0.1)))
FAULTS = {
    "one slice is no volume": EVEN[:1],
    "all slices are at one place": [EVEN[0]] * 3,
    "share a place": [*EVEN, EVEN[2]],
    "slices are missing: 1 wide gaps, the first of 6.00 mm after slice 2 of 4": [*EVEN[:2], *EVEN[3:]],
    "unevenly spaced": _slices([0.0, 3.0, 5.0, 9.0, 12.0]),
    "differ in their orientation": _with(EVEN, 2, orientation=TILTED_OUT),
    "have no orientation": _with(EVEN, 2, orientation=None),
    "not perpendicular unit vectors": [replace(one, orientation=(1, 0, 0, 0.5, 1, 0)) for one in EVEN],
    "orientation is not a number": _with(EVEN, 2, orientation=(float("nan"), *AXIAL[1:])),
    "differ in their matrix": _with(EVEN, 2, rows=21),
    "1 of 5 slices have no usable position": _with(EVEN, 2, position=None),
    "1 of 5 slices have no usable position ": _with(EVEN, 2, position=(0.0, float("nan"), 6.0)),
    "have no pixel spacing": _with(EVEN, 2, pixel_spacing_mm=None),
    "differ in their pixel spacing": _with(EVEN, 2, pixel_spacing_mm=(0.8, 0.8)),
    "not a positive length": [replace(one, pixel_spacing_mm=(0.0, 0.7)) for one in EVEN],
    "not a positive length ": [replace(one, pixel_spacing_mm=(0.8, -0.7)) for one in EVEN],
    "displaced in their plane": _with(EVEN, 2, position=(-10.0, 9.0, 6.0)),
    "slices are 30 mm apart": _slices([0.0, 30.0, 60.0]),
    "sheared by 50 degrees": _slices([0.0, 3.0, 6.0, 9.0], step=(0.0, float(np.tan(np.radians(50))))),
}


@pytest.mark.parametrize("reason", FAULTS)
def test_faults_are_refused_with_their_reason(reason: str) -> None:
    """Whatever keeps slices from being a volume is found and named, with the series that has it."""
    slices = FAULTS[reason]

    with pytest.raises(GeometryError, match=r"\(series 7\)") as caught:
        stack_slices(slices, where="series 7")

    assert reason.strip() in str(caught.value)
    assert reason.strip() in geometry_fault(slices)


def test_even_slices_have_no_fault() -> None:
    """A sound stack has no fault."""
    assert geometry_fault(EVEN) == ""


@pytest.mark.parametrize("tilt_deg", [-20.0, 4.0, 15.0, 30.0])
def test_tilt_is_measured(tilt_deg: float) -> None:
    """The shift from slice to slice of a tilted gantry gives back the angle of the tilt."""
    slices = _slices([0.0, 3.0, 6.0, 9.0], step=(0.0, float(np.tan(np.radians(tilt_deg)))))

    stack = stack_slices(slices)

    assert stack.is_sheared
    assert stack.tilt_deg == pytest.approx(abs(tilt_deg))
    np.testing.assert_allclose(stack.shear_mm, [3 * np.tan(np.radians(tilt_deg)), 0.0], atol=1e-9)


def test_rounding_is_no_tilt() -> None:
    """A drift of less than a voxel over the whole stack is left alone."""
    stack = stack_slices(_slices([0.0, 3.0, 6.0, 9.0], step=(0.02, 0.0)))

    assert not stack.is_sheared
