"""Folder of DICOM series and SEG objects -> pairs, and the meaning of a SEG's segments by their labels and codes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydicom import Dataset, dcmread
from pydicom.errors import InvalidDicomError
from pydicom.uid import SegmentationStorage

from spineseg.domain import labels
from spineseg.domain.dataset import NOT_KNOWN
from spineseg.domain.volume import LabelMap
from spineseg.segmentation.segments import read_segments

_LEVEL = re.compile(r"\b([CTL]\d{1,2})\b(?! ?/)")
_SEG_TAGS = ["SOPClassUID", "Modality", "PatientID", "StudyInstanceUID", "SeriesInstanceUID"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DicomPair:
    """A SEG and the folder of the series that it was drawn on.

    Parameters
    ----------
    series
        None where no such series lies in the folder.
    """

    seg: Path
    series: Path | None
    patient_id: str
    series_instance_uid: str
    modality: str


def find_pairs(src: Path) -> list[DicomPair]:
    """Every SEG below a folder with its series: the one that it refers to, else the only one of its study."""
    segs: list[tuple[Path, Dataset]] = []
    folders: dict[str, tuple[Path, Dataset]] = {}
    by_study: defaultdict[str, list[str]] = defaultdict(list)
    for path, header in _headers(src):
        if header.SOPClassUID == SegmentationStorage:
            segs.append((path, header))
        elif header.SeriesInstanceUID not in folders:
            folders[header.SeriesInstanceUID] = (path.parent, header)
            by_study[header.StudyInstanceUID].append(header.SeriesInstanceUID)
    pairs = []
    for path, header in segs:
        uid = _referenced(path)
        others = by_study[header.StudyInstanceUID]
        if uid not in folders and len(others) == 1:
            uid = others[0]
        folder, image = folders.get(uid, (None, header))
        pairs.append(
            DicomPair(
                seg=path, series=folder, patient_id=str(header.get("PatientID", "")), series_instance_uid=uid,
                modality=str(image.get("Modality", "")),
            )
        )  # fmt: skip
    return pairs


def segment_values(path: Path, meanings: Mapping[str, int]) -> dict[int, int]:
    """Place of each segment, from 1, -> value of `domain.labels`.

    Parameters
    ----------
    meanings
        Segment label -> value, for labels that neither name nor code explains.

    Returns
    -------
    Segments without a meaning are left out. Segment numbers say nothing: they follow the order of drawing.
    """
    by_name = {label.name.lower(): label.value for label in labels.ANATOMY.values()}
    by_code = {
        (label.code.value, label.code.scheme_designator): label.value
        for label in labels.ANATOMY.values()
        if label.kind is labels.LabelKind.VERTEBRA or label.value in labels.CANAL_CONTENT
    }
    result: dict[int, int] = {}
    for place, segment in enumerate(dcmread(path, stop_before_pixels=True).SegmentSequence, start=1):
        text = str(segment.SegmentLabel)
        name = text.split(" (", maxsplit=1)[0].lower()  # ours say "(assumed)" behind the name
        level = _LEVEL.search(text.upper())
        code = segment.SegmentedPropertyTypeCodeSequence[0]
        if text in meanings:
            result[place] = meanings[text]
        elif name in by_name:
            result[place] = by_name[name]
        elif level is not None and level[1] in labels.VERTEBRA_VALUES and "disc" not in name:
            result[place] = labels.VERTEBRA_VALUES[level[1]]
        elif (told := (code.get("CodeValue", ""), code.get("CodingSchemeDesignator", ""))) in by_code:
            result[place] = by_code[told]
    return result


def read_segment_places(path: Path) -> LabelMap:
    """Place of the segment of each voxel, from 1: (slice, row, column) uint8."""
    return read_segments(path).numbers


def nothing_known(path: Path, known: Mapping[int, int]) -> dict[int, int]:
    """Values of a SEG whose other segments say nothing about anatomy."""
    count = len(dcmread(path, stop_before_pixels=True).SegmentSequence)
    return {place: known.get(place, NOT_KNOWN) for place in range(1, count + 1)}


def _headers(src: Path) -> Iterator[tuple[Path, Dataset]]:
    for path in sorted(path for path in src.rglob("*") if path.is_file()):
        try:
            header = dcmread(path, stop_before_pixels=True, specific_tags=_SEG_TAGS)
        except (InvalidDicomError, OSError):
            continue
        if "SOPClassUID" in header and "SeriesInstanceUID" in header and "StudyInstanceUID" in header:
            yield path, header


def _referenced(path: Path) -> str:
    header = dcmread(path, stop_before_pixels=True, specific_tags=["ReferencedSeriesSequence"])
    references = header.get("ReferencedSeriesSequence") or []
    return str(references[0].SeriesInstanceUID) if references else ""
