from __future__ import annotations

from pathlib import Path

from spineseg.datasets.dicomseg import find_pairs, nothing_known, read_segment_places, segment_values
from tests.datasets import miniatures


def a_seg(folder: Path, named: dict[str, int], *, key: str = "k") -> tuple[Path, Path]:
    """SEG of three blocks with its series."""
    labels = miniatures.column((18, 19, 20))
    slices = miniatures.dicom_series(folder / "ct", miniatures.image_of(labels), key)
    return miniatures.segmentation(folder / "seg" / "1.dcm", slices, labels, named), folder / "ct"


def test_labels_of_several_programs_are_understood(tmp_path: Path) -> None:
    """T11 vertebra, our own "T12 (assumed)" and a label that the user explains; disc names are no vertebrae."""
    seg, _ = a_seg(tmp_path, {"T11 vertebra": 18, "T12 (assumed)": 19, "odd": 20})

    assert segment_values(seg, {"odd": 20}) == {1: 18, 2: 19, 3: 20}
    assert segment_values(seg, {}) == {1: 18, 2: 19}
    assert nothing_known(seg, {1: 18, 2: 19}) == {1: 18, 2: 19, 3: 255}
    assert set(read_segment_places(seg).array.ravel().tolist()) == {0, 1, 2, 3}


def test_a_disc_is_no_vertebra(tmp_path: Path) -> None:
    """A label "L1/L2 disc" names no vertebra."""
    seg, _ = a_seg(tmp_path, {"L1/L2 disc": 18, "disc L3": 19})

    assert segment_values(seg, {}) == {}


def test_a_seg_finds_its_series_among_others(tmp_path: Path) -> None:
    """By the series that it refers to, with another series beside it."""
    seg, series = a_seg(tmp_path / "a", {"T11": 18})
    miniatures.dicom_series(tmp_path / "b", miniatures.image_of(miniatures.column((20,))), "other")
    (tmp_path / "notes.txt").write_text("no DICOM")

    (pair,) = find_pairs(tmp_path)

    assert (pair.seg, pair.series) == (seg, series)
    assert pair.modality == "CT"
