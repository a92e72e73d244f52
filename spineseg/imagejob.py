"""Image file or series folder -> label files: what `spineseg segment` and a bundle's own run command do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spineseg.anatomy.study import describe_study
from spineseg.domain.findings import Compartment, Findings
from spineseg.domain.labels import LESION_VALUES, LesionLabel
from spineseg.domain.quality import QUALITY_TEXT
from spineseg.domain.segmentation import Segmentation, Segmenter
from spineseg.domain.volume import LabelMap, Modality, Volume, like
from spineseg.errors import SettingsError, UnreadableStudyError
from spineseg.files import prepare_folder
from spineseg.grading import grade_spine
from spineseg.ingest import load_image_file, save_label_map
from spineseg.pipeline import load_series_folder

LABEL_SUFFIXES = (".nii.gz", ".nii", ".mha", ".nrrd")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SegmentedImage:
    """Masks of one image.

    Parameters
    ----------
    anatomy : (slice, row, column) uint8
        Values of `domain.labels.ANATOMY`.
    lesions : (slice, row, column) uint8
        Values of `domain.labels.LESION_VALUES`.
    notes
        What limits the result, in words.
    """

    anatomy: LabelMap
    lesions: LabelMap
    notes: tuple[str, ...]


def segment_file(segmenter: Segmenter, source: Path, target: Path, *, modality: str | None = None) -> Path:
    """Label files of an image; what `python -m monai.bundle run` of a bundle calls.

    Parameters
    ----------
    target
        Anatomy goes there, lesions beside it (`lesion_file`).
    modality
        "MR" or "CT" of an image file; by its values where it is not given.

    Raises
    ------
    InputError
        The image is missing or cannot be read.
    SettingsError
        `target` is no kind of label file.
    AnatomyError
        The masks cannot be a spine.
    """
    label_suffix(target)
    volume = load_image(source, modality)
    prepare_folder(target.parent)
    save_labels(segment_volume(volume, segmenter), target)
    return target


def load_image(source: Path, modality: str | None = None) -> Volume:
    """Image file, or the best series of a DICOM folder.

    Raises
    ------
    InputError
        It is missing or cannot be read.
    """
    if not source.exists():
        raise UnreadableStudyError("no such file or folder", str(source), "check the path")
    if source.is_dir():
        return load_series_folder(source)
    return load_image_file(source, modality=None if modality is None else Modality(modality))


def segment_volume(volume: Volume, segmenter: Segmenter) -> SegmentedImage:
    """Masks of one image, its vertebrae named and its lesions told apart by compartment.

    Raises
    ------
    BundleError
        The model is missing or wrong.
    AnatomyError
        The masks cannot be a spine.
    """
    (anatomy,) = describe_study([segmenter(volume)])
    findings = grade_spine(anatomy, study_instance_uid="", image=volume.image)
    notes = tuple(dict.fromkeys(QUALITY_TEXT[note.code] for note in (*volume.quality, *findings.quality)))
    return SegmentedImage(
        anatomy=anatomy.segmentation.anatomy, lesions=_by_compartment(anatomy.segmentation, findings), notes=notes
    )


def save_labels(result: SegmentedImage, target: Path) -> None:
    """Write anatomy to `target` and lesions to `lesion_file(target)`."""
    save_label_map(result.anatomy, target)
    save_label_map(result.lesions, lesion_file(target))


def lesion_file(target: Path) -> Path:
    """Where the lesions of a label file go: LABELS-lesions with the same ending."""
    suffix = label_suffix(target)
    return target.with_name(f"{target.name.removesuffix(suffix)}-lesions{suffix}")


def label_suffix(path: Path) -> str:
    """Ending of a label file.

    Raises
    ------
    SettingsError
        It is none that can be written.
    """
    for suffix in LABEL_SUFFIXES:
        if path.name.endswith(suffix):
            return suffix
    raise SettingsError(
        "unknown kind of label file", path.name, f"end the name with one of {', '.join(LABEL_SUFFIXES)}"
    )


def _by_compartment(segmentation: Segmentation, findings: Findings) -> LabelMap:
    """Lesion numbers to the contract's values; a lesion of one mixed or unknown compartment is 9."""
    values = np.zeros(256, dtype=np.uint8)  # lesion numbers are uint8
    values[1:] = LESION_VALUES[LesionLabel.UNDETERMINED]
    for lesion in findings.lesions:
        name = lesion.compartment.value if lesion.compartment is not Compartment.MIXED else "undetermined"
        label = LesionLabel.BONE_ONLY if lesion.bone_only else LesionLabel(name)
        values[lesion.number] = LESION_VALUES[label]
    return like(segmentation.lesions, values[segmentation.lesions.array])
