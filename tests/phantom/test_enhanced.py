from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, RLELossless

from spineseg.domain.uids import derive_uid
from spineseg.domain.volume import make_grid
from spineseg.phantom.dicom import CtProtocol, MrProtocol, SeriesHeader
from spineseg.phantom.enhanced import write_enhanced

PROTOCOLS = (
    CtProtocol(),
    MrProtocol(repetition_time_ms=3500, echo_time_ms=105, echo_train_length=15),
    MrProtocol(repetition_time_ms=20, echo_time_ms=5, scanning_sequence=("GR",), acquisition_type="3D"),
    MrProtocol(
        repetition_time_ms=4000, echo_time_ms=60, inversion_time_ms=160, scanning_sequence=("SE", "IR"),
        contrast_bolus_agent="GADOLINIUM",
    ),
)  # fmt: skip


def _grid():
    values = np.random.default_rng(0).integers(0, 2000, (5, 32, 40)).astype(np.float32)
    affine = np.array([[0, 0, 0.5, -20], [0, 0.6, 0, 30], [3.0, 0, 0, 10], [0, 0, 0, 1]])
    return make_grid(values, affine)


def _header(protocol: CtProtocol | MrProtocol) -> SeriesHeader:
    return SeriesHeader(
        protocol=protocol,
        study_instance_uid=derive_uid("study"),
        series_instance_uid=derive_uid("series"),
        frame_of_reference_uid=derive_uid("frame"),
        series_number=3,
    )


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_conformance(tmp_path: Path, protocol: CtProtocol | MrProtocol) -> None:
    """The checker dciodvfy finds no error in an enhanced object, spin echo, gradient echo, inversion or CT."""
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy (dicom3tools) is not installed")
    path = write_enhanced(tmp_path, _grid(), _header(protocol))

    done = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)

    assert [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("Error")] == []


@pytest.mark.parametrize("transfer_syntax", [ExplicitVRLittleEndian, RLELossless, JPEG2000Lossless])
def test_frames_in_either_order(tmp_path: Path, transfer_syntax: str) -> None:
    """Reversed, each frame keeps its own position and pixels."""
    grid = _grid()

    path = write_enhanced(tmp_path, grid, _header(PROTOCOLS[1]), reverse=True, transfer_syntax_uid=transfer_syntax)

    dataset = pydicom.dcmread(path)
    frames = dataset.PerFrameFunctionalGroupsSequence
    heights = [float(frame.PlanePositionSequence[0].ImagePositionPatient[2]) for frame in frames]
    assert heights == [22, 19, 16, 13, 10]
    np.testing.assert_array_equal(dataset.pixel_array, grid.array[::-1])


def test_same_bytes_every_time(tmp_path: Path) -> None:
    """The same image and header give the same file, byte for byte."""
    first, second = (write_enhanced(tmp_path / name, _grid(), _header(PROTOCOLS[0])) for name in ("a", "b"))

    assert first.read_bytes() == second.read_bytes()
