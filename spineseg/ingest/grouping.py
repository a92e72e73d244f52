"""Headers of one series -> groups of planes that can be a volume each."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spineseg.ingest.geometry import ORIENTATION_TOLERANCE, SliceGeometry
from spineseg.ingest.header import Frame, Header

Plane = tuple[Header, Frame]

_POSITION_DIGITS = 2  # hundredths of a mm tell two places apart [P]
_GAP_SHARE = 1.5  # of the usual spacing: beyond this a slice is missing, or another stack begins [P]
# Separate MR stacks lie at places of their own. A gap of whole spacings straight on is a lost slice instead [P].
_WHOLE_SPACINGS = 0.15
_SIDESTEP_MM = 1.0
_MIN_STACK = 3  # slices; fewer are no evidence of a stack [P]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlaneGroup:
    """Planes in order of their position along the normal.

    Parameters
    ----------
    copies
        Planes left out because they repeat an instance that is there already.
    """

    planes: list[Plane]
    copies: int


def group_planes(headers: list[Header]) -> list[PlaneGroup]:
    """Group planes by class, frame of reference, matrix, orientation, and by what is imaged at one place."""
    planes = [(header, frame) for header in headers for frame in header.frames]
    return [
        PlaneGroup(planes=stack, copies=len(group) - len(unique))
        for group in _same_grid(planes)
        for unique in (_without_copies(group),)
        for repeat in _without_repeats(unique)
        for stack in _separate_stacks(_along_normal(repeat))
    ]


def is_scrambled(planes: list[Plane]) -> bool:
    """Whether every file has a frame of reference of its own, as some de-identification leaves it."""
    files = {header.path for header, _ in planes}
    return 1 < len(files) == len({header.frame_of_reference_uid for header, _ in planes})


def positions_of(planes: list[Plane]) -> NDArray[np.float64]:
    """First voxel of each plane: (plane, 3) [mm, LPS]."""
    return np.asarray([frame.geometry.position for _, frame in planes], dtype=np.float64)


def normal_of(place: SliceGeometry) -> NDArray[np.float64]:
    """Unit vector across a slice that has an orientation."""
    orientation = np.asarray(place.orientation, dtype=np.float64)
    return np.cross(orientation[:3], orientation[3:])


def _same_grid(planes: list[Plane]) -> list[list[Plane]]:
    exact: defaultdict[tuple[object, ...], list[Plane]] = defaultdict(list)
    for header, frame in planes:
        place = frame.geometry
        known = (place.position is not None, place.orientation is not None)
        exact[header.sop_class_uid, place.rows, place.columns, known].append((header, frame))
    return [
        cluster for group in exact.values() for frames in _same_frame(group) for cluster in _same_orientation(frames)
    ]


def _same_frame(planes: list[Plane]) -> list[list[Plane]]:
    """Planes by frame of reference; scrambled ones say nothing and are passed over."""
    frames: defaultdict[str | None, list[Plane]] = defaultdict(list)
    for plane in planes:
        frames[plane[0].frame_of_reference_uid].append(plane)
    return [planes] if is_scrambled(planes) else list(frames.values())


def _same_orientation(planes: list[Plane]) -> list[list[Plane]]:
    """Clusters by orientation; by distance and not by rounding, which would split what lies on its edge."""
    clusters: list[tuple[NDArray[np.float64], list[Plane]]] = []
    for plane in planes:
        direction = np.asarray(plane[1].geometry.orientation or np.zeros(6))
        near = (members for first, members in clusters if np.abs(first - direction).max() <= ORIENTATION_TOLERANCE)
        members = next(near, None)
        if members is None:
            clusters.append((direction, [plane]))
        else:
            members.append(plane)
    return [members for _, members in clusters]


def _without_copies(planes: list[Plane]) -> list[Plane]:
    """Each instance once; a second file with the same identity at the same place is a copy."""
    unique: dict[tuple[object, ...], Plane] = {}
    for plane in planes:
        unique.setdefault((plane[0].sop_instance_uid, plane[1].index, _place(plane)), plane)
    return list(unique.values())


def _without_repeats(planes: list[Plane]) -> list[list[Plane]]:
    """Split echoes, Dixon images, time points or b values of one series, where that leaves one image a place."""
    if not _repeats(planes):
        return [planes]
    for length in range(1, len(planes[0][1].stack) + 1):
        stacks: defaultdict[tuple[str, ...], list[Plane]] = defaultdict(list)
        for plane in planes:
            stacks[plane[1].stack[:length]].append(plane)
        if not any(_repeats(members) for members in stacks.values()):
            return list(stacks.values())
    return [planes]


def _repeats(planes: list[Plane]) -> bool:
    return len({_place(plane) for plane in planes}) < len(planes)


def _place(plane: Plane) -> tuple[float, ...]:
    return tuple(round(value, _POSITION_DIGITS) for value in plane[1].geometry.position or ())


def _along_normal(planes: list[Plane]) -> list[Plane]:
    """Planes in order of their position, so that loading need not copy the image into another order."""
    if any(frame.geometry.orientation is None or frame.geometry.position is None for _, frame in planes):
        return planes
    distances = positions_of(planes) @ normal_of(planes[0][1].geometry)
    return [planes[index] for index in np.argsort(distances, kind="stable")]


def _separate_stacks(planes: list[Plane]) -> list[list[Plane]]:
    """Parallel MR stacks of one series (disc by disc, say), told from one stack that lost a slice."""
    first = planes[0][1].geometry
    if planes[0][0].modality != "MR" or len(planes) < 2 * _MIN_STACK or first.orientation is None:
        return [planes]
    if first.position is None:
        return [planes]
    steps = np.diff(positions_of(planes), axis=0)
    normal = normal_of(first)
    gaps = steps @ normal
    usual = float(np.median(gaps))
    breaks = np.flatnonzero(gaps > _GAP_SHARE * usual) + 1
    runs = [planes[start:stop] for start, stop in zip([0, *breaks], [*breaks, len(planes)], strict=True)]
    if usual <= 0 or any(len(run) < _MIN_STACK for run in runs):
        return [planes]
    sideways = steps - np.outer(gaps, normal)
    usual_step = np.median(sideways, axis=0)
    for index in breaks - 1:
        spacings = gaps[index] / usual
        sidestep_mm = np.linalg.norm(sideways[index] - spacings * usual_step)
        if abs(spacings - round(spacings)) < _WHOLE_SPACINGS and sidestep_mm < _SIDESTEP_MM:
            return [planes]
    return runs
