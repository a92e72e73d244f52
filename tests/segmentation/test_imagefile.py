from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spineseg.domain.volume import make_grid, same_grid
from spineseg.errors import UnreadableStudyError
from spineseg.segmentation.imagefile import read_grid, read_segmentation_object, write_grid


@pytest.mark.parametrize("suffix", [".nii.gz", ".mha", ".nrrd"])
def test_an_oblique_grid_survives_the_file(tmp_path: Path, suffix: str) -> None:
    """Values and affine come back in every format, NIfTI's other axes included."""
    cos, sin = np.cos(0.4), np.sin(0.4)
    turn = np.array([[0, -sin, cos], [0, cos, sin], [-1.0, 0, 0]])
    affine = np.eye(4)
    affine[:3, :3] = turn * np.array([3.0, 0.5, 0.7])
    affine[:3, 3] = (12.0, -34.0, 56.0)
    grid = make_grid(np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4), affine)

    write_grid(grid, tmp_path / f"labels{suffix}")
    read = read_grid(tmp_path / f"labels{suffix}")

    assert same_grid(read, grid)
    np.testing.assert_array_equal(read.array, grid.array)


def test_what_is_no_image_is_refused(tmp_path: Path) -> None:
    """Text under an image's name, and an image under a SEG's, are unreadable: one line each."""
    (tmp_path / "a.nii.gz").write_text("no image")
    (tmp_path / "b.dcm").write_bytes(b"\0" * 300)

    with pytest.raises(UnreadableStudyError, match=r"a\.nii\.gz"):
        read_grid(tmp_path / "a.nii.gz")
    with pytest.raises(UnreadableStudyError, match=r"b\.dcm"):
        read_segmentation_object(tmp_path / "b.dcm")


def test_a_flat_image_is_refused(tmp_path: Path) -> None:
    """Two-dimensional files are no volume."""
    import SimpleITK

    SimpleITK.WriteImage(SimpleITK.Image(4, 4, SimpleITK.sitkUInt8), str(tmp_path / "flat.mha"))

    with pytest.raises(UnreadableStudyError, match="three-dimensional"):
        read_grid(tmp_path / "flat.mha")
