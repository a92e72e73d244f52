from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np

from spineseg.datasets.convert import convert
from spineseg.datasets.sets import find_cases
from spineseg.datasets.sourcecase import SourceCase
from spineseg.domain.dataset import Split
from spineseg.segmentation.imagefile import read_grid
from tests.datasets import miniatures

POINTS = Path("dataset-01training/derivatives/sub-verse004/sub-verse004_seg-subreg_ctd.json")


def cases_of(folder: Path) -> list[SourceCase]:
    """Cases of a VerSe folder."""
    return find_cases("verse", folder)[1]


def test_a_float_mask_in_other_axes_is_read_right(tmp_path: Path) -> None:
    """PIR axes, float64 values and a header with sform only: T11, T12, T13, L1 come out, cranial to caudal."""
    source, cases = find_cases("verse", miniatures.verse(tmp_path / "src"))

    conversion = convert(source, cases, tmp_path / "out")

    (case,) = conversion.labelled.of(Split.TRAINING)
    assert conversion.records[0].refused == ()
    label = read_grid(tmp_path / "out" / case.label)
    assert sorted(np.unique(label.array)) == [0, 18, 19, 20, 28]
    assert not case.complete_ends, "vertebrae that the field of view cuts are not labelled"


def test_t13_stands_between_t12_and_l1(tmp_path: Path) -> None:
    """28 between 19 and 20 is in order; 28 below 20 is refused, although the values rise."""
    right = cases_of(miniatures.verse(tmp_path / "right"))
    wrong = cases_of(miniatures.verse(tmp_path / "wrong", values=(18, 19, 20, 28)))
    source = find_cases("verse", tmp_path / "right")[0]

    assert convert(source, right, tmp_path / "a").records[0].refused == ()
    (reason,) = convert(source, wrong, tmp_path / "b").records[0].refused
    assert "T13 below L1" in reason


def test_the_sets_own_centroids_guard_the_geometry(tmp_path: Path) -> None:
    """Centroids read as if the axes ran the other way lie far from the masks: the case is refused."""
    folder = miniatures.verse(tmp_path / "src")
    points = json.loads((folder / POINTS).read_text())
    points[0] = {"direction": ["P", "S", "R"]}
    (folder / POINTS).write_text(json.dumps(points))

    source, cases = find_cases("verse", folder)

    assert "centroid" in convert(source, cases, tmp_path / "out").records[0].refused[0]


def test_the_flat_layout_is_read_too(tmp_path: Path) -> None:
    """verseNNN.nii.gz with _seg and iso-ctd (1 mm) beside it gives the same case."""
    folder = miniatures.verse(tmp_path / "src")
    raw = next(folder.rglob("*_ct.nii.gz"))
    mask = next(folder.rglob("*_msk.nii.gz"))
    flat = tmp_path / "flat_validation"
    flat.mkdir()
    shutil.copy(raw, flat / "verse004.nii.gz")
    shutil.copy(mask, flat / "verse004_seg.nii.gz")
    points = json.loads((folder / POINTS).read_text())
    millimetres = [
        {**one, **{key: one[key] * miniatures.SPACING_MM for key in "XYZ"}} if "label" in one else one for one in points
    ]
    (flat / "verse004_iso-ctd.json").write_text(json.dumps(millimetres))

    source, cases = find_cases("verse", flat)
    conversion = convert(source, cases, tmp_path / "out")

    assert conversion.records[0].refused == ()
    assert [case.name for case in conversion.labelled.of(Split.VALIDATION)] == ["verse004"]


def test_parts_of_one_scan_are_one_patient(tmp_path: Path) -> None:
    """Two subjects cut from one scan (split-verse253) count as one patient."""
    raw = tmp_path / "rawdata"
    for name in ("sub-verse400_split-verse253_ct", "sub-verse401_split-verse253_ct"):
        miniatures.write(miniatures.itk_image(miniatures.column((20,))), raw / name.split("_")[0] / f"{name}.nii.gz")

    assert {case.patient for case in cases_of(tmp_path)} == {"verse253"}
