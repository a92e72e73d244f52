"""Label maps of other programs -> our values: the tables of TotalSegmentator, SPINEPS and TotalSpineSeg.

Values as in ../shared/datasets/datasets.md, 5.4 and 5.7.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import numpy as np

from spineseg.domain import labels
from spineseg.domain.translation import translate
from spineseg.domain.volume import LabelMap, make_grid, resample
from spineseg.errors import SettingsError
from spineseg.segmentation.classes import MaskArray
from spineseg.segmentation.imagefile import read_grid


class MaskKind(StrEnum):
    """Whose values a file holds; several programs use the same numbers for different things."""

    TOTALSEGMENTATOR = "totalsegmentator"
    TOTALSEGMENTATOR_MR = "totalsegmentator-mr"
    SPINEPS = "spineps"
    TOTALSPINESEG = "totalspineseg"


def _run(first: int, start: str, count: int, *, step: int = 1, discs: bool = False) -> dict[int, int]:
    """Consecutive values from a level on; `step` -1 counts towards the head."""
    place = labels.PRESACRAL_LEVELS.index(start)
    offset = labels.DISC_OFFSET if discs else 0
    return {first + k: offset + labels.VERTEBRA_VALUES[labels.PRESACRAL_LEVELS[place + step * k]] for k in range(count)}


# Task "total" of version 2 (its map_to_binary.py): S1 belongs to the sacrum; 79 is the cord as seen on CT, which does
# not show it apart from the sac.
TOTALSEGMENTATOR: dict[int, int] = {
    25: labels.SACRUM,
    26: labels.SACRUM,
    **_run(27, "L5", 24, step=-1),
    79: labels.SPINAL_CANAL,
}
# Task "vertebrae_mr".
TOTALSEGMENTATOR_MR: dict[int, int] = {1: labels.SACRUM, **_run(2, "L5", 24, step=-1)}
TOTALSPINESEG: dict[int, int] = {
    1: labels.SPINAL_CORD,
    2: labels.SPINAL_CANAL,
    **_run(11, "C1", 7),
    **_run(21, "T1", 12),
    **_run(41, "L1", 5),
    50: labels.SACRUM,
    **_run(63, "C2", 5, discs=True),
    **_run(71, "C7", 12, discs=True),
    **_run(91, "T12", 5, discs=True),
    100: labels.DISC_OFFSET + labels.VERTEBRA_VALUES["L5"],
}
_VERTEBRAE = (*labels.VERTEBRA_VALUES.values(), labels.SACRUM)
_ENDPLATE_OFFSET = 200
# Instances; an end plate belongs to its vertebra.
SPINEPS_VERTEBRAE: dict[int, int] = {
    **{value: value for value in _VERTEBRAE},
    **{labels.DISC_OFFSET + value: labels.DISC_OFFSET + value for value in labels.VERTEBRA_VALUES.values()},
    **{_ENDPLATE_OFFSET + value: value for value in _VERTEBRAE},
}
# Parts of any vertebra, and what lies outside the vertebrae.
SPINEPS_PARTS: dict[int, int] = {
    **dict.fromkeys(range(41, 49), labels.POSTERIOR_ELEMENTS),
    **dict.fromkeys((49, 50, 62), labels.VERTEBRAL_BODY),
}
SPINEPS_CANAL = {60: labels.SPINAL_CORD, 61: labels.SPINAL_CANAL, 26: labels.SACRUM}
_SPINEPS_FILES = ("seg-vert", "seg-spine")

_TABLES: Mapping[MaskKind, Mapping[int, int]] = {
    MaskKind.TOTALSEGMENTATOR: TOTALSEGMENTATOR,
    MaskKind.TOTALSEGMENTATOR_MR: TOTALSEGMENTATOR_MR,
    MaskKind.TOTALSPINESEG: TOTALSPINESEG,
    MaskKind.SPINEPS: SPINEPS_VERTEBRAE,
}


def read_foreign(path: Path, kind: MaskKind) -> tuple[LabelMap, MaskArray | None]:
    """Anatomy of another program's file.

    Parameters
    ----------
    path
        For SPINEPS either of its two files, `..._seg-vert_...` or `..._seg-spine_...`; the other lies beside it.

    Returns
    -------
    anatomy : (slice, row, column) uint8
        Values of `domain.labels`; classes that are no part of the spine become background.
    subregions : (slice, row, column) uint8
        None where the program does not tell body from arch.

    Raises
    ------
    SettingsError
        The values are not the program's, or SPINEPS's second file is not there.
    UnreadableStudyError
        A file cannot be read.
    """
    if kind is MaskKind.SPINEPS:
        return _spineps(path)
    grid = read_grid(path)
    whole = kind is MaskKind.TOTALSEGMENTATOR  # its 117 classes are mostly other organs
    return make_grid(_translated(grid, _TABLES[kind], path, drop_others=whole), grid.affine), None


def _spineps(path: Path) -> tuple[LabelMap, MaskArray]:
    vertebra_file, part_file = (_beside(path, name) for name in _SPINEPS_FILES)
    instances, parts = read_grid(vertebra_file), read_grid(part_file)
    parts = resample(parts, instances, order=0)
    anatomy = _translated(instances, SPINEPS_VERTEBRAE, vertebra_file)
    outside = _translated(parts, SPINEPS_CANAL, part_file, drop_others=True)
    subregions = _translated(parts, SPINEPS_PARTS, part_file, drop_others=True)
    is_bone = np.isin(anatomy, list(labels.VERTEBRA_VALUES.values()))
    return make_grid(np.where(anatomy > 0, anatomy, outside), instances.affine), np.where(is_bone, subregions, 0)


def _beside(path: Path, wanted: str) -> Path:
    name = path.name
    for one in _SPINEPS_FILES:
        name = name.replace(one, wanted)
    if wanted not in name or not path.with_name(name).is_file():
        raise SettingsError(f"no {wanted} file of SPINEPS", str(path), "give one of its two masks, side by side")
    return path.with_name(name)


def _translated(grid: LabelMap, table: Mapping[int, int], path: Path, *, drop_others: bool = False) -> MaskArray:
    translated, strange = translate(np.rint(grid.array).astype(np.int32), table, other=0)
    if strange and not drop_others:
        raise SettingsError(f"unknown value {strange[0]} in the masks", path.name, "name the program that made them")
    return translated
