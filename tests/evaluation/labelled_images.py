"""A converted set whose cases a mask segmenter can be scored on."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spineseg.domain.dataset import (
    LabelledCase,
    LabelledSet,
    Names,
    Source,
    Structure,
    write_labelled_set,
)
from spineseg.domain.volume import Modality, make_grid
from spineseg.ingest import save_label_map

AFFINE = np.array([[0, 0, 2.0, -40.0], [0, 2.0, 0, -50.0], [2.0, 0, 0, -90.0], [0, 0, 0, 1]])
LABELLED = (Structure.VERTEBRA, Structure.CORD)


def spine() -> np.ndarray:
    """T11 to L1 with a cord behind: (z upwards, y to posterior, x to the left) uint8."""
    label = np.zeros((40, 36, 32), np.uint8)
    for level in range(3):
        label[4 + 11 * level : 13 + 11 * level, 8:18, 10:22] = 20 - level
    label[4:36, 22:26, 14:18] = 60
    return label


def labelled_images(folder: Path, count: int = 4, *, names: Names = Names.GIVEN) -> LabelledSet:
    """Validation cases of `count` patients, all with the same labels."""
    cases = []
    for number in range(count):
        below = folder / "cases" / f"case{number}"
        below.mkdir(parents=True)
        label = spine()
        image = np.random.default_rng(number).normal(40, 10, label.shape) + 400.0 * (label > 0)
        save_label_map(make_grid(image.astype(np.int16), AFFINE), below / "image.nii.gz")
        save_label_map(make_grid(label, AFFINE), below / "label.nii.gz")
        cases.append(
            LabelledCase(
                name=f"case{number}", patient=f"p{number}", image=f"cases/case{number}/image.nii.gz",
                label=f"cases/case{number}/label.nii.gz", modality=Modality.CT, labelled=LABELLED, names=names,
                complete_ends=True,
            )
        )  # fmt: skip
    source = Source(name="toy", title="Toy <set>", licence="CC0-1.0", citation="none")
    labelled = LabelledSet(source=source, validation=tuple(cases))
    write_labelled_set(labelled, folder)
    return labelled


def masks_file(folder: Path, *, shift: int = 0, value_shift: int = 0) -> Path:
    """Label map for `--segmenter masks:`, moved along z by voxels, or named some levels too low."""
    label = np.roll(spine(), shift, axis=0)
    label = np.where((label > 0) & (label < 30), label + value_shift, label).astype(np.uint8)
    path = folder / f"masks{shift}{value_shift}.nii.gz"
    save_label_map(make_grid(label, AFFINE), path)
    return path
