from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spineseg.datasets import spider
from spineseg.datasets.convert import convert
from spineseg.datasets.sets import find_cases
from spineseg.domain.dataset import NOT_KNOWN, Names, Split, Structure
from spineseg.domain.labels import VERTEBRA_VALUES
from spineseg.errors import SettingsError
from spineseg.segmentation.imagefile import read_grid
from tests.datasets import miniatures


def test_numbers_from_the_bottom_become_levels() -> None:
    """1 is L5, 6 is T12; discs follow the vertebra above them; what lies above C1 is not known."""
    values = spider.VALUES

    assert (values[1], values[6]) == (VERTEBRA_VALUES["L5"], VERTEBRA_VALUES["T12"])
    assert values[101] == values[1]
    assert values[201] == 100 + VERTEBRA_VALUES["L5"]
    assert values[25] == values[225] == NOT_KNOWN
    assert values[100] == 64


def test_series_of_a_patient_share_a_split(tmp_path: Path) -> None:
    """T1 and T2 of patient 1, on grids of their own, are converted and stand in one split; names are assumed."""
    source, cases = find_cases("spider", miniatures.spider(tmp_path / "src"))

    labelled = convert(source, cases, tmp_path / "out").labelled

    assert {case.name for case in labelled.of(Split.TRAINING)} == {"1_t1", "1_t2"}
    assert {case.name for case in labelled.of(Split.VALIDATION)} == {"2_t2"}
    case = labelled.of(Split.TRAINING)[0]
    assert case.names is Names.ASSUMED
    assert Structure.CORD not in case.labelled, "the canal is labelled, the cord is not"
    assert labelled.source.licence == "CC BY 4.0"


def test_an_oblique_mask_keeps_its_place(tmp_path: Path) -> None:
    """The converted map has the image's oblique affine, and L5 lies below L4 along the patient."""
    source, cases = find_cases("spider", miniatures.spider(tmp_path / "src"))
    convert(source, cases, tmp_path / "out")

    image, label = (read_grid(tmp_path / "out" / "cases" / "1_t2" / name) for name in ("image.nii.gz", "label.nii.gz"))

    np.testing.assert_allclose(image.affine, label.affine, atol=1e-4)
    assert np.count_nonzero(np.abs(np.asarray(image.affine)[:3, :3]) > 0.1) > 3, "the image is oblique"
    heights = {
        value: (np.argwhere(label.array == value).mean(axis=0) @ np.asarray(label.affine)[:3, :3].T)[2]
        for value in (23, 24)
    }
    assert heights[24] < heights[23]


def test_another_folder_is_refused(tmp_path: Path) -> None:
    """A folder without images/*.mha is no SPIDER set."""
    with pytest.raises(SettingsError, match="SPIDER"):
        spider.find(tmp_path)
