from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from spineseg.domain.study import Series
from spineseg.ingest import discover
from spineseg.phantom.dicom import write_series
from tests.ingest.series import CT, T2, X, Y, Z, edit, grid_of, header_of, write


def _parts(folder: Path) -> list[Series]:
    (study,) = discover(folder)
    return list(study.series)


def _same_series(folder: Path, name: str, grid, protocol=T2, **changes: object) -> None:
    """More files of series 1, with identities of their own."""
    for path in write_series(folder / name, grid, header_of(protocol, **changes)):
        edit(path, lambda one, name=name: setattr(one, "SOPInstanceUID", f"{one.SOPInstanceUID[:50]}.{len(name)}"))


def test_orientations_and_matrices_are_parts(tmp_path: Path) -> None:
    """One series with two orientations and two matrices is three parts, most slices first."""
    _same_series(tmp_path, "a", grid_of(shape=(8, 20, 24)))
    _same_series(tmp_path, "bb", grid_of(X, -Z, Y, shape=(6, 20, 24)))
    _same_series(tmp_path, "ccc", grid_of(shape=(4, 22, 24), origin=(0, 0, 300)))

    parts = _parts(tmp_path)

    assert [(one.part, one.number_of_slices, one.rows) for one in parts] == [(0, 8, 20), (1, 6, 20), (2, 4, 22)]
    assert all(one.geometry_fault == "" for one in parts)


def test_jitter_of_direction_cosines_is_one_part(tmp_path: Path) -> None:
    """Direction cosines that differ in the fifth digit, on either side of a rounding edge, stay together."""
    paths = write_series(tmp_path, grid_of(), header_of(T2))
    for index, path in enumerate(paths):
        jitter = 0.0005 + 1e-5 * (-1) ** index
        edit(path, lambda one, jitter=jitter: setattr(one, "ImageOrientationPatient", [1, jitter, 0, -jitter, 1, 0]))

    assert [one.number_of_slices for one in _parts(tmp_path)] == [6]


def test_frames_of_reference_are_parts(tmp_path: Path) -> None:
    """Slices of two frames of reference are never one volume."""
    for index, path in enumerate(write(tmp_path)):
        edit(path, lambda one, index=index: setattr(one, "FrameOfReferenceUID", f"1.2.{index // 3}"))

    assert sorted((one.number_of_slices, one.frame_of_reference_uid) for one in _parts(tmp_path)) == [
        (3, "1.2.0"),
        (3, "1.2.1"),
    ]


def test_scrambled_frames_of_reference_are_passed_over(tmp_path: Path) -> None:
    """De-identification that gave each file its own frame of reference does not tear a series apart."""
    for index, path in enumerate(write(tmp_path)):
        edit(path, lambda one, index=index: setattr(one, "FrameOfReferenceUID", f"1.2.{index}"))

    (one,) = _parts(tmp_path)

    assert one.number_of_slices == 6
    assert one.frame_of_reference_uid is None


def test_copies_are_counted_and_left_out(tmp_path: Path) -> None:
    """The same instance in two folders is one slice."""
    write(tmp_path / "a")
    write(tmp_path / "b")

    (one,) = _parts(tmp_path)

    assert (one.number_of_slices, one.duplicates, one.geometry_fault) == (6, 6, "")


def test_one_identity_on_different_slices_is_a_fault(tmp_path: Path) -> None:
    """Two places that claim to be one instance are refused."""
    paths = write(tmp_path)
    edit(paths[1], lambda one: setattr(one, "SOPInstanceUID", one.SOPInstanceUID[:-1] + "0"))
    first = []
    edit(paths[1], lambda one: first.append(one.SOPInstanceUID))
    edit(paths[2], lambda one: setattr(one, "SOPInstanceUID", first[0]))

    assert "one SOP Instance UID" in _parts(tmp_path)[0].geometry_fault


def test_echoes_of_one_series_are_parts(tmp_path: Path) -> None:
    """A dual-echo series is two volumes, told apart by echo time."""
    _same_series(tmp_path, "a", grid_of())
    _same_series(tmp_path, "bb", grid_of(), replace(T2, echo_time_ms=20))

    parts = _parts(tmp_path)

    assert [one.number_of_slices for one in parts] == [6, 6]
    assert {one.attributes["EchoTime"] for one in parts} == {105, 20}


def test_parallel_mr_stacks_are_parts(tmp_path: Path) -> None:
    """Parallel blocks of slices, disc by disc, are a volume each, however many spacings lie between them."""
    _same_series(tmp_path, "a", grid_of())
    _same_series(tmp_path, "bb", grid_of(origin=(-10, 35, -30 + 3 * 12)))

    assert [(one.number_of_slices, one.geometry_fault) for one in _parts(tmp_path)] == [(6, ""), (6, "")]


def test_a_lost_slice_is_no_second_stack(tmp_path: Path) -> None:
    """A slice missing from the middle of an MR or CT series is a fault and not two smaller volumes."""
    for protocol in (T2, CT):
        folder = tmp_path / protocol.__class__.__name__
        paths = write_series(folder, grid_of(shape=(9, 20, 24)), header_of(protocol))
        paths[4].unlink()

        (one,) = _parts(folder)

        assert one.number_of_slices == 8
        assert "6.00 mm after slice 4" in one.geometry_fault


def test_instances_are_in_order_of_position(tmp_path: Path) -> None:
    """Instances run along the normal, whatever their numbers and names say."""
    paths = write_series(tmp_path, grid_of(), header_of(T2), reverse=True)

    (one,) = _parts(tmp_path)

    assert [instance.path for instance in one.instances] == paths
    assert np.isclose(one.slice_normal_spacing_mm, 3.0)
