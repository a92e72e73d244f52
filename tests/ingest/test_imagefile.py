from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 -- the name in all of its documentation

from spineseg.domain.quality import QualityCode
from spineseg.domain.volume import Modality, SeriesRole, like, make_grid, same_grid, to_patient
from spineseg.errors import InputError, SettingsError, UnreadableStudyError
from spineseg.ingest import load_image_file, save_label_map
from tests.ingest.series import X, Y, Z, assert_shows_content, content, grid_of

SUFFIXES = (".nii.gz", ".nii", ".mha", ".mhd", ".nrrd")
_COS, _SIN = np.cos(np.radians(20)), np.sin(np.radians(20))
GRIDS = {
    "axial": grid_of(),
    "sagittal": grid_of(X, -Z, Y),
    "oblique": grid_of(_COS * Z + _SIN * Y, _COS * Y - _SIN * Z, X),
    "left-handed": grid_of(-Z, Y, X),
}


def _itk(grid) -> sitk.Image:
    """The grid as ITK holds it, made point by point and not by the code under test."""
    slices, rows, columns = grid.spatial_shape
    image = sitk.Image([columns, rows, slices], sitk.sitkFloat32)
    corners = to_patient(grid, [(0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0)])
    steps = corners[1:] - corners[0]
    lengths = np.linalg.norm(steps, axis=1)
    image.SetOrigin(corners[0].tolist())
    image.SetSpacing(lengths.tolist())
    image.SetDirection((steps / lengths[:, None]).T.ravel().tolist())
    for k, j, i in np.ndindex(slices, rows, columns):
        image[i, j, k] = float(content(np.round(image.TransformIndexToPhysicalPoint((i, j, k)), 6)))
    return image


def _save(image: sitk.Image, path: Path) -> Path:
    sitk.WriteImage(image, str(path))
    return path


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", GRIDS)
def test_every_format_shows_the_same_patient(tmp_path: Path, suffix: str, name: str) -> None:
    """Whatever the format's own convention, each voxel lies where its value belongs in LPS."""
    path = _save(_itk(GRIDS[name]), tmp_path / f"image{suffix}")

    volume = load_image_file(path, modality=Modality.MR)

    points = to_patient(volume.image, np.moveaxis(np.indices(volume.image.spatial_shape), 0, -1))
    # NIfTI keeps its geometry in float32.
    np.testing.assert_allclose(volume.image.array, content(np.round(points, 3)), atol=1.0)
    np.testing.assert_allclose(volume.image.affine, GRIDS[name].affine, atol=1e-4)
    assert not volume.image.array.flags.writeable


@pytest.mark.parametrize("suffix", [".nii.gz", ".nii", ".mha", ".nrrd"])
@pytest.mark.parametrize("name", GRIDS)
def test_labels_lie_on_the_image_they_were_made_on(tmp_path: Path, suffix: str, name: str) -> None:
    """Labels written on the grid of a file read back with the same values on the same voxels."""
    image = load_image_file(_save(_itk(GRIDS[name]), tmp_path / f"image{suffix}"), modality=Modality.MR).image
    labels = np.random.default_rng(0).integers(0, 150, image.spatial_shape).astype(np.uint8)
    path = tmp_path / f"labels{suffix}"

    save_label_map(like(image, labels), path)

    again = load_image_file(path, modality=Modality.MR).image
    assert same_grid(again, image, tolerance_mm=1e-5)
    np.testing.assert_array_equal(again.array, labels)
    assert sitk.ReadImage(str(path)).GetPixelID() == sitk.sitkUInt8
    assert {one.name for one in tmp_path.iterdir()} == {f"image{suffix}", f"labels{suffix}"}


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(-1000, 1500, Modality.CT), (0, 1200, Modality.MR), (-3, 3, Modality.MR)]
)
def test_modality_from_intensities(tmp_path: Path, low: float, high: float, expected: Modality) -> None:
    """Air and fat in HU tell CT from MR, normalised MR included, and the volume says that it was a guess."""
    values = np.linspace(low, high, 20 * 24 * 6).reshape(6, 20, 24).astype(np.float32)
    path = _save(sitk.GetImageFromArray(values), tmp_path / "image.mha")

    guessed, told = load_image_file(path, modality=None), load_image_file(path, modality=expected)

    assert guessed.modality is expected
    assert guessed.role is (SeriesRole.CT if expected is Modality.CT else SeriesRole.OTHER)
    assert [note.code for note in guessed.quality] == [QualityCode.MODALITY_GUESSED]
    assert told.quality == ()


