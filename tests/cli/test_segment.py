"""Tests of `spineseg segment`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from spineseg.cli import main
from spineseg.domain import labels
from spineseg.errors import EXIT_DONE, EXIT_INPUT, EXIT_SETTINGS


def _write(path: Path, array: np.ndarray) -> None:
    image = SimpleITK.GetImageFromArray(array)
    image.SetSpacing((1.0, 1.0, 2.0))
    image.SetOrigin((-20.0, 5.0, 30.0))
    SimpleITK.WriteImage(image, str(path))


def test_given_masks_come_back_on_the_images_own_grid(tmp_path: Path) -> None:
    """Masks made elsewhere pass the whole path and land, voxel for voxel, where they were."""
    anatomy = np.zeros((60, 40, 40), np.uint8)
    for number, value in enumerate((20, 21, 22, 23, 24)):
        anatomy[48 - 10 * number : 56 - 10 * number, 6:20, 10:30] = value
    anatomy[:, 22:32, 13:27] = labels.CSF
    anatomy[:, 25:29, 17:23] = labels.CAUDA_EQUINA
    _write(tmp_path / "labels.nii.gz", anatomy)
    _write(tmp_path / "image.nii.gz", (anatomy > 0).astype(np.int16) * 300)
    out = tmp_path / "result.nii.gz"

    segmenter = f"masks:{tmp_path / 'labels.nii.gz'}"
    arguments = ["segment", str(tmp_path / "image.nii.gz"), "-o", str(out), "--modality", "MR"]
    code = main([*arguments, "--segmenter", segmenter])

    assert code == EXIT_DONE
    result = SimpleITK.ReadImage(str(out))
    assert result.GetOrigin() == (-20.0, 5.0, 30.0)
    assert np.array_equal(SimpleITK.GetArrayFromImage(result), anatomy)
    assert not SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(tmp_path / "result-lesions.nii.gz"))).any()


def test_an_unknown_suffix_is_refused_before_any_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The kinds of file that can be written are named."""
    code = main(["segment", str(tmp_path / "image.nii.gz"), "-o", str(tmp_path / "labels.png")])

    assert code == EXIT_SETTINGS
    assert ".nii.gz" in capsys.readouterr().err


def test_a_missing_image_is_an_input_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The path that does not exist is named."""
    code = main(["segment", str(tmp_path / "gone.nii.gz"), "-o", str(tmp_path / "labels.nii.gz")])

    assert code == EXIT_INPUT
    assert "gone.nii.gz" in capsys.readouterr().err
