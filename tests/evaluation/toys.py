"""Three stacked boxes as bodies with discs and a canal: known answers for every rule, and files of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spineseg.domain import labels
from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import LabelMap, Modality, SeriesRole, Volume, like, make_grid, resample
from spineseg.ingest import save_label_map

# (slice, row, column) of a sagittal series: columns run to posterior, rows to the feet; 2 x 1.5 x 1.5 mm.
AFFINE = np.array([[2.0, 0, 0, 0], [0, 0, 1.5, 0], [0, -1.5, 0, 200.0], [0, 0, 0, 1]])
SHAPE = (12, 60, 40)
BODY_ROWS = ((4, 20), (22, 38), (40, 56))
IDENTITY = AlgorithmIdentity(name="toy", version="7", segmenter="toy")


def numbered_bodies() -> NDArray[np.uint8]:
    """Bodies 1 to 3 from cranial, as a label file would hold them."""
    array = np.zeros(SHAPE, np.uint8)
    for number, (top, bottom) in enumerate(BODY_ROWS, start=1):
        array[2:10, top:bottom, 8:22] = number
    return array


def segmentation(
    bodies: NDArray[np.uint8] | None = None, *, offset: int = labels.UNNAMED_OFFSET, assessed: bool = True
) -> Segmentation:
    """Masks that hold these bodies (the true ones if not given), discs between them and a canal behind.

    `offset` is added to a body's number: 30 gives unnamed vertebrae, 20 gives L2 to L4.
    """
    numbers = numbered_bodies() if bodies is None else bodies
    anatomy = np.where(numbers > 0, numbers + np.uint8(offset), 0).astype(np.uint8)
    anatomy[2:10, :, 24:30] = labels.CSF
    anatomy[4:8, :, 26:28] = labels.SPINAL_CORD
    for number, (_, bottom) in enumerate(BODY_ROWS[:-1], start=1):
        anatomy[2:10, bottom : bottom + 2, 8:22] = labels.DISC_OFFSET + offset + number
    subregions = np.where(numbers > 0, labels.VERTEBRAL_BODY, 0).astype(np.uint8)
    grid = make_grid(anatomy, AFFINE)
    notes = () if assessed else (QualityNote(code=QualityCode.LESIONS_NOT_ASSESSED),)
    return Segmentation(
        anatomy=grid,
        subregions=like(grid, subregions),
        lesions=like(grid, np.zeros(SHAPE, np.uint8)),
        modality=Modality.MR,
        role=SeriesRole.SAGITTAL_T2,
        series_instance_uid="",
        algorithm=IDENTITY,
        quality=notes,
    )


def label_map(array: NDArray[np.generic]) -> LabelMap:
    """Array on the toy's grid."""
    return make_grid(array, AFFINE)


class ToySegmenter:
    """Gives the true masks of the toy to every image of its size, and to crops of it what lies in them."""

    def __init__(self, masks: Segmentation) -> None:
        self.masks = masks
        self.seen: list[Volume] = []

    @property
    def algorithm(self) -> AlgorithmIdentity:
        """Who segments."""
        return IDENTITY

    def __call__(self, volume: Volume) -> Segmentation:
        """Masks on the grid of `volume`."""
        self.seen.append(volume)
        anatomy, subregions, lesions = (
            resample(one, volume.image, order=0)
            for one in (self.masks.anatomy, self.masks.subregions, self.masks.lesions)
        )
        return replace(self.masks, anatomy=anatomy, subregions=subregions, lesions=lesions)


def write_data(folder: Path) -> Path:
    """Data folder with one image and its reference of three bodies."""
    folder.mkdir(parents=True, exist_ok=True)
    save_label_map(label_map(numbered_bodies() * 20 + 30), folder / "image.nii.gz")
    save_label_map(label_map(numbered_bodies()), folder / "bodies.nii.gz")
    return folder


CASE: dict[str, Any] = {
    "name": "toy",
    "image": "image.nii.gz",
    "modality": "MR",
    "contrast": "T2",
    "series": "sagittal_t2",
    "role": "validation",
    "licence": "CC0-1.0",
    "healthy": True,
    "references": [
        {
            "mask": "bodies.nii.gz",
            "values": dict.fromkeys((1, 2, 3), "vertebral body"),
            "rule": "owned",
            "group": "bodies T2",
            "drawn_by": "hand",
        }
    ],
}
LIST: dict[str, Any] = {
    "summary": ["bodies T2"],
    "goals": [{"name": "bodies", "groups": ["bodies T2"], "measure": "dice", "at_least": 0.8}],
    "healthy": {"clean_share": 0.9, "most_ml": 1.0},
    "cases": [CASE],
}
