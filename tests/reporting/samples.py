"""A small asymmetric spine in patient space -> series on disk with masks on the same grid, for the report's tests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import highdicom
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.basis import NamingBasis
from spineseg.domain.escc import EsccGrade, EsccResult
from spineseg.domain.findings import (
    BoneQuality,
    Compartment,
    CompartmentFractions,
    Findings,
    LesionFinding,
    LesionOrigin,
    LevelFinding,
)
from spineseg.domain.labels import CSF, DISC_OFFSET, EPIDURAL_SPACE, SPINAL_CORD, VERTEBRA_VALUES, VERTEBRAL_BODY
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.sins import PointRange, SinsComponent, SinsScore
from spineseg.domain.study import Instance, Series
from spineseg.domain.uids import derive_uid
from spineseg.domain.volume import Modality, SeriesRole, Volume, make_grid, to_patient
from spineseg.phantom.dicom import CtProtocol, MrProtocol, SeriesHeader, write_series
from spineseg.reporting import ReportInput
from spineseg.reporting.context import make_context
from spineseg.reporting.source import read_source
from spineseg.reporting.sr import build_sr
from spineseg.reporting.sr_groups import SourceObjects

NOW = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
STUDY_UID = derive_uid("test", "study")
FRAME_UID = derive_uid("test", "frame")
TRACKING_UID = derive_uid("test", "lesion 1")
ALGORITHM = AlgorithmIdentity(name="spineseg", version="0.1.0", segmenter="bundle", weights_sha256=("ab" * 32,))
LEVELS = ("T6", "T7", "T8")
LEVEL_HEIGHT_MM = 24.0
LESION_CENTRE_MM = np.array([9.0, 4.0, 0.0])
LESION_RADIUS_MM = 8.0

# Columns: one step along slice, row, column [mm, LPS].
AXIAL = np.column_stack([(0, 0, 3.0), (0, 1.0, 0), (1.0, 0, 0)])
SAGITTAL = np.column_stack([(3.0, 0, 0), (0, 0, -1.0), (0, 1.0, 0)])
CORONAL = np.column_stack([(0, 3.0, 0), (0, 0, -1.0), (1.0, 0, 0)])


def rotated(steps: NDArray[np.float64], degrees: float) -> NDArray[np.float64]:
    """Steps turned about the patient's left-right axis."""
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    turned: NDArray[np.float64] = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]]) @ steps
    return turned


def grid_of(steps: NDArray[np.float64], shape: tuple[int, int, int]) -> highdicom.Volume:
    """Empty grid centred on the origin of patient space."""
    affine = np.eye(4)
    affine[:3, :3] = steps
    affine[:3, 3] = -steps @ ((np.array(shape) - 1) / 2)
    return make_grid(np.zeros(shape, dtype=np.uint8), affine, FRAME_UID)


def masks_at(points: NDArray[np.float64]) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """Anatomy, subregions and lesions at points of patient space [mm, LPS]."""
    x, y, z = np.moveaxis(points, -1, 0)
    anatomy = np.zeros(x.shape, dtype=np.uint8)
    subregions = np.zeros(x.shape, dtype=np.uint8)
    body = (np.abs(x) < 16) & (y > -32) & (y < -9)
    for number, name in enumerate(LEVELS):
        top = LEVEL_HEIGHT_MM * (1.5 - number)
        inside = body & (z < top) & (z > top - 18)
        anatomy[inside] = VERTEBRA_VALUES[name]
        subregions[inside] = VERTEBRAL_BODY
        spinous = (np.abs(x) < 3) & (y > 12) & (y < 30) & (z < top - 6) & (z > top - 16)
        anatomy[spinous] = VERTEBRA_VALUES[name]
        anatomy[body & (z <= top - 18) & (z > top - 24)] = DISC_OFFSET + VERTEBRA_VALUES[name]
    tube = np.abs(z) < LEVEL_HEIGHT_MM * 1.5
    from_axis = np.hypot(x / 10.0, y / 9.0)
    anatomy[tube & (from_axis < 1.0)] = EPIDURAL_SPACE
    anatomy[tube & (from_axis < 0.8)] = CSF
    anatomy[tube & (np.hypot(x + 1, y) < 4.5)] = SPINAL_CORD
    lesions = (np.linalg.norm(points - LESION_CENTRE_MM, axis=-1) < LESION_RADIUS_MM).astype(np.uint8)
    return anatomy, subregions, lesions


