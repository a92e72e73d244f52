"""Files of an examination as facts about them -> Study, Series, SeriesSelection; no pixels, no patient data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from spineseg.domain.volume import SeriesRole


class Refusal(StrEnum):
    """Why a series is not analysed."""

    LOCALIZER = "localizer"
    DERIVED = "derived image"
    PROJECTION = "projection image"
    RESULT_OBJECT = "not an image series"
    OWN_RESULT = "result of spineseg"
    SECONDARY_CAPTURE = "secondary capture"
    UNSUPPORTED_MODALITY = "modality is not MR or CT"
    NO_POSITION = "no image position or orientation"
    TOO_FEW_SLICES = "too few slices"
    GEOMETRY = "slices do not make a volume"
    UNREADABLE_PIXELS = "pixels cannot be decoded"
    NOT_SPINE = "another body part"
    UNKNOWN_CONTRAST = "contrast not known"
    OTHER_CHOSEN = "another series serves this role better"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One DICOM file of an image series.

    Parameters
    ----------
    frames
        Frame indices, from 0, that belong to the series' part; empty where all do.
    """

    path: Path
    sop_instance_uid: str
    sop_class_uid: str
    number_of_frames: int = 1
    frames: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableFile:
    """A file of the folder that is not used, and why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Instances of one series that share frame of reference, orientation and matrix.

    Parameters
    ----------
    part
        0, or the number of the group where one series falls into several orientations or matrices.
    image_orientation_patient : (6,)
        Direction cosines of row and column; None where the files give none.
    slice_normal_spacing_mm
        Median distance of neighbouring slices along the normal [mm]; None below two slices.
    attributes
        Values of the tags that selection reads, by DICOM keyword (RepetitionTime, ImageType, ...). Free text
        is there as words of a fixed list only (SeriesWords, StudyWords, ...).
    extent_mm : [mm, LPS]
        Lowest and highest corner of the box around the voxel centres; None without positions.
    geometry_fault
        Why the slices do not make a volume, as far as the headers tell; empty where they do.
    duplicates
        Files left out because they repeat an instance that is there already.
    """

    series_instance_uid: str
    series_number: int | None
    modality: str
    instances: tuple[Instance, ...]
    part: int = 0
    frame_of_reference_uid: str | None = None
    image_orientation_patient: tuple[float, ...] | None = None
    pixel_spacing_mm: tuple[float, float] | None = None
    slice_normal_spacing_mm: float | None = None
    rows: int = 0
    columns: int = 0
    number_of_slices: int = 0
    attributes: Mapping[str, str | float | tuple[str, ...]]
    extent_mm: tuple[tuple[float, float, float], tuple[float, float, float]] | None = None
    geometry_fault: str = ""
    duplicates: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """One examination: its series and what could not be read."""

    study_instance_uid: str
    series: tuple[Series, ...]
    unreadable: tuple[UnreadableFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedSeries:
    """A series that is not analysed."""

    series_instance_uid: str
    series_number: int | None
    part: int
    refusal: Refusal
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenSeries:
    """A series that is analysed, in its role, with the score and its reasons in words."""

    series: Series
    role: SeriesRole
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesSelection:
    """The series chosen per role (best first) and every other one with its reason."""

    chosen: tuple[ChosenSeries, ...]
    refused: tuple[RefusedSeries, ...]
