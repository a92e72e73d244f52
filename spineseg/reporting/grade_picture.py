"""GradeEvidence + inputs -> Picture: expected and actual outlines on the section that decided a lesion's grade."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.findings import Findings, LesionFinding
from spineseg.domain.grade_evidence import GradeEvidence, SectionStructure
from spineseg.domain.labels import ANATOMY, LESION_RGB, SPINAL_CORD
from spineseg.reporting.drawing import draw_plane, grey_values, legend_entries
from spineseg.reporting.lettering import Leader, draw_leaders
from spineseg.reporting.outlines import SAC_RGB, Structure
from spineseg.reporting.pictures import MAX_LESION_PICTURES, Picture, ReportInput, series_text
from spineseg.reporting.planes import Plane
from spineseg.reporting.wording import grade_text, levels_text

# Display choices of this project [P].
_PIXEL_MM = 0.1
_HEIGHT_MM = 40.0  # of a section, as it is measured
_WIDTH_MM = 64.0  # leaves room for the names beside the canal
_NEAR_CANAL_MM = 13.0  # about half a canal's width
_CANAL_RGB = (225, 225, 225)

# Line, colour, width and dash of each structure: expected ones have gaps, those that were found are solid but for the
# canal's dots; drawn in this order, so that the found outlines lie on top.
_STYLES: dict[SectionStructure, tuple[str, tuple[int, int, int], float, tuple[float, float] | None]] = {
    SectionStructure.CANAL: ("canal (dotted)", _CANAL_RGB, 2.2, (2.5, 5.0)),
    SectionStructure.TUMOUR: ("tumour (thick)", LESION_RGB, 4.0, None),
    SectionStructure.EXPECTED_SAC: ("expected sac (long dashes)", SAC_RGB, 2.4, (14.0, 7.0)),
    SectionStructure.EXPECTED_CORD: ("expected cord (short dashes)", ANATOMY[SPINAL_CORD].rgb, 2.4, (6.0, 4.0)),
    SectionStructure.SAC: ("sac as found (thin)", SAC_RGB, 1.6, None),
    SectionStructure.CORD: ("cord as found", ANATOMY[SPINAL_CORD].rgb, 2.8, None),
}
# Where a name's line meets the outline: direction to posterior and to the left; names on that side, from above.
_NAMED_AT: dict[SectionStructure, tuple[str, tuple[float, float]]] = {
    SectionStructure.CANAL: ("canal", (-0.8, -0.6)),
    SectionStructure.EXPECTED_SAC: ("expected sac", (0.15, -1.0)),
    SectionStructure.EXPECTED_CORD: ("expected cord", (0.8, -0.6)),
    SectionStructure.TUMOUR: ("tumour", (-0.5, 0.87)),
    SectionStructure.SAC: ("sac", (0.15, 1.0)),
    SectionStructure.CORD: ("cord", (0.8, 0.6)),
}


def grade_pictures(
    inputs: Sequence[ReportInput], findings: Findings, evidence: Sequence[GradeEvidence]
) -> tuple[Picture, ...]:
    """Section of each lesion that has one, worst first, for as many lesions as have an axial picture."""
    by_series = {one.series.series_instance_uid: one for one in reversed(inputs)}
    pictures = []
    for rank, lesion in list(enumerate(findings.lesions, start=1))[:MAX_LESION_PICTURES]:
        own = evidence_of(lesion, evidence)
        one = by_series.get(lesion.series_instance_uid)
        if own is not None and one is not None:
            pictures.append(_picture(own, one, findings, rank))
    return tuple(pictures)


def evidence_of(lesion: LesionFinding, evidence: Sequence[GradeEvidence]) -> GradeEvidence | None:
    """What a lesion's grade was decided on; None where it was not handed over."""
    key = (lesion.series_instance_uid, lesion.number)
    return next((one for one in evidence if (one.series_instance_uid, one.number) == key), None)


def _picture(evidence: GradeEvidence, one: ReportInput, findings: Findings, rank: int) -> Picture:
    lesion = findings.lesions[rank - 1]
    plane = _plane(evidence)
    structures = list(_structures(evidence, plane))
    grey = grey_values(one.volume, plane)
    return Picture(
        lesion=rank,
        title=f"Lesion {rank}: {levels_text(lesion, findings)}, {grade_text(lesion.escc)}: the section that decided",
        caption=f"{plane.description}; {series_text(one)}",
        input=one,
        plain=draw_plane(grey, plane),
        outlined=draw_leaders(draw_plane(grey, plane, structures), list(_leaders(evidence, plane))),
        legend=tuple(legend_entries(structures)),
        patient_orientation=("L", "P"),
        point_mm=evidence.centre,
    )


def _plane(evidence: GradeEvidence) -> Plane:
    """The section with room at both sides: rows run to posterior, columns to the patient's left."""
    rows, columns = (_offsets(size) for size in (_HEIGHT_MM, _WIDTH_MM))
    points = evidence.centre + rows[:, None, None] * evidence.posterior + columns[None, :, None] * evidence.left
    words = "section perpendicular to the canal, where the grade was decided"
    return Plane(points=points, pixel_mm=_PIXEL_MM, letters=("R", "L", "A", "P"), description=words)


def _offsets(size_mm: float) -> NDArray[np.float64]:
    count = round(size_mm / _PIXEL_MM)
    return np.asarray((np.arange(count) - (count - 1) / 2) * _PIXEL_MM, dtype=np.float64)


def _structures(evidence: GradeEvidence, plane: Plane) -> Iterator[Structure]:
    for structure, (name, rgb, width, dash) in _STYLES.items():
        contours = evidence.outlines.get(structure)
        if contours:
            yield Structure(
                name=name, label="", anchor=(0, 0), contours=tuple(_pixels(one, plane) for one in contours), rgb=rgb,
                width=width, dash=dash,
            )  # fmt: skip


def _leaders(evidence: GradeEvidence, plane: Plane) -> Iterator[Leader]:
    for structure, (text, direction) in _NAMED_AT.items():
        contours = evidence.outlines.get(structure)
        if contours:
            place = _pixels(_meeting_point(structure, np.concatenate(contours), direction)[None], plane)[0]
            yield Leader(text=text, at=(float(place[0]), float(place[1])), on_left=direction[1] < 0)


def _meeting_point(
    structure: SectionStructure, points: NDArray[np.float64], direction: tuple[float, float]
) -> NDArray[np.float64]:
    """Where a name's line ends: the outline's outermost point, of a tumour the part that is near the canal."""
    near = points
    if structure is SectionStructure.TUMOUR:
        away = np.linalg.norm(points, axis=1)
        near = points[away <= max(_NEAR_CANAL_MM, float(away.min()))]
    return np.asarray(near[np.argmax(near @ np.asarray(direction))])


def _pixels(offsets_mm: NDArray[np.float64], plane: Plane) -> NDArray[np.float64]:
    """Offsets to posterior and left [mm] as row and column of the plane."""
    return offsets_mm / plane.pixel_mm + (np.array(plane.shape) - 1) / 2
