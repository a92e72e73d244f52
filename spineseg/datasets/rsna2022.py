"""RSNA 2022 Cervical Spine Fracture folder (CT) -> SourceCases: DICOM slices, masks as sagittal NIfTI."""

from __future__ import annotations

from pathlib import Path

from spineseg.datasets.sourcecase import SourceCase, image_reader, label_reader
from spineseg.domain.dataset import Names, Structure
from spineseg.domain.volume import Modality
from spineseg.errors import SettingsError

VALUES = {value: value for value in range(1, 20)}  # C1-C7 and T1-T12
# Masks that the challenge's participants reported as wrong: the ends of their Study Instance UIDs.
KNOWN_BAD = ("43.20574", "43.29952")


def find(src: Path) -> list[SourceCase]:
    """Studies that have a mask.

    Raises
    ------
    SettingsError
        There are no masks.
    """
    masks = sorted(src.glob("segmentations/*.nii*"))
    if not masks:
        raise SettingsError("no RSNA 2022 set here", str(src), "give the folder of train_images/ and segmentations/")
    return [_case(mask, src / "train_images") for mask in masks]


def _case(mask: Path, images: Path) -> SourceCase:
    uid = mask.name.removesuffix(".gz").removesuffix(".nii")  # dots belong to the name
    series = images / uid
    return SourceCase(
        name=uid,
        patient=uid,
        modality=Modality.CT,
        files=(series, mask),
        read_image=image_reader(series, Modality.CT),
        read_labels=label_reader(mask),
        values=VALUES,
        labelled=(Structure.VERTEBRA,),
        names=Names.GIVEN,
        complete_ends=False,  # thoracic vertebrae at the lower end are not always labelled
        known_bad="reported as wrong by users of the set" if uid.endswith(KNOWN_BAD) else "",
    )
