"""Inputs + findings -> Picture: the sagittal overview and the decisive axial plane of every lesion, worst first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.findings import Findings, LesionFinding
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.study import Series
from spineseg.domain.volume import Modality, SeriesRole, Volume, sample_at, to_patient
from spineseg.reporting.drawing import RgbArray, draw_notes, draw_plane, grey_values, legend_entries
from spineseg.reporting.filled import voxels_of
from spineseg.reporting.outlines import Structure, structures_in
from spineseg.reporting.planes import CanalLine, Plane, axial_plane, canal_line, sagittal_plane
from spineseg.reporting.wording import doubtful_names, grade_text, levels_text

# Every lesion is in the tables; pictures of more would hide the worst [P].
MAX_LESION_PICTURES = 8
# Points of a lesion that are looked up in another series; more change nothing [P].
_MATCHING_POINTS = 2000
_ROLE_ORDER = (SeriesRole.SAGITTAL_T2, SeriesRole.STIR, SeriesRole.T1_CONTRAST, SeriesRole.T1, SeriesRole.CT)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReportInput:
    """One analysed series.

    Parameters
    ----------
    series
        Its files.
    volume
        Its image.
    segmentation
        Its masks, names settled.
    """

    series: Series
    volume: Volume
    segmentation: Segmentation


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """One view, without and with outlines.

    Parameters
    ----------
    lesion
        Number of the lesion in the report that it shows; None for the overview.
    title, caption
        What it shows; which plane of which series it is.
    plain, outlined : (row, column, 3) uint8
    legend
        Structures whose line style needs a name.
    patient_orientation
        Directions of rows and columns (PS3.3 C.7.6.1.1.1).
    point_mm : [mm, LPS]
        Middle of what is shown.
    """

    lesion: int | None
    title: str
    caption: str
    input: ReportInput
    plain: RgbArray
    outlined: RgbArray
    legend: tuple[Structure, ...]
    patient_orientation: tuple[str, str]
    point_mm: NDArray[np.float64]


def make_pictures(inputs: Sequence[ReportInput], findings: Findings) -> tuple[Picture, ...]:
    """Overview first, then an axial picture of each lesion whose series is among the inputs."""
    lines = [canal_line(one.segmentation.anatomy) for one in inputs]
    best = _overview_input(inputs, lines)
    pictures = [_overview(inputs[best], lines[best], inputs, findings)]
    by_series = {one.series.series_instance_uid: number for number, one in reversed(list(enumerate(inputs)))}
    for rank, lesion in list(enumerate(findings.lesions, start=1))[:MAX_LESION_PICTURES]:
        number = by_series.get(lesion.series_instance_uid)
        if number is not None:
            pictures.append(_axial(inputs[number], lines[number], findings, rank, lesion))
    return tuple(pictures)


def _overview_input(inputs: Sequence[ReportInput], lines: Sequence[CanalLine | None]) -> int:
    """The input that shows the longest part of the canal; among equals (within 10 %) by role."""
    lengths = [0.0 if line is None else float(np.ptp(line.height_mm)) for line in lines]
    long = [number for number, length in enumerate(lengths) if length >= 0.9 * max(lengths)]
    return min(long, key=lambda number: (_role_rank(inputs[number].volume.role), number))


def _role_rank(role: SeriesRole) -> int:
    return _ROLE_ORDER.index(role) if role in _ROLE_ORDER else len(_ROLE_ORDER)


def _overview(one: ReportInput, line: CanalLine | None, inputs: Sequence[ReportInput], findings: Findings) -> Picture:
    plane = sagittal_plane(one.volume.image, one.segmentation.anatomy, line)
    structures = _structures(plane, one, findings, lesion_ranks(one, inputs, findings))
    grey = grey_values(one.volume, plane)
    notes = _beside_the_plane(plane, structures, inputs, findings)
    middle = plane.points[plane.shape[0] // 2, plane.shape[1] // 2]
    return Picture(
        lesion=None,
        title="Overview",
        caption=f"{plane.description}; {series_text(one)}",
        input=one,
        plain=draw_plane(grey, plane),
        outlined=draw_notes(draw_plane(grey, plane, structures), notes),
        legend=tuple(legend_entries(structures)),
        patient_orientation=("P", "F"),
        point_mm=middle,
    )


def _axial(one: ReportInput, line: CanalLine | None, findings: Findings, rank: int, lesion: LesionFinding) -> Picture:
    centre = _decisive_point(one, lesion)
    plane = axial_plane(one.volume.image, line, _between(centre, one, lesion))
    structures = _structures(plane, one, findings, lesion_ranks(one, (one,), findings))
    grey = grey_values(one.volume, plane)
    return Picture(
        lesion=rank,
        title=f"Lesion {rank}: {levels_text(lesion, findings)}, {grade_text(lesion.escc)}",
        caption=f"{plane.description}; {series_text(one)}",
        input=one,
        plain=draw_plane(grey, plane),
        outlined=draw_plane(grey, plane, structures),
        legend=tuple(legend_entries(structures)),
        patient_orientation=("L", "P"),
        point_mm=centre,
    )


def series_text(one: ReportInput) -> str:
    """Which series it is, without its free-text description (it may hold patient data)."""
    number = "without number" if one.series.series_number is None else str(one.series.series_number)
    role = "CT" if one.volume.modality is Modality.CT else one.volume.role.value.replace("_", " ").replace("t2", "T2")
    return f"series {number} ({role.replace('t1', 'T1').replace('stir', 'STIR')})"


def lesion_centre(one: ReportInput, lesion: LesionFinding) -> NDArray[np.float64] | None:
    """Centroid of a lesion's mask [mm, LPS]; None where the mask has no such lesion."""
    index = voxels_of(one.segmentation.lesions.array, lesion.number)
    return to_patient(one.segmentation.lesions, index.mean(axis=0)) if len(index) else None


