from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from spineseg.datasets.sets import find_cases
from spineseg.datasets.sourcecase import fingerprint, stem, whole_labels
from spineseg.domain.volume import make_grid
from spineseg.errors import UnreadableStudyError
from tests.datasets import miniatures


@pytest.mark.parametrize(
    ("name", "expected"),
    [("1.3.6.1.4.nii.gz", "1.3.6.1.4"), ("12_t2_SPACE.mha", "12_t2_SPACE"), ("1.2.840.1.nii", "1.2.840.1")],
)
def test_dots_belong_to_a_name(name: str, expected: str) -> None:
    """Only the endings of an image are taken off."""
    assert stem(Path(name)) == expected


def test_an_interpolated_mask_is_refused() -> None:
    """Values between labels betray a linear interpolation; nearly whole float64 values are taken."""
    path = Path("mask.nii.gz")

    assert whole_labels(make_grid(np.full((2, 2, 2), 19.9999), np.eye(4)), path).array.max() == 20
    with pytest.raises(UnreadableStudyError, match="whole numbers"):
        whole_labels(make_grid(np.full((2, 2, 2), 19.5), np.eye(4)), path)


def test_a_fingerprint_changes_with_files_and_meaning(tmp_path: Path) -> None:
    """A touched file or another meaning of a label gives another fingerprint; a second look the same."""
    _, (case,) = find_cases("cspineseg", miniatures.cspineseg(tmp_path))
    before = fingerprint(case)

    assert fingerprint(case) == before
    assert fingerprint(replace(case, values={1: 2})) != before
    os.utime(case.files[1], (1, 1))
    assert fingerprint(case) != before
