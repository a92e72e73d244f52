"""Number -> NegativeRow: a narrow canal without epidural tumour, and whether anything in it is graded as one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spineseg.anatomy import describe_spine
from spineseg.domain.escc import ESCC_RANK, EsccGrade
from spineseg.domain.findings import BoneQuality, Compartment, LesionFinding
from spineseg.domain.segmentation import Segmentation, Segmenter
from spineseg.domain.volume import Modality, SeriesRole, Volume, make_grid
from spineseg.evaluation.battery_cases import BATTERY_SEED, Rng, draw_stack
from spineseg.evaluation.battery_grids import FRAME_UID, SERIES_UID, Placement, scan, stack_grid
from spineseg.grading import grade_spine
from spineseg.phantom.anthropometry import LEVELS
from spineseg.phantom.canal_tables import CanalChange, CanalHabit
from spineseg.phantom.contrasts import Contrast
from spineseg.phantom.imaging import render
from spineseg.phantom.lesions import Lesion
from spineseg.phantom.rasterize import Phantom
from spineseg.phantom.spine import Spine, SpineOptions, draw_spine
from spineseg.phantom.surroundings import draw_surroundings
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.tumours import body_blob
from spineseg.phantom.variation import Encroachment, Variation

KINDS = ("disc and ligament stenosis", "epidural lipomatosis", "narrow normal canal", "disc herniation")
_LEVELS = ("C5", "C6", "T8", "T11", "T12")  # above the conus, where ESCC is defined


@dataclass(frozen=True, slots=True, kw_only=True)
class NegativeRow:
    """One negative case.

    Parameters
    ----------
    bone_lesion
        Whether a metastasis inside the body lies beside the narrow place: its grade is 0.
    lesions
        How many lesions were reported.
    false_grades
        Grades above 0 that were given as point, and 0 to 3 where no lesion was built.
    highest
        Largest upper end of an interval.
    """

    number: int
    kind: str
    level: str
    bone_lesion: bool
    lesions: int
    false_grades: int
    highest: str


def run_negative(number: int, segmenter: Segmenter | None = None) -> NegativeRow:
    """One negative case graded.

    Parameters
    ----------
    segmenter
        Gets the rendered axial T2; None grades the true masks.
    """
    rng = np.random.default_rng([BATTERY_SEED, 5, number])
    kind, level = KINDS[number % len(KINDS)], _LEVELS[number // len(KINDS) % len(_LEVELS)]
    spine = draw_spine(rng, _options(kind, level, rng))
    bone = number % 2 == 1 or number // len(KINDS) % 2 == 1
    lesions = (_bone_lesion(spine, level),) if bone else ()
    phantom = Phantom(spine=spine, surroundings=draw_surroundings(rng, spine), lesions=lesions)
    found = _graded(phantom, spine.level_s(level), rng, segmenter)
    return NegativeRow(
        number=number, kind=kind, level=level, bone_lesion=bone, lesions=len(found),
        false_grades=sum(_is_false(lesion, bone=bone) for lesion in found),
        highest=max((lesion.escc.high for lesion in found), key=_rank, default=EsccGrade.NOT_APPLICABLE).value,
    )  # fmt: skip


def _is_false(lesion: LesionFinding, *, bone: bool) -> bool:
    point = lesion.escc.point
    return point in ESCC_RANK and not (bone and point is EsccGrade.G0)


def _rank(grade: EsccGrade) -> int:
    return ESCC_RANK.get(grade, -1)


def _options(kind: str, level: str, rng: Rng) -> SpineOptions:
    k = LEVELS.index(level)
    pathology = Variation()
    changes: tuple[CanalChange, ...] = ()
    if kind == KINDS[0]:
        masses = [_mass(k, Tissue.ANNULUS, np.pi / 2, (4.0, 10.0), rng)]
        masses += [_mass(k, Tissue.LIGAMENT, -np.pi / 2 + side, (3.0, 8.0), rng) for side in (-0.7, 0.7)]
        pathology = Variation(encroachments=tuple(masses))
    elif kind == KINDS[1]:
        # Lipomatosis: fat of twice and more its usual width, the sac narrow.
        pathology = Variation(canal=CanalHabit(fat_posterior=float(rng.uniform(2.0, 2.8)), fat_anterior=1.5))
    elif kind == KINDS[2]:
        # Short pedicles: 10.5-13 mm deep in the neck and thorax (the lower end of normal, Verbiest 1975).
        changes = (CanalChange(level=level, reach_mm=45.0, canal_ap_mm=float(rng.uniform(10.5, 13.0))),)
    else:
        pathology = Variation(encroachments=(_mass(k, Tissue.HERNIATION, np.pi / 2 + 0.4, (5.0, 6.0), rng),))
    return SpineOptions(
        variation=0.6, scoliosis_mm=float(rng.uniform(0, 6)), conus_below_l1_mm=10.0, canal_changes=changes,
        pathology=pathology,
    )  # fmt: skip


def _mass(k: int, tissue: Tissue, direction_rad: float, size_mm: tuple[float, float], rng: Rng) -> Encroachment:
    """Something of about this depth and half width that narrows the canal at the disc below a level."""
    depth, half_width = size_mm
    return Encroachment(
        level=k, tissue=tissue, direction_rad=float(direction_rad), depth_mm=depth * float(rng.uniform(0.8, 1.2)),
        half_width_mm=half_width, half_length_mm=float(rng.uniform(4.0, 8.0)),
    )  # fmt: skip


def _bone_lesion(spine: Spine, level: str) -> Lesion:
    return Lesion(
        number=1, level=level, s=spine.level_s(level), compartment=Compartment.EXTRADURAL, grade=EsccGrade.G0,
        bone_quality=BoneQuality.LYTIC, bones=(body_blob(spine, level, share=0.65, side=0.3),),
    )  # fmt: skip


def _graded(phantom: Phantom, s: float, rng: Rng, segmenter: Segmenter | None) -> tuple[LesionFinding, ...]:
    stack = draw_stack(rng)
    while segmenter is not None and stack.placement in (Placement.SAGITTAL, Placement.MIRRORED):
        stack = draw_stack(rng)  # lesions are looked for on axial T2
    masks: Segmentation
    if segmenter is None:
        masks = scan(phantom, s, stack)
    else:
        affine, shape = stack_grid(phantom.spine, s, stack)
        empty = make_grid(np.broadcast_to(np.float32(0), shape), affine, FRAME_UID)
        image = make_grid(render(phantom, empty, Contrast.T2, rng).astype(np.float32), affine, FRAME_UID)
        masks = segmenter(
            Volume(image=image, modality=Modality.MR, role=SeriesRole.AXIAL_T2, series_instance_uid=SERIES_UID)
        )
    return grade_spine(describe_spine(masks), study_instance_uid="1.2.3").lesions
