"""Folder -> studies: every DICOM file in it, grouped into series that can be volumes; no bad file ever raises."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from pydicom.uid import MediaStorageDirectoryStorage

from spineseg.domain.study import Instance, Series, Study, UnreadableFile
from spineseg.errors import UnreadableStudyError
from spineseg.ingest.geometry import geometry_fault
from spineseg.ingest.grouping import Plane, PlaneGroup, group_planes, is_scrambled, normal_of, positions_of
from spineseg.ingest.header import Header, attributes_of, parse_header
from spineseg.ingest.keywords import KEYWORDS
from spineseg.ingest.reading import MalformedFileError, NotDicomError, quiet_pydicom, read_header


def discover(folder: Path) -> tuple[Study, ...]:
    """Find the studies of a folder and its sub-folders, whatever the files are called.

    Returns
    -------
    tuple of Study
        Largest first. Files that could not be read are listed in each of them.

    Raises
    ------
    UnreadableStudyError
        The folder is absent or empty, or no file of it is a readable DICOM object.
    """
    if not folder.is_dir():
        raise UnreadableStudyError("no such folder", str(folder), "check the path")
    paths = list(_files(folder))
    if not paths:
        raise UnreadableStudyError("the folder is empty", str(folder), "point to the folder that holds the study")
    headers, unreadable = _read_all(paths)
    if not headers:
        found = f"no readable DICOM object among {len(paths)} files"
        reason = f": {unreadable[0].reason}" if unreadable else ""
        raise UnreadableStudyError(found + reason, str(folder), "point to the folder that holds the study")
    studies: defaultdict[str, list[Header]] = defaultdict(list)
    for header in headers:
        studies[header.study_instance_uid].append(header)
    with quiet_pydicom():
        found_studies = [
            Study(study_instance_uid=uid, series=_series_of(members), unreadable=unreadable)
            for uid, members in studies.items()
        ]
    return tuple(sorted(found_studies, key=lambda study: (-_size(study), study.study_instance_uid)))


def _size(study: Study) -> int:
    return sum(series.number_of_slices for series in study.series)


def _files(folder: Path) -> Iterator[Path]:
    """Regular files below a folder, in order of their names; a loop of links is walked once."""
    visited: set[str] = set()
    for parent, children, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(parent)
        if real in visited:
            children.clear()
            continue
        visited.add(real)
        children.sort()
        for name in sorted(names):
            path = Path(parent, name)
            if path.is_file() or path.is_symlink():  # never open pipes and devices; a dangling link is reported
                yield path


def _read_all(paths: Iterable[Path]) -> tuple[list[Header], tuple[UnreadableFile, ...]]:
    headers: list[Header] = []
    unreadable: list[UnreadableFile] = []
    with quiet_pydicom():
        for path in paths:
            try:
                dataset = read_header(path, KEYWORDS)
                if getattr(dataset.file_meta, "MediaStorageSOPClassUID", "") == MediaStorageDirectoryStorage:
                    continue  # a DICOMDIR; the files that it lists are found by themselves
                headers.append(parse_header(path, dataset))
            except NotDicomError:
                continue
            except MalformedFileError as error:
                unreadable.append(UnreadableFile(path=path, reason=str(error)))
    return headers, tuple(unreadable)


def _series_of(headers: list[Header]) -> tuple[Series, ...]:
    by_uid: defaultdict[str, list[Header]] = defaultdict(list)
    for header in headers:
        by_uid[header.series_instance_uid].append(header)
    series = [one for members in by_uid.values() for one in _parts_of(members)]
    unnumbered = 2**31  # IS is at most this (PS3.5 6.2); a series without number comes last
    return tuple(
        sorted(
            series,
            key=lambda one: (
                unnumbered if one.series_number is None else one.series_number, one.series_instance_uid, one.part
            ),
        )
    )  # fmt: skip


def _parts_of(headers: list[Header]) -> list[Series]:
    """Parts of one series, the one with most slices first."""
    groups = sorted(group_planes(headers), key=lambda group: -len(group.planes))
    return [_make_series(group, part) for part, group in enumerate(groups)]


def _make_series(group: PlaneGroup, part: int) -> Series:
    planes = group.planes
    header, frame = planes[len(planes) // 2]
    place = frame.geometry
    series = Series(
        series_instance_uid=header.series_instance_uid,
        series_number=header.series_number,
        modality=header.modality,
        instances=_instances(planes),
        part=part,
        frame_of_reference_uid=None if is_scrambled(planes) else header.frame_of_reference_uid,
        image_orientation_patient=place.orientation,
        pixel_spacing_mm=place.pixel_spacing_mm,
        rows=place.rows,
        columns=place.columns,
        number_of_slices=len(planes),
        attributes=attributes_of(header.dataset, frame.index),
        duplicates=group.copies,
    )
    if place.orientation is None or place.position is None:
        return series
    return replace(
        series,
        slice_normal_spacing_mm=_slice_spacing_mm(planes),
        extent_mm=_extent_mm(planes),
        geometry_fault=_fault(planes),
    )


def _instances(planes: list[Plane]) -> tuple[Instance, ...]:
    frames: defaultdict[Path, list[int]] = defaultdict(list)
    headers: dict[Path, Header] = {}
    for header, frame in planes:
        headers[header.path] = header
        frames[header.path].append(frame.index)
    return tuple(
        Instance(
            path=path,
            sop_instance_uid=header.sop_instance_uid,
            sop_class_uid=header.sop_class_uid,
            number_of_frames=len(header.frames),
            frames=tuple(frames[path]) if len(header.frames) > 1 else (),
        )
        for path, header in headers.items()
    )


def _slice_spacing_mm(planes: list[Plane]) -> float | None:
    distances = positions_of(planes) @ normal_of(planes[0][1].geometry)
    return float(np.median(np.diff(distances))) if len(planes) > 1 else None


def _extent_mm(planes: list[Plane]) -> tuple[tuple[float, float, float], tuple[float, float, float]] | None:
    """Box around the voxel centres of the slices."""
    place = planes[0][1].geometry
    if place.pixel_spacing_mm is None or place.orientation is None:
        return None
    orientation = np.asarray(place.orientation).reshape(2, 3)
    along_columns = orientation[0] * place.pixel_spacing_mm[1] * (place.columns - 1)
    along_rows = orientation[1] * place.pixel_spacing_mm[0] * (place.rows - 1)
    corners = np.stack([np.zeros(3), along_columns, along_rows, along_columns + along_rows])
    points = (positions_of(planes)[:, None] + corners).reshape(-1, 3)
    low, high = points.min(axis=0), points.max(axis=0)
    return (float(low[0]), float(low[1]), float(low[2])), (float(high[0]), float(high[1]), float(high[2]))


def _fault(planes: list[Plane]) -> str:
    identities = [(header.sop_instance_uid, frame.index) for header, frame in planes]
    if len(set(identities)) < len(identities):
        return "different slices carry one SOP Instance UID"
    return geometry_fault([frame.geometry for _, frame in planes])
