from __future__ import annotations

from pathlib import Path

import pytest

from spineseg.datasets.convert import convert
from spineseg.datasets.sets import find_cases
from spineseg.domain.dataset import Names, Split, Structure
from tests.datasets import miniatures


def test_binary_files_become_one_map(tmp_path: Path) -> None:
    """Empty files are absent classes, S1 is sacrum, and the split comes from a file with byte order mark and `;`."""
    source, cases = find_cases("totalsegmentator-ct", miniatures.totalsegmentator(tmp_path / "src"))

    conversion = convert(source, cases, tmp_path / "out")

    assert conversion.records[0].values == (24, 26)
    (case,) = conversion.labelled.of(Split.VALIDATION)
    assert Structure.CANAL not in case.labelled, "its cord is not the whole canal, and no cord either"


def test_vertebrae_of_mr_have_no_names(tmp_path: Path) -> None:
    """All vertebrae in one file: parts are numbered from the head, and no name is claimed."""
    folder = miniatures.totalsegmentator(tmp_path / "src", image="mri.nii.gz")
    source, cases = find_cases("totalsegmentator-mr", folder)

    conversion = convert(source, cases, tmp_path / "out")

    assert conversion.records[0].values == (31, 32, 33, 131, 132)
    assert conversion.labelled.of(Split.VALIDATION)[0].names is Names.NONE
    assert "NC" in source.licence


def test_class_files_on_different_grids_are_refused(tmp_path: Path) -> None:
    """A subject whose class files disagree about their grid is left out."""
    folder = miniatures.totalsegmentator(tmp_path / "src")
    other = miniatures.itk_image(miniatures.column((24,)), spacing=3.0)
    miniatures.write(other, folder / "s0000" / "segmentations" / "sacrum.nii.gz")
    source, cases = find_cases("totalsegmentator-ct", folder)

    assert "different grids" in convert(source, cases, tmp_path / "out").records[0].refused[0]


@pytest.mark.real_data
def test_a_real_subject_converts(shared_data: Path, tmp_path: Path) -> None:
    """The real lumbar CT with its class files, laid out as the set lays them out, gives T11 to L5 and the sacrum."""
    real = shared_data / "ct_lumbar_totalsegmentator"
    subject = tmp_path / "src" / "s0001"
    subject.mkdir(parents=True)
    (subject / "ct.nii.gz").symlink_to(real / "ts_ct.nii.gz")
    (subject / "segmentations").symlink_to(real / "v1_masks")
    source, cases = find_cases("totalsegmentator-ct", tmp_path / "src")

    record = convert(source, cases, tmp_path / "out").records[0]

    assert record.refused == ()
    assert set(record.values) >= {20, 21, 22, 23, 24}