def _decisive_point(one: ReportInput, lesion: LesionFinding) -> NDArray[np.float64]:
    """Where the grade was decided; else the lesion's middle; else the middle of the image."""
    if lesion.escc.decisive_point_mm is not None:
        return np.array(lesion.escc.decisive_point_mm)
    centre = lesion_centre(one, lesion)
    if centre is not None:
        return centre
    return to_patient(one.volume.image, (np.array(one.volume.image.spatial_shape) - 1) / 2)


def _between(point: NDArray[np.float64], one: ReportInput, lesion: LesionFinding) -> NDArray[np.float64]:
    """Middle of the picture: halfway from the decisive point to the lesion, in the plane's height."""
    centre = lesion_centre(one, lesion)
    if centre is None:
        return point
    middle = (point + centre) / 2
    return np.array([middle[0], middle[1], point[2]])


def _structures(plane: Plane, one: ReportInput, findings: Findings, ranks: dict[int, int]) -> list[Structure]:
    return structures_in(plane, one.segmentation, doubtful_names(findings, one.series.series_instance_uid), ranks)


def lesion_ranks(one: ReportInput, inputs: Sequence[ReportInput], findings: Findings) -> dict[int, int]:
    """Place in the report of each lesion number of a series, also where the lesion was measured on another one."""
    by_series = {other.series.series_instance_uid: other for other in reversed(inputs)}
    ranks: dict[int, int] = {}
    for rank, lesion in enumerate(findings.lesions, start=1):
        measured_on = by_series.get(lesion.series_instance_uid)
        number = None if measured_on is None else _number_on(one, measured_on, lesion)
        if number is not None:
            ranks.setdefault(number, rank)
    return ranks


def _number_on(one: ReportInput, measured_on: ReportInput, lesion: LesionFinding) -> int | None:
    """Number that most of a lesion has in the masks of `one`, in patient space; None where it has none there."""
    if one.series.series_instance_uid == lesion.series_instance_uid:
        return lesion.number
    index = voxels_of(measured_on.segmentation.lesions.array, lesion.number)
    step = 1 + len(index) // _MATCHING_POINTS
    points = to_patient(measured_on.segmentation.lesions, index[::step])
    counts = np.bincount(sample_at(one.segmentation.lesions, points, order=0), minlength=2)[1:]
    return int(counts.argmax()) + 1 if counts.any() else None


def _beside_the_plane(
    plane: Plane, structures: Sequence[Structure], inputs: Sequence[ReportInput], findings: Findings
) -> list[tuple[float, str]]:
    """Rows and notes of the lesions that the overview does not cut."""
    shown = {structure.label for structure in structures}
    by_series = {one.series.series_instance_uid: one for one in reversed(inputs)}
    notes = []
    for rank, lesion in enumerate(findings.lesions, start=1):
        one = by_series.get(lesion.series_instance_uid)
        centre = None if one is None else lesion_centre(one, lesion)
        if centre is None or f"lesion {rank}" in shown:
            continue
        row = (plane.points[0, 0, 2] - float(centre[2])) / plane.pixel_mm
        if 0 <= row < plane.shape[0]:
            notes.append((row, f"lesion {rank}, not in this plane"))
    return notes
