"""Series -> Source: headers of its files made fit to build results on, with the place of every frame."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import config, dcmread
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.valuerep import format_number_as_ds

from spineseg.domain.study import Instance, Series
from spineseg.domain.uids import derive_uid
from spineseg.errors import ReportError
from spineseg.reporting.patient import PATIENT_STUDY, TYPE_2, patient_and_study

_GEOMETRY = (
    "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "Modality",
    "InstanceNumber", "Rows", "Columns", "NumberOfFrames", "ImagePositionPatient", "ImageOrientationPatient",
    "PixelSpacing", "SliceThickness", "LossyImageCompression", "LossyImageCompressionRatio",
    "LossyImageCompressionMethod", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
)  # fmt: skip
_COPIED = (
    "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality", "InstanceNumber", "Rows",
    "Columns", "LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod",
)  # fmt: skip
_OF_THE_SLICE = ("SOPInstanceUID", "InstanceNumber")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Source:
    """One analysed series as results refer to it.

    Parameters
    ----------
    headers
        One a file, in the order of `Series.instances`: identity and geometry only, type 2 attributes empty. Those of
        multi-frame files have the frames of this part.
    patient_study
        Patient and study modules in UTF-8, every type 2 attribute present.
    positions_mm : (F, 3) [mm, LPS]
        Centre of the first pixel of every frame, files in order.
    orientation : (6,)
        Direction of growing column index, then of growing row index.
    pixel_spacing_mm : (2,) [mm]
        Between rows, between columns.
    sop_instance_uids
        One a frame.
    frame_numbers
        Of every frame in its file, from 1; a multi-frame file may hold several parts, of which this is one.
    """

    series: Series
    headers: tuple[Dataset, ...]
    patient_study: Dataset
    positions_mm: NDArray[np.float64]
    orientation: NDArray[np.float64]
    pixel_spacing_mm: NDArray[np.float64]
    sop_instance_uids: tuple[str, ...]
    frame_numbers: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Frames, rows, columns."""
        return (len(self.positions_mm), int(self.headers[0].Rows), int(self.headers[0].Columns))

    @property
    def multi_frame(self) -> bool:
        """Whether the series lies in enhanced multi-frame files, one as a rule."""
        return "PerFrameFunctionalGroupsSequence" in self.headers[0]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Frames:
    positions: list[Sequence[str | float]]
    orientation: Sequence[str | float]
    spacing: Sequence[str | float]
    thickness: float
    numbers: Sequence[int] = (1,)


def read_source(series: Series) -> Source:
    """Read the headers of a series.

    Raises
    ------
    ReportError
        A file has gone or changed since it was loaded, or single-frame and multi-frame files make up the series.
    """
    with _quiet():
        raw = [_read(instance.path) for instance in series.instances]
        frames = [_frames_of(header, instance) for header, instance in zip(raw, series.instances, strict=True)]
        patient_study = patient_and_study(raw[0])
    if len({"PerFrameFunctionalGroupsSequence" in header for header in raw}) > 1:
        raise ReportError(
            "a series of single-frame and multi-frame files cannot be referred to", f"series {series.series_number}"
        )
    positions = np.array([position for one in frames for position in one.positions], dtype=np.float64)
    # Some anonymisers give every slice its own frame of reference; ingest has found that they make one volume.
    frame_uid = (
        series.frame_of_reference_uid
        or raw[0].get("FrameOfReferenceUID")
        or derive_uid("frame", series.series_instance_uid)
    )
    if frames[0].thickness <= 0:
        frames[0] = replace(frames[0], thickness=_spacing(positions, frames[0]))
    return Source(
        series=series,
        headers=_headers(raw, frames, str(frame_uid)),
        patient_study=patient_study,
        positions_mm=positions,
        orientation=np.array(frames[0].orientation, dtype=np.float64),
        pixel_spacing_mm=np.array(frames[0].spacing, dtype=np.float64),
        sop_instance_uids=tuple(
            str(one.SOPInstanceUID) for one, where in zip(raw, frames, strict=True) for _ in where.positions
        ),
        frame_numbers=tuple(number for where in frames for number in where.numbers),
    )


