"""A user's own folder (BIDS or image/label pairs, or DICOM with SEG) and its description -> SourceCases."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from spineseg.datasets.description import Description
from spineseg.datasets.dicomseg import DicomPair, find_pairs, nothing_known, read_segment_places, segment_values
from spineseg.datasets.numbering import NUMBERED_VALUES, number_parts
from spineseg.datasets.sourcecase import SourceCase, image_reader, label_reader, pseudonym, stem
from spineseg.domain import labels
from spineseg.domain.dataset import Structure
from spineseg.domain.volume import LabelMap
from spineseg.errors import SettingsError

_OWN_VALUES = {value: value for value in labels.ANATOMY}
_LABEL_FOLDERS = ("labels", "masks", "labelsTr", "segmentations")
_SUFFIXES = (".nii.gz", ".nii", ".mha", ".mhd", ".nrrd")


def find_files(src: Path, description: Description) -> list[SourceCase]:
    """Images that match the description's pattern, each with its label file.

    Raises
    ------
    SettingsError
        Nothing matches.
    """
    images = [path for path in sorted(src.glob(description.image)) if not _is_label(path, src, description)]
    if not images:
        raise SettingsError("no image matches the description", f"{src}: {description.image}", "correct `image`")
    return [_file_case(image, src, description) for image in images]


def find_dicom(src: Path, description: Description) -> list[SourceCase]:
    """SEG objects and the series that they were drawn on; names and patients are hashed.

    Raises
    ------
    SettingsError
        There is no SEG, or the description's values are structures to be numbered.
    """
    if description.parts:
        raise SettingsError("vertebrae of a SEG need level names", "values", "give each segment label a level, or none")
    pairs = find_pairs(src)
    if not pairs:
        raise SettingsError("no DICOM SEG below the folder", str(src), "give the folder of series and SEG objects")
    return [_dicom_case(pair, description) for pair in pairs]


def _is_label(path: Path, src: Path, description: Description) -> bool:
    inside = path.relative_to(src).parts[:-1]
    return stem(path).endswith(description.label_suffix) or bool({*_LABEL_FOLDERS, "derivatives"} & set(inside))


def _file_case(image: Path, src: Path, description: Description) -> SourceCase:
    below = image.relative_to(src)
    mask = _label_of(image, src, description)
    found = re.search(description.patient, below.as_posix())
    numbered = description.parts
    return SourceCase(
        name="-".join([*below.parts[:-1], stem(image)]).replace(" ", "_") if _is_ambiguous(below) else stem(image),
        patient=found[1] if found else stem(image),
        modality=description.modality,
        files=(image, mask),
        read_image=image_reader(image, description.modality),
        read_labels=_reader(label_reader(mask), description) if numbered else label_reader(mask),
        values=NUMBERED_VALUES if numbered else _file_values(description),
        labelled=description.labelled,
        names=description.names,
        complete_ends=description.complete_ends,
        split=description.split,
    )


def _is_ambiguous(below: Path) -> bool:
    """BIDS names say subject and session themselves; in other layouts the folders do."""
    return len(below.parts) > 1 and not below.name.startswith("sub-") and below.parts[0] not in ("images", "imagesTr")


def _label_of(image: Path, src: Path, description: Description) -> Path:
    """First existing place of a label file; the first of all where there is none, to be reported by its name."""
    below = image.relative_to(src)
    names = [f"{stem(image)}{description.label_suffix}{ending}" for ending in _SUFFIXES]
    same = [f"{stem(image)}{ending}" for ending in _SUFFIXES]
    beside = [image.with_name(name) for name in names]
    derived = [
        folder / below.parent / name for folder in sorted((src / "derivatives").glob("*")) for name in [*names, *same]
    ]
    parallel = [src / folder / Path(*below.parts[1:-1]) / name for folder in _LABEL_FOLDERS for name in [*same, *names]]
    candidates = [path for path in [*beside, *derived, *parallel] if path != image]
    return next((path for path in candidates if path.is_file()), candidates[0])


def _reader(read: Callable[[], LabelMap], description: Description) -> Callable[[], LabelMap]:
    meanings: dict[int, Structure] = {
        int(label): structure for label, structure in description.structure_values().items()
    }
    return lambda: number_parts(read(), meanings)


def _file_values(description: Description) -> dict[int, int]:
    if not description.values:
        return _OWN_VALUES
    return {int(label): value for label, value in description.label_values().items()}


def _dicom_case(pair: DicomPair, description: Description) -> SourceCase:
    series = pair.series or pair.seg.parent / "series of the SEG"
    meanings = {str(label): value for label, value in description.label_values().items()}
    return SourceCase(
        name=f"case-{pseudonym(pair.series_instance_uid or str(pair.seg))}",
        patient=pseudonym(pair.patient_id or pair.series_instance_uid),
        modality=description.modality,
        files=(series, pair.seg),
        read_image=image_reader(series, description.modality),
        read_labels=partial(read_segment_places, pair.seg),
        values=nothing_known(pair.seg, segment_values(pair.seg, meanings)),
        labelled=description.labelled,
        names=description.names,
        complete_ends=description.complete_ends,
        split=description.split,
    )
