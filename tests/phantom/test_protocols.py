from __future__ import annotations

import numpy as np
import pytest
from highdicom import Volume as Grid
from numpy.typing import NDArray

from spineseg.domain.volume import SeriesRole, spacing_mm, to_index
from spineseg.phantom.contrasts import Contrast
from spineseg.phantom.protocols import axial, computed_tomography, default_protocols, sagittal
from tests.phantom.patient import spine


def _inside(grid: Grid, point: NDArray[np.float64]) -> bool:
    index = to_index(grid, point)
    return bool(np.all(index > -0.5) and np.all(index < np.array(grid.spatial_shape) - 0.5))


def test_sagittal_covers_the_whole_canal() -> None:
    """C2 and S1 lie in the stack, slices run from right to left, rows from head to foot."""
    protocol = sagittal(spine(), Contrast.T2)

    assert all(_inside(protocol.grid, spine().curve.to_patient(spine().level_s(name))) for name in ("C2", "T7", "S1"))
    assert spacing_mm(protocol.grid) == pytest.approx([3.6, 0.95, 0.95])
    assert protocol.grid.affine[0, 0] > 0
    assert protocol.grid.affine[2, 1] < 0


def test_axial_is_perpendicular_to_the_canal() -> None:
    """The slice direction is the canal's, rows run posteriorly, columns to the left, and the focus is central."""
    s = spine().level_s("L5")
    protocol = axial(spine(), Contrast.T2, s=s)
    k = int(spine().curve.node(np.array([s], dtype=np.float32))[0])
    normal = protocol.grid.affine[:3, 0] / 3.0

    assert abs(float(normal @ spine().curve.tangent[:, k])) == pytest.approx(1.0, abs=1e-4)
    assert protocol.grid.affine[1, 1] > 0
    assert protocol.grid.affine[0, 2] > 0
    steps = protocol.grid.affine[:3, :3]
    assert np.allclose(steps.T @ steps, np.diag([9, 0.36, 0.36]), atol=1e-6)
    middle = np.array(protocol.grid.spatial_shape) / 2
    assert np.all(np.abs(to_index(protocol.grid, spine().curve.to_patient(s)) - middle)[[0, 2]] < (2, 20))


def test_default_study_has_three_roles() -> None:
    """Sagittal T2, axial T2 and CT; a neck lesion gets a CT of the neck."""
    lumbar, neck = (default_protocols(spine(), spine().level_s(name)) for name in ("L2", "C5"))

    roles = {one.role for one in lumbar}
    assert roles == {SeriesRole.SAGITTAL_T2, SeriesRole.AXIAL_T2, SeriesRole.CT}
    assert _inside(lumbar[2].grid, spine().curve.to_patient(spine().level_s("L2")))
    assert _inside(neck[2].grid, spine().curve.to_patient(spine().level_s("C5")))


def test_other_contrasts_have_their_roles() -> None:
    """STIR and T1 stacks are not called T2."""
    assert sagittal(spine(), Contrast.STIR).role is SeriesRole.STIR
    assert axial(spine(), Contrast.T1, s=300.0).role is SeriesRole.T1
    assert computed_tomography(spine()).role is SeriesRole.CT
