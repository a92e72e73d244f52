from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spineseg.domain import labels
from spineseg.domain.volume import make_grid
from spineseg.errors import SettingsError
from spineseg.segmentation import foreign
from spineseg.segmentation.foreign import MaskKind, read_foreign
from spineseg.segmentation.imagefile import write_grid

AFFINE = np.array([[0, 0, 2.0, 0], [0, 2.0, 0, 0], [2.0, 0, 0, 0], [0, 0, 0, 1]])


def stored(path: Path, *values: int) -> Path:
    """A map with two slices of each value, from the feet up."""
    array = np.repeat(np.array(values, np.uint8), 2)[:, None, None] * np.ones((1, 3, 3), np.uint8)
    write_grid(make_grid(array, AFFINE), path)
    return path


def values_of(path: Path, kind: MaskKind) -> list[int]:
    """Our values, from the feet up."""
    anatomy = read_foreign(path, kind)[0].array
    return [int(value) for value in anatomy[::2, 0, 0]]


def named(*names: str) -> list[int]:
    """Values of levels."""
    return [labels.SACRUM if name == "S" else labels.VERTEBRA_VALUES[name] for name in names]


def test_totalsegmentator(tmp_path: Path) -> None:
    """Sacrum and S1, L5 upwards to C1, other organs left out, the "cord" of CT as canal."""
    path = stored(tmp_path / "t.nii.gz", 25, 26, 27, 31, 32, 43, 44, 50, 79, 5)

    assert values_of(path, MaskKind.TOTALSEGMENTATOR) == [
        *named("S", "S", "L5", "L1", "T12", "T1", "C7", "C1"), labels.SPINAL_CANAL, 0,
    ]  # fmt: skip


def test_totalsegmentator_of_mr(tmp_path: Path) -> None:
    """1 sacrum, 2 L5 up to 25 C1."""
    path = stored(tmp_path / "t.nii.gz", 1, 2, 6, 7, 18, 19, 25)

    assert values_of(path, MaskKind.TOTALSEGMENTATOR_MR) == named("S", "L5", "L1", "T12", "T1", "C7", "C1")


def test_totalspineseg(tmp_path: Path) -> None:
    """Levels by tens, discs under the vertebra above them, cord and canal apart."""
    path = stored(tmp_path / "t.nii.gz", 50, 100, 45, 95, 41, 91, 32, 21, 71, 17, 63, 12, 11, 1, 2)

    below = labels.DISC_OFFSET
    assert values_of(path, MaskKind.TOTALSPINESEG) == [
        labels.SACRUM, below + 24, 24, below + 23, 20, below + 19, 19, 8, below + 7, 7, below + 2, 2, 1,
        labels.SPINAL_CORD, labels.SPINAL_CANAL,
    ]  # fmt: skip


def test_the_tables_are_complete() -> None:
    """24 vertebrae in every table and 23 discs where there are any, no value twice."""
    for table, discs in ((foreign.TOTALSEGMENTATOR, 0), (foreign.TOTALSEGMENTATOR_MR, 0), (foreign.TOTALSPINESEG, 23)):
        values = list(table.values())
        assert sum(labels.is_vertebra(value) for value in set(values)) == 24
        assert sum(value > labels.DISC_OFFSET for value in set(values)) == discs


def test_spineps_takes_both_masks(tmp_path: Path) -> None:
    """Instances from one file; body, arch, cord and canal from the other; end plates belong to their vertebra."""
    vertebra = stored(tmp_path / "a_seg-vert_msk.nii.gz", 24, 224, 123, 23, 0, 0)
    stored(tmp_path / "a_seg-spine_msk.nii.gz", 49, 62, 100, 41, 60, 61)

    anatomy, parts = read_foreign(vertebra, MaskKind.SPINEPS)

    assert values_of(vertebra, MaskKind.SPINEPS) == [24, 24, 123, 23, labels.SPINAL_CORD, labels.SPINAL_CANAL]
    assert parts is not None
    assert [int(value) for value in parts[::2, 0, 0]] == [49, 49, 0, 41, 0, 0]
    other, _ = read_foreign(tmp_path / "a_seg-spine_msk.nii.gz", MaskKind.SPINEPS)
    np.testing.assert_array_equal(other.array, anatomy.array)


@pytest.mark.parametrize("kind", [MaskKind.TOTALSPINESEG, MaskKind.TOTALSEGMENTATOR_MR])
def test_a_value_of_another_program_is_refused(tmp_path: Path, kind: MaskKind) -> None:
    """A wrong name for the program is told by values that it never writes."""
    with pytest.raises(SettingsError, match="unknown value 60"):
        read_foreign(stored(tmp_path / "t.nii.gz", 60), kind)


def test_a_missing_second_mask_is_told(tmp_path: Path) -> None:
    """SPINEPS writes two files; one alone is not enough."""
    with pytest.raises(SettingsError, match="seg-spine"):
        read_foreign(stored(tmp_path / "a_seg-vert_msk.nii.gz", 24), MaskKind.SPINEPS)