@contextmanager
def _quiet() -> Iterator[None]:
    # pydicom quotes wrong values in its warnings and its log, and they may be patient data.
    with config.disable_value_validation(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _read(path: Path) -> Dataset:
    try:
        return dcmread(path, stop_before_pixels=True, force=True, specific_tags=[*PATIENT_STUDY, *_GEOMETRY])
    except (OSError, EOFError, InvalidDicomError) as error:
        raise ReportError(
            "a source file cannot be read again", path.name, "keep the study until the run ends"
        ) from error


def _frames_of(header: Dataset, instance: Instance) -> _Frames:
    path = instance.path
    try:
        return (
            _multi_frame(header, instance.frames)
            if "PerFrameFunctionalGroupsSequence" in header
            else _single_frame(header)
        )
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        raise ReportError(
            "a source file has lost its geometry", path.name, "keep the study until the run ends"
        ) from error


def _single_frame(header: Dataset) -> _Frames:
    return _Frames(
        positions=[header.ImagePositionPatient], orientation=header.ImageOrientationPatient,
        spacing=header.PixelSpacing, thickness=float(header.get("SliceThickness") or 0.0),
    )  # fmt: skip


def _multi_frame(header: Dataset, part: Sequence[int]) -> _Frames:
    """Frames of a part, all of them where it names none."""
    shared = header.SharedFunctionalGroupsSequence[0] if header.get("SharedFunctionalGroupsSequence") else Dataset()
    every = header.PerFrameFunctionalGroupsSequence
    chosen = part or range(len(every))
    groups = [every[index] for index in chosen]
    # Orientation and pixel measures may be shared or stand in every frame (PS3.3 C.7.6.16).
    orientation = (shared if "PlaneOrientationSequence" in shared else groups[0]).PlaneOrientationSequence[0]
    measures = (shared if "PixelMeasuresSequence" in shared else groups[0]).PixelMeasuresSequence[0]
    positions = [
        (group if "PlanePositionSequence" in group else shared).PlanePositionSequence[0].ImagePositionPatient
        for group in groups
    ]
    return _Frames(
        positions=positions, orientation=orientation.ImageOrientationPatient, spacing=measures.PixelSpacing,
        thickness=float(measures.get("SliceThickness") or 0.0), numbers=[index + 1 for index in chosen],
    )  # fmt: skip


def _headers(raw: Sequence[Dataset], frames: Sequence[_Frames], frame_of_reference_uid: str) -> tuple[Dataset, ...]:
    """Headers as highdicom needs them: complete, of one orientation, without patient data (it logs odd names)."""
    first = _header(raw[0], frames[0], frame_of_reference_uid)
    if "PerFrameFunctionalGroupsSequence" in first:
        others = (_header(one, where, frame_of_reference_uid) for one, where in zip(raw[1:], frames[1:], strict=True))
        return (first, *others)
    headers = []
    for one, where in zip(raw, frames, strict=True):
        header = Dataset()
        header.update(first)  # shares the elements; those of the slice are replaced
        for keyword in _OF_THE_SLICE:
            if keyword in one:
                header[keyword] = one[keyword]
        header["ImagePositionPatient"] = DataElement("ImagePositionPatient", "DS", where.positions[0])
        headers.append(header)
    return tuple(headers)


def _header(raw: Dataset, frames: _Frames, frame_of_reference_uid: str) -> Dataset:
    header = Dataset()
    for keyword in _COPIED:
        if keyword in raw:
            setattr(header, keyword, raw[keyword].value)
    for keyword in TYPE_2:
        setattr(header, keyword, "")
    header.FrameOfReferenceUID = frame_of_reference_uid
    header.PositionReferenceIndicator = ""
    thickness = str(format_number_as_ds(frames.thickness))
    if "PerFrameFunctionalGroupsSequence" not in raw:
        # The last digit may differ between slices; highdicom asks for the very same orientation.
        header.ImageOrientationPatient = frames.orientation
        header.PixelSpacing, header.SliceThickness = frames.spacing, thickness
        header.ImagePositionPatient = frames.positions[0]
        return header
    header.NumberOfFrames = len(frames.positions)
    header.SharedFunctionalGroupsSequence = [_shared_groups(frames, thickness)]
    header.PerFrameFunctionalGroupsSequence = [_position_group(position) for position in frames.positions]
    return header


def _spacing(positions: NDArray[np.float64], frames: _Frames) -> float:
    """Distance of neighbouring frames along the normal [mm], 1 for a single frame."""
    cosines = np.array(frames.orientation, dtype=np.float64)
    steps = np.diff(np.sort(positions @ np.cross(cosines[:3], cosines[3:])))
    return float(np.median(steps[steps > 1e-3])) if np.any(steps > 1e-3) else 1.0  # 1e-3 mm: same place


def _shared_groups(frames: _Frames, thickness: str) -> Dataset:
    orientation, measures, groups = Dataset(), Dataset(), Dataset()
    orientation.ImageOrientationPatient = frames.orientation
    measures.PixelSpacing, measures.SliceThickness = frames.spacing, thickness
    groups.PlaneOrientationSequence, groups.PixelMeasuresSequence = [orientation], [measures]
    return groups


def _position_group(position: Sequence[str | float]) -> Dataset:
    place, group = Dataset(), Dataset()
    place.ImagePositionPatient = position
    group.PlanePositionSequence = [place]
    return group
