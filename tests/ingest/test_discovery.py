from __future__ import annotations

import os
import time
import zipfile
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.fileset import FileSet

from spineseg.errors import UnreadableStudyError
from spineseg.ingest import discover
from spineseg.phantom.enhanced import write_enhanced
from tests.ingest.series import CT, T2, edit, grid_of, header_of, write


def test_any_name_in_any_folder(tmp_path: Path) -> None:
    """Files are found by content, however they are called and however deep they lie."""
    for index, path in enumerate(write(tmp_path / "a")):
        target = tmp_path / "x" / str(index) / ("IM" if index % 2 else "scan.jpg")
        target.parent.mkdir(parents=True)
        path.rename(target)

    (study,) = discover(tmp_path)

    assert [series.number_of_slices for series in study.series] == [6]
    assert study.unreadable == ()


def test_other_files_are_passed_over(tmp_path: Path) -> None:
    """Zip files, text, pictures and pipes among the images are neither used nor reported."""
    paths = write(tmp_path)
    with zipfile.ZipFile(tmp_path / "study.zip", "w") as archive:
        archive.write(paths[0])
    (tmp_path / "notes.txt").write_text("sagittal")
    (tmp_path / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")
    os.mkfifo(tmp_path / "pipe")

    (study,) = discover(tmp_path)

    assert study.unreadable == ()
    assert study.series[0].number_of_slices == 6


def test_dicomdir_adds_nothing(tmp_path: Path) -> None:
    """The images of a CD are found once; its DICOMDIR is neither an image nor an error."""
    paths = write(tmp_path / "source")
    files = FileSet()
    for path in paths:
        files.add(path)
    files.write(tmp_path / "cd")

    (study,) = discover(tmp_path / "cd")

    assert [series.number_of_slices for series in study.series] == [6]
    assert study.unreadable == ()


def test_loops_of_links_end(tmp_path: Path) -> None:
    """A folder that links to its own parent is walked once."""
    write(tmp_path / "a")
    (tmp_path / "a" / "loop").symlink_to(tmp_path, target_is_directory=True)

    (study,) = discover(tmp_path)

    assert study.series[0].number_of_slices == 6
    assert study.series[0].duplicates == 0


def test_bad_files_are_reported(tmp_path: Path) -> None:
    """A bad file among good ones is listed with its reason, and the good ones are used."""
    paths = write(tmp_path)
    bad = {
        "empty.dcm": b"",
        "text.dcm": b"this is no image",
        "cut.dcm": paths[0].read_bytes()[:180],
        "dangling": None,
    }
    for name, content in bad.items():
        if content is None:
            (tmp_path / name).symlink_to(tmp_path / "nowhere")
        else:
            (tmp_path / name).write_bytes(content)

    (study,) = discover(tmp_path)

    assert {file.path.name for file in study.unreadable} == set(bad)
    assert all(file.reason for file in study.unreadable)
    assert study.series[0].number_of_slices == 6


def test_deep_nesting(tmp_path: Path) -> None:
    """A sequence nested deeper than Python can follow neither stops the others nor escapes."""
    paths = write(tmp_path)
    inner = pydicom.Dataset()
    for _ in range(120):
        outer = pydicom.Dataset()
        outer.RequestAttributesSequence = [inner]
        inner = outer
    edit(paths[0], lambda one: setattr(one, "RequestAttributesSequence", [inner]))

    (study,) = discover(tmp_path)

    assert sum(series.number_of_slices for series in study.series) + len(study.unreadable) == 6


@pytest.mark.parametrize("content", [{}, {"notes.txt": b"hello"}, {"a.dcm": b"", "b.dcm": b"hello"}])
def test_no_study_at_all(tmp_path: Path, content: dict[str, bytes]) -> None:
    """A folder without any study is an error of one line that says what was found."""
    for name, data in content.items():
        (tmp_path / name).write_bytes(data)

    with pytest.raises(UnreadableStudyError) as caught:
        discover(tmp_path)

    message = str(caught.value)
    assert "\n" not in message
    assert ("the folder is empty" if not content else f"among {len(content)} files") in message


def test_absent_folder(tmp_path: Path) -> None:
    """A folder that is not there is said to be absent."""
    with pytest.raises(UnreadableStudyError, match="no such folder"):
        discover(tmp_path / "nowhere")


def test_studies_are_kept_apart(tmp_path: Path) -> None:
    """Two studies in one folder are two, the larger first."""
    write(tmp_path / "a", T2, 1)
    write(tmp_path / "b", T2, 2, study_instance_uid="1.2.3")
    write(tmp_path / "c", CT, 3, study_instance_uid="1.2.3")

    studies = discover(tmp_path)

    assert [study.study_instance_uid == "1.2.3" for study in studies] == [True, False]
    assert [series.series_number for series in studies[0].series] == [2, 3]


def test_facts_of_a_series(tmp_path: Path) -> None:
    """Spacing, matrix, extent and modality of a series are those that it was written with."""
    write(tmp_path, T2, 4)

    series = discover(tmp_path)[0].series[0]

    assert (series.series_number, series.modality, series.rows, series.columns) == (4, "MR", 20, 24)
    assert series.pixel_spacing_mm == (0.8, 0.7)
    np.testing.assert_allclose(series.slice_normal_spacing_mm, 3.0)
    np.testing.assert_allclose(series.extent_mm, [(-10, 20, -30), (-10 + 23 * 0.7, 20 + 19 * 0.8, -15)])


def test_enhanced_is_one_series(tmp_path: Path) -> None:
    """The frames of an enhanced file are the slices of a series."""
    write_enhanced(tmp_path, grid_of(), header_of(T2))

    (series,) = discover(tmp_path)[0].series

    assert series.number_of_slices == 6
    assert series.instances[0].number_of_frames == 6
    assert series.geometry_fault == ""


@pytest.mark.real_data
def test_malformed_files(shared_data: Path) -> None:
    """Of pydicom's collection of broken files each is used, known to be of another kind, or reported with a reason."""
    folder = shared_data / "malformed_pydicom"

    studies = discover(folder)

    used = {instance.path for study in studies for series in study.series for instance in series.instances}
    reported = {file.path for file in studies[0].unreadable}
    assert all(file.reason and "\n" not in file.reason for file in studies[0].unreadable)
    images = {path for path in folder.rglob("*.dcm") if not path.name.startswith("DICOMDIR")}
    copies = sum(series.duplicates for study in studies for series in study.series)
    assert len(images - used - reported) <= copies


@pytest.mark.real_data
def test_real_series_is_whole_and_quick(shared_data: Path) -> None:
    """A real CT whose frames of reference were scrambled by de-identification is one series of 275 slices."""
    start = time.process_time()

    (study,) = discover(shared_data / "ct_thoracic_dicom")

    assert [(series.number_of_slices, series.geometry_fault) for series in study.series] == [(275, "")]
    assert time.process_time() - start < 3.0  # [s] about 0.3 measured; an order of magnitude is a defect
