"""Dataset -> facts: geometry of each frame and the attributes that selection reads, nothing about the patient."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydicom.dataset import Dataset

from spineseg.ingest.geometry import SliceGeometry
from spineseg.ingest.keywords import CODES, ENHANCED_NUMBERS, IDENTITY, NUMBERS, SERIES_TEXTS, STUDY_TEXTS
from spineseg.ingest.reading import MALFORMED, MalformedFileError
from spineseg.ingest.words import known_words

_T = TypeVar("_T")
Attributes = Mapping[str, str | float | tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One image plane of a file.

    Parameters
    ----------
    stack
        Values that tell images at one place apart (echo time, image type, time point, b value).
    """

    index: int
    geometry: SliceGeometry
    stack: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Header:
    """Facts of one file."""

    path: Path
    sop_class_uid: str
    sop_instance_uid: str
    study_instance_uid: str
    series_instance_uid: str
    series_number: int | None
    frame_of_reference_uid: str | None
    modality: str
    frames: tuple[Frame, ...]
    dataset: Dataset


def parse_header(path: Path, dataset: Dataset) -> Header:
    """Identity and frames of a file.

    Raises
    ------
    MalformedFileError
        A UID without which nothing can be grouped is absent, or the functional groups cannot be read.
    """
    uids = {keyword: text(dataset, keyword) for keyword in IDENTITY}
    for keyword in ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"):
        if not uids[keyword]:
            raise MalformedFileError(f"{keyword} is absent")
    series_number = number(dataset, "SeriesNumber")
    return Header(
        path=path,
        sop_class_uid=uids["SOPClassUID"],
        sop_instance_uid=uids["SOPInstanceUID"],
        study_instance_uid=uids["StudyInstanceUID"],
        series_instance_uid=uids["SeriesInstanceUID"],
        series_number=None if series_number is None else int(series_number),
        frame_of_reference_uid=uids["FrameOfReferenceUID"] or None,
        modality=uids["Modality"].upper(),
        frames=read_frames(dataset),
        dataset=dataset,
    )


def read_frames(dataset: Dataset) -> tuple[Frame, ...]:
    """Geometry of every frame; a value that cannot be read is None.

    Raises
    ------
    MalformedFileError
        The functional groups are not what their keywords say.
    """
    per_frame = _guarded(lambda: list(dataset.get("PerFrameFunctionalGroupsSequence") or ()))
    if per_frame is None:
        raise MalformedFileError("functional groups cannot be read")
    if not per_frame:
        count = int(number(dataset, "NumberOfFrames") or 1)
        if count > 1:  # a multi-frame object without functional groups has no place in space
            return (Frame(index=0, geometry=_geometry(dataset, [Dataset()]), stack=()),)
        return (Frame(index=0, geometry=_geometry(dataset, [dataset]), stack=_classic_stack(dataset)),)
    shared = first_item(dataset, "SharedFunctionalGroupsSequence")
    return tuple(
        Frame(index=index, geometry=_geometry(dataset, [frame, shared]), stack=_enhanced_stack(frame))
        for index, frame in enumerate(per_frame)
    )


def attributes_of(dataset: Dataset, frame_index: int) -> Attributes:
    """The attributes that selection reads; free text as words of `ingest.words` only."""
    groups = _groups_of(dataset, frame_index)
    numbers = {keyword: number(dataset, keyword) for keyword in NUMBERS}
    for sequence, keyword, classic in ENHANCED_NUMBERS:
        values = [number(first_item(group, sequence), keyword) for group in groups]
        numbers[classic] = next((value for value in (numbers[classic], *values) if value is not None), None)
    codes = {keyword: _codes(dataset, keyword) for keyword in CODES}
    codes["ImageType"] = _frame_type(groups) or codes["ImageType"]
    words = {
        "SeriesWords": known_words(*(text(dataset, keyword) for keyword in SERIES_TEXTS)),
        "StudyWords": known_words(*(text(dataset, keyword) for keyword in STUDY_TEXTS)),
        "BodyPartWords": known_words(text(dataset, "BodyPartExamined")),
        "AgentWords": _agent_words(dataset),
    }
    present = {keyword: value for keyword, value in numbers.items() if value is not None}
    return {**present, **{keyword: value for keyword, value in (codes | words).items() if value}}


def text(dataset: Dataset, keyword: str) -> str:
    """Value as one string, empty where it is absent or unreadable."""
    value = _guarded(lambda: dataset.get(keyword))
    return "" if value is None else str(value).strip().strip("\0")


