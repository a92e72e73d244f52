from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pydicom
import pytest

from spineseg.phantom.contrasts import Contrast
from spineseg.phantom.protocols import Protocol, axial, computed_tomography
from spineseg.phantom.study import frame_of_reference_uid, render_series, write_case
from tests.phantom.patient import case


def _small_protocols() -> tuple[Protocol, ...]:
    spine, s = case("escc-2-t7").phantom.spine, case("escc-2-t7").phantom.lesions[0].s
    return (
        axial(spine, Contrast.T2, s=s, length_mm=12, in_plane_mm=1.0, field_mm=60),
        computed_tomography(spine, top="T7", bottom="T7", in_plane_mm=4.0, spacing_mm=5.0),
    )


def test_study_is_written_with_its_truth(tmp_path: Path) -> None:
    """Each series has its folder, all share study and frame of reference, and truth.json lies beside them."""
    told: list[str] = []

    paths = write_case(case("escc-2-t7"), tmp_path, protocols=_small_protocols(), progress=told.append)

    headers = [pydicom.dcmread(path, stop_before_pixels=True) for path in paths]
    assert {path.parent.name for path in paths} == {"01-axial-t2", "02-ct"}
    assert len({header.StudyInstanceUID for header in headers}) == 1
    assert {header.FrameOfReferenceUID for header in headers} == {frame_of_reference_uid(case("escc-2-t7"))}
    truth = json.loads((tmp_path / "truth.json").read_text())
    assert truth["study_instance_uid"] == headers[0].StudyInstanceUID
    assert truth["lesions"][0]["escc"]["point"] == "2"
    assert told == ["axial-t2", "ct", "truth.json"]


def test_same_case_gives_the_same_bytes(tmp_path: Path) -> None:
    """Two runs write identical files."""
    written = [write_case(case("escc-2-t7"), tmp_path / run, protocols=_small_protocols()[:1]) for run in "ab"]

    assert [path.read_bytes() for path in written[0]] == [path.read_bytes() for path in written[1]]


def test_a_series_does_not_depend_on_its_company() -> None:
    """Rendering one series alone gives the image that the whole study holds."""
    first, again = (render_series(case("escc-2-t7"), _small_protocols()[0]) for _ in range(2))

    assert np.array_equal(first.image.array, again.image.array)
    assert first.image.array.mean() == pytest.approx(300, abs=250)
