"""Duke CSpineSeg folder (cervical MRI, NIfTI) -> SourceCases: bodies and discs, each all in one value."""

from __future__ import annotations

from pathlib import Path

from spineseg.datasets.numbering import NUMBERED_VALUES, number_parts
from spineseg.datasets.sourcecase import SourceCase, image_reader, label_reader, stem
from spineseg.domain.dataset import Names, Structure
from spineseg.domain.volume import LabelMap, Modality
from spineseg.errors import SettingsError

MEANINGS = {1: Structure.BODY, 2: Structure.DISC}


def find(src: Path) -> list[SourceCase]:
    """Series with a `_SEG` file beside them.

    Raises
    ------
    SettingsError
        There is none.
    """
    masks = sorted(src.rglob("*_SEG.nii.gz"))
    if not masks:
        raise SettingsError("no CSpineSeg set here", str(src), "give the folder of *_SEG.nii.gz")
    return [_case(mask) for mask in masks]


def _case(mask: Path) -> SourceCase:
    name = stem(mask).removesuffix("_SEG")
    image = mask.with_name(f"{name}.nii.gz")
    read = label_reader(mask)

    def numbered() -> LabelMap:
        return number_parts(read(), MEANINGS)

    return SourceCase(
        name=name,
        patient=name.split("-")[0],  # <Patient>-<Study>-<Series>
        modality=Modality.MR,
        files=(image, mask),
        read_image=image_reader(image, Modality.MR),
        read_labels=numbered,
        values=NUMBERED_VALUES,
        labelled=tuple(MEANINGS.values()),
        names=Names.NONE,
        complete_ends=False,
    )
