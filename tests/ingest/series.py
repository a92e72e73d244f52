"""Small series with known content at every point of the patient, for the tests of ingest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import highdicom
import numpy as np
import pydicom
from numpy.typing import ArrayLike, NDArray

from spineseg.domain.study import ChosenSeries, Series
from spineseg.domain.uids import derive_uid
from spineseg.domain.volume import SeriesRole, make_grid, to_patient
from spineseg.phantom.dicom import CtProtocol, MrProtocol, SeriesHeader, write_series

X, Y, Z = np.eye(3)
T2 = MrProtocol(
    repetition_time_ms=3500, echo_time_ms=105, echo_train_length=15, sequence_variant=("SK",), flip_angle_deg=150
)
T1 = MrProtocol(repetition_time_ms=550, echo_time_ms=11, echo_train_length=3)
STIR = replace(T2, echo_time_ms=60, inversion_time_ms=160, scanning_sequence=("SE", "IR"))
CT = CtProtocol()


def content(points: ArrayLike) -> NDArray[np.float64]:
    """Values that differ along x, y and z: (..., 3) [mm, LPS] to whole numbers between 0 and 4000."""
    x, y, z = np.moveaxis(np.asarray(points, dtype=np.float64), -1, 0)
    return np.rint(1500 + 9 * x + 4 * y + 2 * z)


def grid_of(
    normal: ArrayLike = Z,
    along_rows: ArrayLike = Y,
    along_columns: ArrayLike = X,
    *,
    spacing: tuple[float, float, float] = (3.0, 0.8, 0.7),
    shape: tuple[int, int, int] = (6, 20, 24),
    origin: ArrayLike = (-10.0, 20.0, -30.0),
) -> highdicom.Volume:
    """Grid that shows `content`; directions of growing slice, row and column index."""
    affine = np.eye(4)
    affine[:3, :3] = np.stack([normal, along_rows, along_columns], axis=1) * np.asarray(spacing)
    affine[:3, 3] = origin
    empty = make_grid(np.zeros(shape, dtype=np.float32), affine)
    return make_grid(content(to_patient(empty, np.moveaxis(np.indices(shape), 0, -1))), affine)


def header_of(protocol: MrProtocol | CtProtocol = CT, number: int = 1, **changes: object) -> SeriesHeader:
    """Header of series `number` of the one study of these tests."""
    header = SeriesHeader(
        protocol=protocol,
        study_instance_uid=derive_uid("study"),
        series_instance_uid=derive_uid("series", str(number)),
        frame_of_reference_uid=derive_uid("frame"),
        series_number=number,
    )
    return replace(header, **changes)  # type: ignore[arg-type] # the fields are checked by the dataclass


def write(folder: Path, protocol: MrProtocol | CtProtocol = CT, number: int = 1, **changes: object) -> list[Path]:
    """Six axial slices 3 mm apart."""
    return write_series(folder, grid_of(), header_of(protocol, number, **changes))


def edit(path: Path, change: Callable[[pydicom.Dataset], object]) -> None:
    """Change one file in place."""
    dataset = pydicom.dcmread(path)
    change(dataset)
    dataset.save_as(path)


def choose(series: Series) -> ChosenSeries:
    """The series as selection would hand it to loading."""
    return ChosenSeries(series=series, role=SeriesRole.OTHER, score=0.0, reasons=())


def assert_shows_content(grid: highdicom.Volume) -> None:
    """Every voxel holds what lies at its place in the patient."""
    points = to_patient(grid, np.moveaxis(np.indices(grid.spatial_shape), 0, -1))
    np.testing.assert_array_equal(grid.array, content(np.round(points, 6)))
