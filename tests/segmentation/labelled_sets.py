"""A small converted set on disk, bright blocks that are labelled as vertebrae."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spineseg.domain.dataset import LabelledCase, LabelledSet, Names, Source, Structure, write_labelled_set
from spineseg.domain.volume import Modality, make_grid
from spineseg.segmentation.imagefile import write_grid

# (slice, row, column) = (z upwards, y to posterior, x to the left), 2 mm.
AFFINE = np.array([[0, 0, 2.0, -40.0], [0, 2.0, 0, -50.0], [2.0, 0, 0, -90.0], [0, 0, 0, 1]])


def labelled_set(folder: Path, *, training: int = 2, validation: int = 1, modality: Modality = Modality.CT) -> Path:
    """A converted set of toy cases."""
    cases = [_case(folder, number, modality) for number in range(training + validation)]
    source = Source(name="toy", title="Toy set", licence="CC0-1.0", citation="none")
    write_labelled_set(
        LabelledSet(source=source, training=tuple(cases[:training]), validation=tuple(cases[training:])), folder
    )
    return folder


def _case(folder: Path, number: int, modality: Modality) -> LabelledCase:
    rng = np.random.default_rng(number)
    label = np.zeros((40, 36, 32), np.uint8)
    for level in range(3):
        label[4 + 11 * level : 13 + 11 * level, 8:18, 10:22] = 22 - level
    image = rng.normal(40, 10, label.shape) + 400.0 * (label > 0)
    below = folder / "cases" / f"case{number}"
    below.mkdir(parents=True)
    write_grid(make_grid(image.astype(np.int16), AFFINE), below / "image.nii.gz")
    write_grid(make_grid(label, AFFINE), below / "label.nii.gz")
    return LabelledCase(
        name=f"case{number}", patient=f"p{number}", image=f"cases/case{number}/image.nii.gz",
        label=f"cases/case{number}/label.nii.gz", modality=modality, labelled=(Structure.VERTEBRA,),
        names=Names.GIVEN, complete_ends=True,
    )  # fmt: skip
