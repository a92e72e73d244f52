"""SpineAnatomy -> Findings: levels measured and lesions graded of one series."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from scipy import spatial

from spineseg.anatomy.measurements import measure_levels
from spineseg.domain.anatomy import SpineAnatomy
from spineseg.domain.escc import AbstentionReason
from spineseg.domain.findings import Findings, LesionFinding, LesionOrigin, LevelFinding, severity
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.domain.uids import derive_uid
from spineseg.domain.volume import ImageGrid, LabelMap, to_patient
from spineseg.grading.bone_quality import find_bone_quality
from spineseg.grading.compartments import find_compartment
from spineseg.grading.escc import grade_escc
from spineseg.grading.involvement import find_involvement
from spineseg.grading.lesion_view import LesionView, lesion_numbers, level_borders, view_lesion
from spineseg.grading.sins import score_sins
from spineseg.grading.spine_bones import SpineBones, find_bones

_LEVEL_SHARE = 0.10  # share of a lesion's voxels that involves a level [P]
_THREADS = 2  # lesions graded at a time; more would want memory, 60 MB each, on machines of two cores [P]


def grade_spine(anatomy: SpineAnatomy, *, study_instance_uid: str, image: ImageGrid | None = None) -> Findings:
    """Findings of one series.

    Parameters
    ----------
    anatomy
        The described spine, lesions numbered in its segmentation.
    study_instance_uid
        Study that the findings speak of.
    image : (slice, row, column) [HU]
        What the masks were made on; only a CT is read, for the quality of bone.
    """
    lesions = tuple(sorted(_lesions(anatomy, image), key=severity, reverse=True))
    return Findings(
        study_instance_uid=study_instance_uid,
        levels=_levels(anatomy),
        lesions=lesions,
        quality=_quality(anatomy, lesions),
        algorithm=anatomy.segmentation.algorithm,
    )


def max_diameter_mm(lesions: LabelMap, indices: NDArray[np.intp]) -> float:
    """Greatest distance of two points on a lesion's surface (IBSI L0JK) [mm].

    Parameters
    ----------
    indices : (N, 3)
        Voxels of the lesion, (slice, row, column).
    """
    # The surface mesh of a mask has its vertices at the middles of the voxels' faces.
    faces = np.concatenate([np.eye(3), -np.eye(3)]) * 0.5
    points = to_patient(lesions, (indices[:, None] + faces).reshape(-1, 3))
    hull = points[spatial.ConvexHull(points).vertices]
    return float(spatial.distance.pdist(hull).max())


def _lesions(anatomy: SpineAnatomy, image: ImageGrid | None) -> list[LesionFinding]:
    if anatomy.centerline is None:
        return []
    numbers = lesion_numbers(anatomy.segmentation.lesions)
    if not numbers:
        return []
    bones, centerline = find_bones(anatomy), anatomy.centerline
    # NumPy and SciPy let go of the interpreter's lock in what takes the time.
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(lambda number: _lesion(view_lesion(anatomy, centerline, number), bones, image), numbers))


def _lesion(view: LesionView, bones: SpineBones, image: ImageGrid | None) -> LesionFinding:
    segmentation = view.anatomy.segmentation
    bone = find_bone_quality(view, bones, image)
    involvement = find_involvement(view, bones)
    compartment = find_compartment(view)
    levels = _involved_levels(view)
    return LesionFinding(
        number=view.number,
        tracking_uid=derive_uid(
            segmentation.series_instance_uid, segmentation.algorithm.version, "lesion", str(view.number)
        ),
        series_instance_uid=segmentation.series_instance_uid,
        origin=LesionOrigin.AUTOMATIC,
        levels=levels,
        compartment=compartment.compartment,
        compartment_fractions=compartment.fractions,
        volume_mm3=view.volume_mm3,
        max_diameter_mm=max_diameter_mm(segmentation.lesions, view.voxels.indices),
        escc=grade_escc(view, compartment.compartment),
        sins=score_sins(view, bones, levels=levels, bone_lesion=bone.points),
        bone_quality=bone.quality,
        bone_series_instance_uid=segmentation.series_instance_uid if bone.measured else None,
        subregions=involvement.subregions,
        wbb_sectors=involvement.wbb_sectors,
        wbb_layers=involvement.wbb_layers,
        tomita_type=involvement.tomita_type,
    )


def _involved_levels(view: LesionView) -> tuple[str, ...]:
    """Levels of a tenth of the lesion and more: bone by its label, the rest by its place along the canal."""
    vertebrae = view.anatomy.vertebrae
    if not vertebrae:
        return ()
    by_label = np.full(256, -1)
    by_label[[one.label for one in vertebrae]] = np.arange(len(vertebrae))
    own = by_label[view.voxels.labels]
    by_place = np.searchsorted(level_borders(vertebrae), view.voxels.frame.position_mm)
    level = np.where(own >= 0, own, by_place)
    share = np.bincount(level, minlength=len(vertebrae)) / len(level)
    chosen = np.flatnonzero(share >= min(_LEVEL_SHARE, share.max()))
    return tuple(vertebrae[number].name for number in chosen)


def _levels(anatomy: SpineAnatomy) -> tuple[LevelFinding, ...]:
    measured = measure_levels(anatomy)
    return tuple(
        LevelFinding(
            name=vertebra.name,
            assumed=vertebra.assumed,
            basis=vertebra.basis,
            series_instance_uid=anatomy.segmentation.series_instance_uid,
            measurements=measured.get(vertebra.name, {}),
            candidates=vertebra.candidates,
        )
        for vertebra in anatomy.vertebrae
    )


def _quality(anatomy: SpineAnatomy, lesions: tuple[LesionFinding, ...]) -> tuple[QualityNote, ...]:
    notes = [*anatomy.segmentation.quality, *anatomy.quality]
    codes = {note.code for note in notes}
    found = []
    if not lesions and not codes & {QualityCode.LESIONS_NOT_ASSESSED, QualityCode.NO_SPINE_FOUND}:
        found.append(QualityCode.NO_LESION_DETECTED)
    reasons = {lesion.escc.reason for lesion in lesions}
    if AbstentionReason.COVERAGE in reasons:
        found.append(QualityCode.PARTIAL_COVERAGE)
    if AbstentionReason.RESOLUTION in reasons:
        found.append(QualityCode.LOW_RESOLUTION)
    series = anatomy.segmentation.series_instance_uid
    notes.extend(QualityNote(code=code, series_instance_uid=series) for code in found)
    return tuple(dict.fromkeys(notes))