def segmentation_on(
    grid: highdicom.Volume, series_uid: str, *, modality: Modality = Modality.MR, with_lesion: bool = True
) -> Segmentation:
    """The spine's masks on a grid."""
    indices = np.moveaxis(np.indices(tuple(grid.spatial_shape)), 0, -1)
    anatomy, subregions, lesions = masks_at(to_patient(grid, indices))
    return Segmentation(
        anatomy=make_grid(anatomy, grid.affine, FRAME_UID),
        subregions=make_grid(subregions, grid.affine, FRAME_UID),
        lesions=make_grid(lesions * np.uint8(with_lesion), grid.affine, FRAME_UID),
        modality=modality,
        role=SeriesRole.CT if modality is Modality.CT else SeriesRole.AXIAL_T2,
        series_instance_uid=series_uid,
        algorithm=ALGORITHM,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What `make_sample` wrote."""

    input: ReportInput
    files: tuple[Path, ...]


def make_sample(
    folder: Path,
    *,
    steps: NDArray[np.float64] = AXIAL,
    shape: tuple[int, int, int] = (26, 72, 64),
    series_number: int = 5,
    modality: Modality = Modality.MR,
    with_lesion: bool = True,
    reverse: bool = False,
    patient_position: str = "HFS",
) -> Sample:
    """Write a series and return it as an input of the report."""
    grid = grid_of(steps, shape)
    series_uid = derive_uid("test", "series", str(series_number))
    segmentation = segmentation_on(grid, series_uid, modality=modality, with_lesion=with_lesion)
    image = make_grid(_intensity(segmentation), grid.affine, FRAME_UID)
    header = SeriesHeader(
        protocol=(
            CtProtocol() if modality is Modality.CT else MrProtocol(repetition_time_ms=3000.0, echo_time_ms=100.0)
        ),
        study_instance_uid=STUDY_UID,
        series_instance_uid=series_uid,
        frame_of_reference_uid=FRAME_UID,
        series_number=series_number,
        patient_position=patient_position,
        slice_thickness_mm=float(np.linalg.norm(steps[:, 0])),
        series_description="T2",
    )
    files = tuple(write_series(folder, image, header, reverse=reverse))
    instances = tuple(
        Instance(
            path=path,
            sop_instance_uid=derive_uid(series_uid, "slice", str(index)),
            sop_class_uid="1.2.840.10008.5.1.4.1.1.4",
        )
        for index, path in enumerate(files)
    )
    series = Series(
        series_instance_uid=series_uid,
        series_number=series_number,
        modality=modality.value,
        instances=instances,
        frame_of_reference_uid=FRAME_UID,
        rows=shape[1],
        columns=shape[2],
        number_of_slices=shape[0],
        attributes={},
    )
    volume = Volume(image=image, modality=modality, role=segmentation.role, series_instance_uid=series_uid)
    return Sample(input=ReportInput(series=series, volume=volume, segmentation=segmentation), files=files)


def _intensity(segmentation: Segmentation) -> NDArray[np.float32]:
    brightness = np.full(256, 320.0, dtype=np.float32)
    brightness[[0, EPIDURAL_SPACE, CSF, SPINAL_CORD]] = (90.0, 500.0, 900.0, 420.0)
    noise = np.random.default_rng(7).normal(0.0, 12.0, segmentation.anatomy.array.shape).astype(np.float32)
    image = brightness[segmentation.anatomy.array] + noise
    image[segmentation.lesions.array > 0] = 240.0
    return np.clip(image, 0.0, None)


def make_findings(*series_uids: str, with_lesion: bool = True) -> Findings:
    """Findings of the spine: an ESCC 2 lesion at T7 on the first series."""
    main = series_uids[0]
    lesion = LesionFinding(
        number=1,
        tracking_uid=TRACKING_UID,
        series_instance_uid=main,
        origin=LesionOrigin.AUTOMATIC,
        levels=("T7",),
        compartment=Compartment.EXTRADURAL,
        compartment_fractions=CompartmentFractions(extradural=1.0, intradural_extramedullary=0.0, intramedullary=0.0),
        volume_mm3=2144.66,
        max_diameter_mm=16.0,
        escc=EsccResult(
            low=EsccGrade.G1C,
            point=EsccGrade.G2,
            high=EsccGrade.G2,
            level_of_max="T7",
            max_any_slice=EsccGrade.G2,
            decisive_point_mm=(0.0, 0.0, 0.0),
            metrics={"tumour_cord_gap_mm": 0.1, "csf_arc_pct": 61.7},
        ),
        sins=SinsScore(
            components={
                SinsComponent.LOCATION: PointRange(low=1, high=1),
                SinsComponent.COLLAPSE: PointRange(low=1, high=3),
            }
        ),
        bone_quality=BoneQuality.LYTIC,
        subregions=("vertebral_body", "pedicle_left"),
    )
    notes = [QualityNote(code=QualityCode.SYNTHETIC_TRAINING_ONLY)]
    if not with_lesion:
        notes.append(QualityNote(code=QualityCode.NO_LESION_DETECTED, series_instance_uid=main))
    return Findings(
        study_instance_uid=STUDY_UID,
        levels=tuple(
            LevelFinding(
                name=name,
                assumed=name == "T8",
                basis=NamingBasis.SACRUM,
                series_instance_uid=main,
                measurements={"cord_area_mm2": 63.6, "sac_area_mm2": 181.0 / 3},
            )
            for name in LEVELS
        ),
        lesions=(lesion,) if with_lesion else (),
        quality=tuple(notes),
        algorithm=ALGORITHM,
    )


def without_names(findings: Findings) -> Findings:
    """The same with levels whose names are not known."""
    levels = tuple(replace(level, name=f"V{number}") for number, level in enumerate(findings.levels, start=1))
    return replace(findings, levels=levels)


def sr_without_masks(sample: Sample, findings: Findings) -> Dataset:
    """SR of findings that have no segment at all."""
    source = read_source(sample.input.series)
    context = make_context(source.sop_instance_uids, [], findings, source.patient_study, now=NOW)
    objects = [SourceObjects(source=source, anatomy=None, lesions=None, key_headers=source.headers[:1])]
    return build_sr(findings, objects, context)