def test_one_volume_with_a_fourth_axis(tmp_path: Path) -> None:
    """A 4-D file of one volume, as some tools write it, is that volume."""
    image = sitk.JoinSeries([_itk(GRIDS["axial"])])

    volume = load_image_file(_save(image, tmp_path / "image.nii.gz"), modality=Modality.MR)

    assert_shows_content(make_grid(volume.image.array, GRIDS["axial"].affine))


def _colour(path: Path) -> None:
    _save(sitk.Compose([sitk.Image([8, 8, 8], sitk.sitkUInt8)] * 3), path)


def _not_finite(path: Path) -> None:
    values = np.zeros((8, 8, 8), dtype=np.float32)
    values[1, 2, 3:5] = (np.nan, np.inf)
    _save(sitk.GetImageFromArray(values), path)


def _truncated(path: Path) -> None:
    _save(sitk.GetImageFromArray(np.zeros((8, 8, 8), dtype=np.float32)), path)
    path.write_bytes(path.read_bytes()[:-100])


BAD = {
    "several volumes": lambda path: _save(sitk.JoinSeries([sitk.Image([8, 8, 8], sitk.sitkFloat32)] * 2), path),
    "2-D": lambda path: _save(sitk.Image([8, 8], sitk.sitkFloat32), path),
    "(2-D)": lambda path: _save(sitk.Image([8, 8, 1], sitk.sitkFloat32), path),
    "3 values a voxel": _colour,
    "2 voxels are not finite": _not_finite,
    "cannot be read": lambda path: path.write_bytes(b"no image"),
    "cannot be read ": _truncated,
    "no such file": lambda _: None,
    "64 MiB of 1 MiB": lambda path: _save(sitk.Image([256, 256, 256], sitk.sitkUInt8), path),
}


@pytest.mark.parametrize("reason", BAD)
def test_unusable_files_have_a_reason(tmp_path: Path, reason: str, capfd: pytest.CaptureFixture[str]) -> None:
    """A file that is no grey-value volume is refused in one line, and ITK says nothing beside it."""
    path = tmp_path / "image.mha"
    BAD[reason](path)
    budget = 2**20 if "1 MiB" in reason else 2**30

    with pytest.raises(InputError) as caught:
        load_image_file(path, modality=None, memory_budget_bytes=budget)

    assert reason.strip() in str(caught.value)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""


def test_broken_nifti_is_quiet(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The NIfTI library's own messages, which name the file, reach nobody; other messages do, afterwards."""
    path = tmp_path / "secret.nii"
    path.write_bytes(b"\x5c\x01\x00\x00" + bytes(400))

    with pytest.raises(UnreadableStudyError):
        load_image_file(path, modality=None)

    os.write(2, b"audible")
    assert capfd.readouterr().err == "audible"


def test_unknown_kind(tmp_path: Path) -> None:
    """Files of another kind are refused by name, to read and to write."""
    with pytest.raises(UnreadableStudyError, match="unknown kind"):
        load_image_file(tmp_path / "image.png", modality=None)
    with pytest.raises(SettingsError, match="unknown kind"):
        save_label_map(grid_of(), tmp_path / "labels.png")


def test_nothing_half_written(tmp_path: Path) -> None:
    """Where the file cannot be written there is an error and no remnant."""
    labels = make_grid(np.zeros((4, 4, 4), dtype=np.uint8), np.eye(4))

    with pytest.raises(SettingsError, match="cannot be written"):
        save_label_map(labels, tmp_path / "nowhere" / "labels.nii.gz")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.real_data
def test_real_lumbar_mr(shared_data: Path) -> None:
    """A real lumbar NIfTI is MR of 1 mm with its rows and slices in LPS."""
    volume = load_image_file(shared_data / "mr_sct_tutorial" / "sct_t2_lumbar.nii.gz", modality=None)

    reference = sitk.ReadImage(str(shared_data / "mr_sct_tutorial" / "sct_t2_lumbar.nii.gz"))
    index = (10, 20, 30)
    assert volume.modality is Modality.MR
    assert volume.image.array[index] == reference[index[::-1]]
    np.testing.assert_allclose(
        to_patient(volume.image, index), reference.TransformIndexToPhysicalPoint(index[::-1]), atol=1e-3
    )
