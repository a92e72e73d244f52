from __future__ import annotations

from pathlib import Path

import numpy as np

from spineseg.datasets.convert import convert
from spineseg.datasets.sets import find_cases
from spineseg.domain.dataset import Split
from spineseg.segmentation.imagefile import read_grid
from tests.datasets import miniatures


def test_segments_are_known_by_label_not_by_number(tmp_path: Path) -> None:
    """Segment 1 is L1 here: levels come from the labels, cranial to caudal T11, T12, L1."""
    source, cases = find_cases("spine-mets", miniatures.spine_mets(tmp_path / "src with spaces"))

    conversion = convert(source, cases, tmp_path / "out")

    record = conversion.records[0]
    assert record.refused == ()
    assert record.values == (18, 19, 20)
    assert record.patient == "10250"
    (case,) = (case for split in Split for case in conversion.labelled.of(split))
    label = read_grid(tmp_path / "out" / case.label)
    heights = [np.argwhere(label.array == value)[:, 0].mean() for value in (18, 19, 20)]
    assert abs(np.diff(heights)).min() > 5, "one block a level"


def test_a_seg_without_its_series_is_refused(tmp_path: Path) -> None:
    """The CT that a SEG refers to is missing: the case is refused with that reason."""
    import shutil

    folder = miniatures.spine_mets(tmp_path / "src")
    shutil.rmtree(next(folder.rglob("5.000000*")))
    source, cases = find_cases("spine-mets", folder)

    assert "missing" in convert(source, cases, tmp_path / "out").records[0].refused[0]