def first_item(dataset: Dataset, sequence: str) -> Dataset:
    """First item of a sequence, an empty one where there is none."""
    item = _guarded(lambda: dataset.get(sequence)[0])
    return item if isinstance(item, Dataset) else Dataset()


def number(dataset: Dataset, keyword: str) -> float | None:
    """First value as a finite number; None where it is absent or unreadable."""
    value = _guarded(lambda: _single(dataset.get(keyword)))
    return value if value is not None and math.isfinite(value) else None


def _agent_words(dataset: Dataset) -> tuple[str, ...]:
    """Whether a contrast agent was given: nobody's product names are complete, so any text but "none" counts."""
    given = text(dataset, "ContrastBolusAgent") or text(dataset, "ContrastBolusAgentSequence").strip("[]")
    if not given or "no contrast agent" in known_words(given):
        return ()
    return ("contrast agent",)


def _geometry(dataset: Dataset, sources: list[Dataset]) -> SliceGeometry:
    orientation = _vector(sources, "PlaneOrientationSequence", "ImageOrientationPatient", 6)
    position = _vector(sources, "PlanePositionSequence", "ImagePositionPatient", 3)
    spacing = _vector(sources, "PixelMeasuresSequence", "PixelSpacing", 2)
    return SliceGeometry(
        orientation=orientation,
        position=position,
        pixel_spacing_mm=None if spacing is None else (spacing[0], spacing[1]),
        rows=int(number(dataset, "Rows") or 0),
        columns=int(number(dataset, "Columns") or 0),
    )


def _vector(sources: list[Dataset], sequence: str, keyword: str, length: int) -> tuple[float, ...] | None:
    """First readable value among functional groups, or of the data set itself."""
    for source in sources:
        for holder in (source, first_item(source, sequence)):
            values = _floats(holder, keyword)
            if values is not None and len(values) == length and all(map(math.isfinite, values)):
                return values
    return None


def _floats(dataset: Dataset, keyword: str) -> tuple[float, ...] | None:
    return _guarded(lambda: tuple(float(value) for value in dataset.get(keyword) or ()))


def _classic_stack(dataset: Dataset) -> tuple[str, ...]:
    return (
        text(dataset, "EchoTime"),
        "/".join(_codes(dataset, "ImageType")),
        text(dataset, "TemporalPositionIdentifier"),
        text(dataset, "DiffusionBValue"),
        text(dataset, "AcquisitionNumber"),
    )


def _enhanced_stack(frame: Dataset) -> tuple[str, ...]:
    content = first_item(frame, "FrameContentSequence")
    return (
        text(first_item(frame, "MREchoSequence"), "EffectiveEchoTime"),
        "/".join(_frame_type([frame])),
        text(content, "TemporalPositionIndex"),
        text(first_item(frame, "MRDiffusionSequence"), "DiffusionBValue"),
        text(content, "FrameAcquisitionNumber"),
    )


def _frame_type(groups: list[Dataset]) -> tuple[str, ...]:
    """Frame Type and, for MR, Complex Image Component (MAGNITUDE, PHASE, ...) of the first group that has them."""
    for group in groups:
        for sequence in ("MRImageFrameTypeSequence", "CTImageFrameTypeSequence"):
            kind = first_item(group, sequence)
            if found := (*_codes(kind, "FrameType"), *_codes(kind, "ComplexImageComponent")):
                return found
    return ()


def _groups_of(dataset: Dataset, frame_index: int) -> list[Dataset]:
    """Functional groups of a frame, its own before the shared ones; none in a classic object."""
    per_frame = _guarded(lambda: list(dataset.get("PerFrameFunctionalGroupsSequence") or ())) or []
    own = per_frame[frame_index : frame_index + 1]
    return [*own, first_item(dataset, "SharedFunctionalGroupsSequence")]


def _single(value: object) -> float:
    if isinstance(value, Iterable) and not isinstance(value, str):
        value = next(iter(value))
    return float(str(value))


def _codes(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    value = _guarded(lambda: dataset.get(keyword))
    if value is None or value == "":
        return ()
    values = [value] if isinstance(value, str) or not isinstance(value, Iterable) else value
    return tuple(str(one).strip().upper() for one in values)


def _guarded(read: Callable[[], _T]) -> _T | None:
    """Value, or None where pydicom cannot make one of the bytes."""
    try:
        return read()
    except MALFORMED:
        return None
