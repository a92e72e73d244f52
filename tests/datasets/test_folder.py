from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spineseg.datasets.convert import convert
from spineseg.datasets.description import Description
from spineseg.datasets.sets import find_cases
from spineseg.domain.dataset import Split
from spineseg.errors import SettingsError
from spineseg.segmentation.imagefile import read_grid
from tests.datasets import miniatures


def described(**keys: object) -> Description:
    """A description of toy data."""
    base = {"licence": "CC0-1.0", "citation": "toy", "modality": "MR", "labelled": ["vertebra"]}
    return Description.model_validate({**base, **keys})


def test_a_bids_folder_with_derivatives(tmp_path: Path) -> None:
    """Sessions of one person share the patient that the expression finds, and so the split."""
    for session, seed in (("sub-7Ses1", 1), ("sub-7Ses2", 2)):
        labels = miniatures.column((1,))
        below = Path(session, "anat")
        miniatures.write(
            miniatures.itk_image(miniatures.image_of(labels, seed=seed)), tmp_path / below / f"{session}_T2w.nii.gz"
        )
        miniatures.write(
            miniatures.itk_image(labels),
            tmp_path / "derivatives" / "labels" / below / f"{session}_T2w_seg-manual.nii.gz",
        )
    about = described(
        labelled=["spinal cord"], values={1: "spinal cord"}, label_suffix="_seg-manual", patient=r"sub-(\d+)Ses"
    )

    source, cases = find_cases("folder", tmp_path, about)
    conversion = convert(source, cases, tmp_path / "out")

    assert [case.patient for case in cases] == ["7", "7"]
    assert [one.refused for one in conversion.records] == [(), ()]
    assert {one.values for one in conversion.records} == {(60,)}
    assert sum(bool(conversion.labelled.of(split)) for split in Split) == 1


@pytest.mark.parametrize("layout", ["beside", "parallel"])
def test_pairs_in_either_layout(tmp_path: Path, layout: str) -> None:
    """NAME_seg beside NAME, or labels/NAME parallel to images/NAME; values of ours need no table."""
    labels = miniatures.column((20, 21))
    image = tmp_path / ("a.nii.gz" if layout == "beside" else "images/a.nii.gz")
    mask = tmp_path / ("a_seg.nii.gz" if layout == "beside" else "labels/a.nii.gz")
    miniatures.write(miniatures.itk_image(miniatures.image_of(labels)), image)
    miniatures.write(miniatures.itk_image(labels), mask)

    source, cases = find_cases("folder", tmp_path, described(split="test"))

    conversion = convert(source, cases, tmp_path / "out")
    assert conversion.records[0].values == (20, 21)
    assert len(conversion.labelled.of(Split.TEST)) == 1, "as the description says"


def test_bodies_without_names_are_numbered(tmp_path: Path) -> None:
    """Values 1 to 3 that are bodies without a level become V1 to V3 from the head, whatever their order."""
    labels = miniatures.column((2, 3, 1))
    miniatures.write(miniatures.itk_image(miniatures.image_of(labels)), tmp_path / "a.nii.gz")
    miniatures.write(miniatures.itk_image(labels), tmp_path / "a_seg.nii.gz")
    about = described(labelled=["vertebral body"], names="none", values=dict.fromkeys((1, 2, 3), "vertebral body"))

    source, cases = find_cases("folder", tmp_path, about)
    convert(source, cases, tmp_path / "out")

    label = read_grid(tmp_path / "out" / "cases" / "a" / "label.nii.gz")
    np.testing.assert_array_equal(label.array == 31, labels == 2)
    np.testing.assert_array_equal(label.array == 33, labels == 1)


def test_a_missing_label_file_is_refused_by_name(tmp_path: Path) -> None:
    """An image without labels is left out, and the report says which file was looked for."""
    miniatures.write(miniatures.itk_image(miniatures.column((20,))), tmp_path / "a.nii.gz")

    source, cases = find_cases("folder", tmp_path, described())

    assert "a_seg.nii.gz" in convert(source, cases, tmp_path / "out").records[0].refused[0]


def test_dicom_pairs_carry_no_identity(tmp_path: Path) -> None:
    """A SEG with its series converts; neither patient ID nor UIDs stand in the result."""
    labels = miniatures.column((18, 19, 20))
    slices = miniatures.dicom_series(
        tmp_path / "src" / "a", miniatures.image_of(labels), "own", patient="Mustermann-77"
    )
    named = {"T11": 18, "T12 (assumed)": 19, "Lumbar thing": 20}
    miniatures.segmentation(tmp_path / "src" / "b" / "seg.dcm", slices, labels, named)
    about = described(modality="CT", values={"Lumbar thing": "L1"})

    source, cases = find_cases("dicom-seg", tmp_path / "src", about)
    conversion = convert(source, cases, tmp_path / "out")

    assert conversion.records[0].values == (18, 19, 20)
    written = " ".join(path.read_text() for path in (tmp_path / "out").rglob("*.json"))
    assert "Mustermann" not in written
    assert str(slices[0].SeriesInstanceUID) not in written


def test_a_segment_without_a_meaning_says_nothing(tmp_path: Path) -> None:
    """A tumour drawn in the same SEG is neither bone nor background: its voxels are not known."""
    labels = miniatures.column((18, 19, 20))
    slices = miniatures.dicom_series(tmp_path / "src" / "a", miniatures.image_of(labels), "own")
    miniatures.segmentation(tmp_path / "src" / "b" / "seg.dcm", slices, labels, {"T11": 18, "T12": 19, "tumour": 20})

    source, cases = find_cases("dicom-seg", tmp_path / "src", described(modality="CT"))

    assert convert(source, cases, tmp_path / "out").records[0].values == (18, 19, 255)


def test_a_pattern_without_matches_is_said(tmp_path: Path) -> None:
    """An empty folder ends with the pattern that found nothing."""
    with pytest.raises(SettingsError, match=r"nii\.gz"):
        find_cases("folder", tmp_path, described())
