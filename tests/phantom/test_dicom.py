from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from spineseg.domain.uids import derive_uid
from spineseg.domain.volume import make_grid
from spineseg.phantom.dicom import CtProtocol, MrProtocol, SeriesHeader, write_series

T2 = MrProtocol(repetition_time_ms=3500, echo_time_ms=105, echo_train_length=15, sequence_variant=("SK",))
STIR = MrProtocol(
    repetition_time_ms=4000, echo_time_ms=60, inversion_time_ms=160, scanning_sequence=("SE", "IR"),
    contrast_bolus_agent="GADOLINIUM",
)  # fmt: skip
SYNTAXES = (
    ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, RLELossless, JPEGLSLossless,
    JPEG2000Lossless,
)  # fmt: skip


def _header(protocol: MrProtocol | CtProtocol, **changes: object) -> SeriesHeader:
    fields: dict[str, object] = {
        "protocol": protocol,
        "study_instance_uid": derive_uid("study"),
        "series_instance_uid": derive_uid("series"),
        "frame_of_reference_uid": derive_uid("frame"),
        "series_number": 3,
    }
    return SeriesHeader(**{**fields, **changes})  # type: ignore[arg-type] # the fields are checked by the dataclass


def _grid(values: np.ndarray | None = None):
    """Four oblique slices: rows run to posterior and down, columns to the left."""
    angle = np.radians(20)
    affine = np.eye(4)
    affine[:3, 0] = np.array([0, np.sin(angle), np.cos(angle)]) * 3.0
    affine[:3, 1] = np.array([0, np.cos(angle), -np.sin(angle)]) * 0.6
    affine[:3, 2] = np.array([0.5, 0, 0])
    affine[:3, 3] = (-11.25, 3.5, 40.125)
    if values is None:
        values = np.random.default_rng(0).integers(-900, 2000, (4, 32, 40))
    return make_grid(values.astype(np.float32), affine)


def _errors(path: Path) -> list[str]:
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy (dicom3tools) is not installed")
    done = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
    return [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("Error")]


@pytest.mark.parametrize("protocol", [CtProtocol(), CtProtocol(contrast_bolus_agent="IODINE"), T2, STIR])
@pytest.mark.parametrize("transfer_syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEG2000Lossless])
def test_conformance(tmp_path: Path, protocol: MrProtocol | CtProtocol, transfer_syntax: str) -> None:
    """The checker dciodvfy finds no error in any file that is written."""
    paths = write_series(tmp_path, _grid(), _header(protocol), transfer_syntax_uid=transfer_syntax)

    assert [_errors(path) for path in paths] == [[]] * len(paths)


def test_same_bytes_every_time(tmp_path: Path) -> None:
    """The same image and header give the same files, byte for byte."""
    first, second = (write_series(tmp_path / name, _grid(), _header(T2)) for name in ("a", "b"))

    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_hounsfield_units_survive(tmp_path: Path) -> None:
    """Rescaled pixels of a CT are the HU given, whole numbers exactly."""
    grid = _grid()

    paths = write_series(tmp_path, grid, _header(CtProtocol()))

    for path, expected in zip(paths, grid.array, strict=True):
        dataset = pydicom.dcmread(path)
        values = dataset.pixel_array * float(dataset.RescaleSlope) + float(dataset.RescaleIntercept)
        np.testing.assert_array_equal(values, expected)


def test_values_beyond_the_range_are_clipped(tmp_path: Path) -> None:
    """What 16 bits cannot hold becomes the nearest value that they can, and never wraps round."""
    values = np.full((4, 32, 40), -5000.0)
    values[:, 0] = 1e6

    path = write_series(tmp_path, _grid(values), _header(CtProtocol()))[0]

    stored = pydicom.dcmread(path).pixel_array
    assert set(np.unique(stored[0])) == {65535}
    assert set(np.unique(stored[1:])) == {0}


@pytest.mark.parametrize("transfer_syntax", SYNTAXES)
def test_every_syntax_is_lossless(tmp_path: Path, transfer_syntax: str) -> None:
    """Pixels are the same in every transfer syntax."""
    plain = write_series(tmp_path / "plain", _grid(), _header(CtProtocol()))

    coded = write_series(tmp_path / "coded", _grid(), _header(CtProtocol()), transfer_syntax_uid=transfer_syntax)

    for one, other in zip(plain, coded, strict=True):
        read = pydicom.dcmread(other)
        assert read.file_meta.TransferSyntaxUID == transfer_syntax
        assert read.SOPInstanceUID == read.file_meta.MediaStorageSOPInstanceUID
        np.testing.assert_array_equal(pydicom.dcmread(one).pixel_array, read.pixel_array)


def test_geometry_is_that_of_the_affine(tmp_path: Path) -> None:
    """Position plus orientation times spacing leads from every file to the affine of the grid."""
    grid = _grid()

    paths = write_series(tmp_path, grid, _header(T2))

    for index, path in enumerate(paths):
        dataset = pydicom.dcmread(path)
        orientation = np.asarray(dataset.ImageOrientationPatient, dtype=float)
        row_mm, column_mm = map(float, dataset.PixelSpacing)
        last = np.asarray(dataset.ImagePositionPatient, dtype=float) + (
            orientation[:3] * column_mm * (dataset.Columns - 1) + orientation[3:] * row_mm * (dataset.Rows - 1)
        )
        np.testing.assert_allclose(last, (grid.affine @ (index, 31, 39, 1))[:3], atol=1e-9)


def test_reversed_numbers(tmp_path: Path) -> None:
    """Reversed, instance numbers and names run against the positions while the slices stay where they are."""
    forward, backward = (
        [pydicom.dcmread(path) for path in write_series(tmp_path / str(flag), _grid(), _header(T2), reverse=flag)]
        for flag in (False, True)
    )

    assert [one.InstanceNumber for one in forward] == [1, 2, 3, 4]
    assert [one.InstanceNumber for one in backward] == [4, 3, 2, 1]
    for one, other in zip(forward, backward, strict=True):
        assert one.ImagePositionPatient == other.ImagePositionPatient
        assert one.PixelData == other.PixelData


def test_nobody_is_meant(tmp_path: Path) -> None:
    """The patient is plainly synthetic, and results of spineseg are told from its phantoms by the model name."""
    dataset = pydicom.dcmread(write_series(tmp_path, _grid(), _header(T2))[0])

    assert dataset.PatientName == "SPINESEG^PHANTOM"
    assert dataset.PatientBirthDate == ""
    assert (dataset.Manufacturer, dataset.ManufacturerModelName) == ("spineseg", "phantom")


def test_header_reaches_the_file(tmp_path: Path) -> None:
    """Timing, position of the patient and contrast agent are those of the header."""
    header = _header(STIR, patient_position="FFS", slice_thickness_mm=3.5)

    dataset = pydicom.dcmread(write_series(tmp_path, _grid(), header)[0])

    timing = (dataset.RepetitionTime, dataset.EchoTime, dataset.InversionTime)
    assert timing == (4000, 60, 160)
    assert list(dataset.ScanningSequence) == ["SE", "IR"]
    assert dataset.ContrastBolusAgent == "GADOLINIUM"
    assert (dataset.PatientPosition, dataset.SliceThickness, dataset.SpacingBetweenSlices) == ("FFS", 3.5, 3)
