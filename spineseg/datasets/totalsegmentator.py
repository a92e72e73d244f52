"""TotalSegmentator folder (CT or MR) -> SourceCases: one binary file a class, empty where the class is absent."""

from __future__ import annotations

import csv
from functools import partial
from pathlib import Path

import numpy as np

from spineseg.datasets.numbering import NUMBERED_VALUES, number_parts
from spineseg.datasets.sourcecase import SourceCase, image_reader
from spineseg.domain import labels
from spineseg.domain.dataset import Names, Split, Structure
from spineseg.domain.volume import LabelMap, Modality, make_grid, same_grid
from spineseg.errors import GeometryError, SettingsError, UnreadableStudyError
from spineseg.segmentation.imagefile import read_grid

_CT_NAMES = ("ct.nii.gz",)
_MR_NAMES = ("mri.nii.gz", "mr.nii.gz")
# Later rows win where files overlap: S1 lies inside the sacrum. The "spinal cord" of CT is what lies in the canal,
# which is not complete: epidural fat is left out of it.
CT_CLASSES: dict[str, int] = {
    "spinal_cord": labels.SPINAL_CANAL,
    **{f"vertebrae_{name}": value for name, value in labels.VERTEBRA_VALUES.items() if name not in ("L6", "T13")},
    "vertebrae_S1": labels.SACRUM,
    "sacrum": labels.SACRUM,
}
# total_mr has one class for all vertebrae and one for all discs.
MR_CLASSES: dict[str, tuple[int, Structure]] = {
    "spinal_cord": (1, Structure.CORD),
    "intervertebral_discs": (2, Structure.DISC),
    "vertebrae": (3, Structure.VERTEBRA),
    "sacrum": (4, Structure.SACRUM),
}
_SPLITS = {"train": Split.TRAINING, "val": Split.VALIDATION, "test": Split.TEST}


def find_ct(src: Path) -> list[SourceCase]:
    """Subjects of the CT set.

    Raises
    ------
    SettingsError
        No folder has a ct.nii.gz.
    """
    identity = {value: value for value in CT_CLASSES.values()}
    return [
        SourceCase(
            name=folder.name,
            patient=folder.name,
            modality=Modality.CT,
            files=_files(folder, image, CT_CLASSES),
            read_image=image_reader(image, Modality.CT),
            read_labels=partial(_combined, folder, CT_CLASSES),
            values=identity,
            labelled=(Structure.VERTEBRA, Structure.SACRUM),
            names=Names.GIVEN,
            complete_ends=True,
            split=split,
        )
        for folder, image, split in _subjects(src, _CT_NAMES)
    ]


def find_mr(src: Path) -> list[SourceCase]:
    """Subjects of the MR set.

    Raises
    ------
    SettingsError
        No folder has an MR image.
    """
    meanings = dict(MR_CLASSES.values())
    return [
        SourceCase(
            name=folder.name,
            patient=folder.name,
            modality=Modality.MR,
            files=_files(folder, image, MR_CLASSES),
            read_image=image_reader(image, Modality.MR),
            read_labels=lambda folder=folder: number_parts(  # type: ignore[misc]  # bound now, called later
                _combined(folder, {name: code for name, (code, _) in MR_CLASSES.items()}), meanings
            ),
            values=NUMBERED_VALUES,
            labelled=tuple(structure for _, structure in MR_CLASSES.values()),
            names=Names.NONE,
            complete_ends=True,
            split=split,
        )
        for folder, image, split in _subjects(src, _MR_NAMES)
    ]


def _subjects(src: Path, names: tuple[str, ...]) -> list[tuple[Path, Path, Split | None]]:
    found = [folder / name for folder in sorted(src.iterdir()) for name in names if (folder / name).is_file()]
    if not found:
        raise SettingsError("no TotalSegmentator set here", str(src), f"give the folder of s0000/{names[0]}, ...")
    splits = _splits(src / "meta.csv")
    return [(image.parent, image, splits.get(image.parent.name)) for image in found]


def _splits(meta: Path) -> dict[str, Split]:
    """Official split; the file has a byte order mark and semicolons."""
    if not meta.is_file():
        return {}
    with meta.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    return {row["image_id"]: _SPLITS[row["split"]] for row in rows if row.get("split") in _SPLITS}


def _files(folder: Path, image: Path, classes: dict[str, int] | dict[str, tuple[int, Structure]]) -> tuple[Path, ...]:
    masks = (folder / "segmentations" / f"{name}.nii.gz" for name in classes)
    return (image, *(mask for mask in masks if mask.is_file()))


def _combined(folder: Path, classes: dict[str, int]) -> LabelMap:
    """One label map of the binary files.

    Raises
    ------
    UnreadableStudyError
        No class of ours has a file.
    GeometryError
        Two files of a subject lie on different grids.
    """
    result: LabelMap | None = None
    for name, value in classes.items():
        path = folder / "segmentations" / f"{name}.nii.gz"
        if not path.is_file():
            continue
        mask = read_grid(path)
        if result is not None and not same_grid(result, mask):
            raise GeometryError("the class files lie on different grids", path.name, "get the subject again")
        before = np.zeros(mask.array.shape, dtype=np.uint8) if result is None else result.array
        result = make_grid(np.where(mask.array > 0, np.uint8(value), before), mask.affine)
    if result is None:
        raise UnreadableStudyError("no class file of the spine", folder.name, "get the segmentations/ of the subject")
    return result
