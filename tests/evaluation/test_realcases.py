"""Tests of spineseg.evaluation.realcases."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spineseg.domain.volume import SeriesRole, make_grid, to_patient
from spineseg.errors import SettingsError
from spineseg.evaluation.datalist import ImageCase
from spineseg.evaluation.realcases import check_any_image, check_data_folder, load_case, load_labels, missing_files
from tests.evaluation.toys import CASE, numbered_bodies, write_data


@pytest.fixture
def case() -> ImageCase:
    """The toy's case."""
    return ImageCase.model_validate(CASE)


def test_an_image_gets_the_role_of_its_case(tmp_path: Path, case: ImageCase) -> None:
    """A file says nothing about its weighting; the datalist does."""
    volume = load_case(case, write_data(tmp_path))

    assert volume.role is SeriesRole.SAGITTAL_T2
    np.testing.assert_array_equal(volume.image.array, numbered_bodies() * 20 + 30)


def test_labels_come_onto_the_images_voxels(tmp_path: Path, case: ImageCase) -> None:
    """The same grid keeps every label; a grid turned around brings each to its place in the patient."""
    data = write_data(tmp_path)
    volume = load_case(case, data)
    turned = np.array(volume.image.affine)
    turned[:3, 3] = to_patient(volume.image, np.array(volume.image.spatial_shape) - 1)
    turned[:3, :3] *= -1

    same = load_labels(data / "bodies.nii.gz", volume.image)
    other = load_labels(data / "bodies.nii.gz", make_grid(volume.image.array, turned))

    np.testing.assert_array_equal(same.array, numbered_bodies())
    np.testing.assert_array_equal(other.array, numbered_bodies()[::-1, ::-1, ::-1])


def test_what_is_not_there_is_named(tmp_path: Path, case: ImageCase) -> None:
    """Only the missing file is listed."""
    data = write_data(tmp_path)
    assert missing_files(case, data) == ()

    (data / "bodies.nii.gz").unlink()

    assert missing_files(case, data) == ("bodies.nii.gz",)


def test_a_missing_data_folder_is_one_error(tmp_path: Path) -> None:
    """The error names the folder and the option."""
    with pytest.raises(SettingsError, match=r"not there.*none.*--data"):
        check_data_folder(tmp_path / "none")


def test_a_folder_without_any_image_is_the_wrong_one(tmp_path: Path, case: ImageCase) -> None:
    """One image is enough to go on; none at all is an error."""
    check_any_image([case, case.model_copy(update={"image": "other.nii.gz"})], write_data(tmp_path / "data"))

    with pytest.raises(SettingsError, match="no image of the list"):
        check_any_image([case], tmp_path)
