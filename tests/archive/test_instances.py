from __future__ import annotations

from pathlib import Path

import pytest

from spineseg.archive.instances import read_instances
from spineseg.errors import InputError


def test_label_maps_are_told_apart(results: list[Path], labelmaps: list[Path]) -> None:
    """Only the segmentations of the one kind are label maps."""
    assert not any(one.is_labelmap for one in read_instances(results))
    assert {one.path.name for one in read_instances(labelmaps) if one.is_labelmap} == {
        "anatomy.seg.dcm", "lesions.seg.dcm",
    }  # fmt: skip


@pytest.mark.parametrize("content", [b"", b"text", b"\0" * 128 + b"DICM"])
def test_broken_files_are_refused(tmp_path: Path, content: bytes) -> None:
    """A file without an instance in it is refused by name."""
    path = tmp_path / "broken.dcm"
    path.write_bytes(content)

    with pytest.raises(InputError, match=r"broken\.dcm"):
        read_instances([path])


def test_nothing_to_send() -> None:
    """No file at all is an error, not a success."""
    with pytest.raises(InputError):
        read_instances([])
