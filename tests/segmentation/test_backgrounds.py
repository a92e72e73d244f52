from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import yaml

from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import Modality, Volume, like, make_grid
from spineseg.errors import SettingsError
from spineseg.segmentation.backgrounds import backgrounds_data, prepare_backgrounds, read_backgrounds, read_list
from spineseg.segmentation.classes import AnatomyClass, anatomy_targets
from spineseg.segmentation.hybrids import masks_of
from spineseg.segmentation.imagefile import write_grid
from tests.segmentation.backdrops import toy_background, toy_classes
from tests.segmentation.conftest import REPOSITORY

LIST = REPOSITORY / "configs" / "backgrounds.yaml"


@dataclass(frozen=True)
class _Toy:
    """Segmenter that finds the toy spine, or nothing, whatever it is shown."""

    finds: bool = True

    @property
    def algorithm(self) -> AlgorithmIdentity:
        return AlgorithmIdentity(name="toy", version="1", segmenter="truth", weights_sha256=("ab",))

    def __call__(self, volume: Volume) -> Segmentation:
        anatomy, subregions = masks_of(toy_classes() * np.uint8(self.finds))
        return Segmentation(
            anatomy=like(volume.image, anatomy),
            subregions=like(volume.image, subregions),
            lesions=like(volume.image, np.zeros_like(anatomy)),
            modality=volume.modality,
            role=volume.role,
            series_instance_uid="",
            algorithm=self.algorithm,
        )


@pytest.fixture
def data_root(tmp_path: Path) -> Path:
    """Folder with one image, stored as an ordinary NIfTI (slice, row, column), and its list."""
    image = toy_background().image.transpose(2, 1, 0)
    affine = np.eye(4)[[2, 1, 0, 3]]  # columns: slice up z, row along y, column along x
    write_grid(make_grid(image, affine), tmp_path / "toy.nii.gz")
    entry = {"image": "toy.nii.gz", "modality": "MR", "contrast": "t2", "licence": "CC0-1.0", "subject": "toy"}
    entry["source"] = "example.org/toys, commit 1"
    (tmp_path / "list.yaml").write_text(yaml.safe_dump({"backgrounds": [entry]}))
    return tmp_path


def test_a_prepared_background_is_read_back(data_root: Path) -> None:
    """Image, classes and voxel size survive the file, within half precision; the JSON names source and licence."""
    (path,) = prepare_backgrounds(data_root / "list.yaml", data_root, data_root / "out", _Toy())

    (background,) = read_backgrounds(data_root / "out")
    expected = toy_background()

    np.testing.assert_allclose(background.image, expected.image, rtol=1e-3)
    np.testing.assert_array_equal(background.classes, expected.classes)
    np.testing.assert_array_equal(background.heights, expected.heights)
    assert background.native_mm == pytest.approx((1, 1, 1))
    facts = json.loads(path.with_suffix(".json").read_text())
    assert (facts["image"], facts["licence"], facts["weights_sha256"]) == ("toy.nii.gz", "CC0-1.0", ["ab"])


def test_origin_and_licence_of_the_backgrounds_are_known(data_root: Path) -> None:
    """A model card can name each source; backgrounds of another modality and those without a source are not passed."""
    prepare_backgrounds(data_root / "list.yaml", data_root, data_root / "out", _Toy())

    (one,) = backgrounds_data(data_root / "out", Modality.MR)

    assert (one["citation"], one["licence"], one["training_cases"]) == ("example.org/toys, commit 1", "CC0-1.0", 1)
    assert backgrounds_data(data_root / "out", Modality.CT) == []
    (path,) = (data_root / "out").glob("*.json")
    path.write_text(json.dumps({k: v for k, v in json.loads(path.read_text()).items() if k != "source"}))
    with pytest.raises(SettingsError, match="source"):
        backgrounds_data(data_root / "out")


def test_an_image_without_a_canal_is_left_out(data_root: Path) -> None:
    """Where the network found no spine nothing is written, and reading says that nothing is there."""
    written = prepare_backgrounds(data_root / "list.yaml", data_root, data_root / "out", _Toy(finds=False))

    assert written == []
    with pytest.raises(SettingsError, match="no backgrounds"):
        read_backgrounds(data_root / "out")


def test_only_the_wanted_modality_is_read(data_root: Path) -> None:
    """A folder of MR holds nothing for CT."""
    prepare_backgrounds(data_root / "list.yaml", data_root, data_root / "out", _Toy())

    with pytest.raises(SettingsError):
        read_backgrounds(data_root / "out", Modality.CT)


def test_an_unknown_key_is_refused(tmp_path: Path) -> None:
    """A mistyped key ends in an error that names it."""
    path = tmp_path / "list.yaml"
    entry = "{image: a, modality: MR, contrast: t2, licence: MIT, source: here, subject: x, mask: b}"
    path.write_text(f"backgrounds: [{entry}]")

    with pytest.raises(SettingsError, match="mask"):
        read_list(path)


def test_no_validation_image_is_a_background() -> None:
    """No image or subject that scores are taken on is in the shipped list."""
    listed = read_list(LIST)
    cases = yaml.safe_load((REPOSITORY / "configs" / "validation.yaml").read_text())["cases"]
    validation = {case["image"] for case in cases if case["role"] == "validation"}

    assert listed
    assert not validation & {str(entry.image) for entry in listed}
    assert not any(subject in str(entry.image) for entry in listed for subject in ("9604", "9669", "9709", "VB", "tpt"))


def test_classes_survive_the_masks() -> None:
    """Every class of the anatomy network is told by the label values that stand for it."""
    classes = np.arange(len(AnatomyClass), dtype=np.uint8)

    np.testing.assert_array_equal(anatomy_targets(*masks_of(classes)), classes)
