"""Tests of spineseg.files."""

from __future__ import annotations

from pathlib import Path

import pytest

from spineseg.errors import SettingsError
from spineseg.files import prepare_folder, replacing, write_bytes


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    """An error inside the block keeps the former content and removes the temporary file."""
    target = tmp_path / "result.json"
    write_bytes(target, b"old")

    with pytest.raises(RuntimeError):
        _fail_half_way(target)

    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def _fail_half_way(target: Path) -> None:
    with replacing(target) as temporary:
        temporary.write_bytes(b"half")
        raise RuntimeError


def test_a_written_file_is_readable_by_others_as_the_umask_allows(tmp_path: Path) -> None:
    """A router that runs as another user can read the results (a bare mkstemp file is 0600)."""
    target = tmp_path / "result.nii.gz"

    write_bytes(target, b"content")

    assert target.stat().st_mode & 0o044


def test_the_temporary_name_keeps_the_double_suffix(tmp_path: Path) -> None:
    """Writers that choose their format by the suffix see .nii.gz."""
    with replacing(tmp_path / "labels.nii.gz") as temporary:
        assert temporary.name.endswith(".nii.gz")


def test_a_file_in_place_of_the_output_folder_is_a_settings_error(tmp_path: Path) -> None:
    """The output path that is a file gives one line, not a traceback."""
    occupied = tmp_path / "out"
    occupied.write_text("")

    with pytest.raises(SettingsError, match="cannot be written to"):
        prepare_folder(occupied)
