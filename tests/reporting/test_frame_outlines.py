"""Tests of spineseg.reporting.frame_outlines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from spineseg.reporting.frame_outlines import structures_on_frames
from spineseg.reporting.source import read_source
from tests.reporting.samples import AXIAL, CORONAL, SAGITTAL, make_sample, rotated


@pytest.mark.parametrize(
    ("steps", "shape"),
    [(AXIAL, (6, 72, 64)), (rotated(AXIAL, 20.0), (6, 72, 64)), (SAGITTAL, (6, 80, 70)), (CORONAL, (6, 80, 60))],
    ids=["axial", "oblique", "sagittal", "coronal"],
)
def test_outlines_lie_on_the_cord_in_patient_space(
    steps: NDArray[np.float64], shape: tuple[int, int, int], tmp_path: Path
) -> None:
    """Pixels of the frame, taken to patient space by the frame's own header, lie on the border of the cord."""
    one = make_sample(tmp_path, steps=steps, shape=shape).input
    source = read_source(one.series)
    frame = int(np.argmin(np.abs(np.array([np.linalg.norm(_middle(source, n)) for n in range(shape[0])]))))

    found = structures_on_frames(one.segmentation, source, [frame], doubtful=(), lesion_ranks={1: 4})[frame]

    cord = next(structure for structure in found if structure.name == "spinal cord")
    rows, columns = np.concatenate(cord.contours).T
    down, along = source.orientation[3:], source.orientation[:3]
    points = source.positions_mm[frame] + rows[:, None] * down + columns[:, None] * along  # 1 mm pixels
    inside = np.abs(points[:, 2]) < 30.0  # mm; the ends of the tube are cut flat
    assert np.hypot(points[inside, 0] + 1, points[inside, 1]).max() < 4.5 + 1.0
    if shape[0] == 6 and steps is AXIAL:
        assert np.hypot(points[:, 0] + 1, points[:, 1]).min() > 4.5 - 0.8
        assert found[-1].label == "lesion 4"


def _middle(source: object, frame: int) -> NDArray[np.float64]:
    """Middle of a frame [mm]."""
    rows, columns = source.shape[1:]  # type: ignore[attr-defined]
    orientation = source.orientation  # type: ignore[attr-defined]
    half = orientation[3:] * (rows - 1) / 2 + orientation[:3] * (columns - 1) / 2
    return np.asarray(source.positions_mm[frame] + half)  # type: ignore[attr-defined]
