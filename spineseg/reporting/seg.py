"""Segmentation + Source -> DICOM SEG: anatomy and lesions, each an object on the frames of its source series."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from highdicom.color import CIELabColor
from highdicom.content import AlgorithmIdentificationSequence
from highdicom.seg import SegmentAlgorithmTypeValues, SegmentDescription
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code

from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.codes import ARTIFICIAL_INTELLIGENCE
from spineseg.domain.findings import Findings, LesionFinding, LesionOrigin
from spineseg.domain.labels import ANATOMY, LESION_RGB, Label, LabelKind, level_name
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.vocabulary import NEOPLASM
from spineseg.reporting.context import MANUFACTURER, ResultContext
from spineseg.reporting.frames import labels_on_frames
from spineseg.reporting.seg_object import build_object, values_by_frame
from spineseg.reporting.source import Source
from spineseg.reporting.wording import doubtful_names

# Segment categories of PS3.16 CID 7150.
_ANATOMICAL_STRUCTURE = Code("91723000", "SCT", "Anatomical Structure")
_BODY_SUBSTANCE = Code("91720002", "SCT", "Body Substance")
_ABNORMAL_STRUCTURE = Code("49755003", "SCT", "Morphologically Abnormal Structure")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SegObject:
    """A SEG as the report refers to it.

    Parameters
    ----------
    dataset
        The object, ready to be written.
    segment_numbers
        Segment Number of each label value (anatomy) or lesion number (lesions) that has a pixel.
    """

    dataset: Dataset
    segment_numbers: Mapping[int, int]


def build_anatomy_seg(
    source: Source, segmentation: Segmentation, findings: Findings, context: ResultContext, *, position: int
) -> SegObject | None:
    """SEG of vertebrae, discs, canal and cord; None where no pixel carries a label.

    Parameters
    ----------
    position
        Of the series among the inputs, from 0.
    """
    labels = labels_on_frames(segmentation.anatomy, source)
    values = [value for value in _present(labels) if value in ANATOMY]
    study_uid, series_uid = findings.study_instance_uid, segmentation.series_instance_uid
    doubtful = doubtful_names(findings, series_uid)
    segments = [
        _segment(
            number,
            label=segment_label(ANATOMY[value], doubtful=doubtful),
            category=_BODY_SUBSTANCE if ANATOMY[value].kind is LabelKind.CSF else _ANATOMICAL_STRUCTURE,
            code=ANATOMY[value].code,
            rgb=ANATOMY[value].rgb,
            tracking_uid=anatomy_tracking_uid(context, study_uid, series_uid, ANATOMY[value].name),
            algorithm=segmentation.algorithm,
        )
        for number, value in enumerate(values, start=1)
    ]
    return _object(source, labels, dict(zip(values, segments, strict=True)), context, position=position, kind="anatomy")


def build_lesion_seg(
    source: Source, segmentation: Segmentation, findings: Findings, context: ResultContext, *, position: int
) -> SegObject | None:
    """SEG of the suspected lesions, each tracked as in the report; None where no pixel belongs to one."""
    labels = labels_on_frames(segmentation.lesions, source)
    values = _present(labels)
    # Lesions are called by their place in the findings, worst first, in every result.
    found = {
        lesion.number: (rank, lesion)
        for rank, lesion in enumerate(findings.lesions, start=1)
        if lesion.series_instance_uid == segmentation.series_instance_uid
    }
    segments = [
        _lesion_segment(number, value, found.get(value), segmentation, context)
        for number, value in enumerate(values, start=1)
    ]
    return _object(source, labels, dict(zip(values, segments, strict=True)), context, position=position, kind="lesions")


def anatomy_tracking_uid(context: ResultContext, study_uid: str, series_uid: str, name: str) -> str:
    """Tracking UID of a structure of one series, shared by SEG and SR."""
    return context.uid("anatomy", study_uid, series_uid, name)


def segment_label(label: Label, *, doubtful: Collection[str]) -> str:
    """Segment Label that says how far a vertebra's name is known."""
    if label.kind in (LabelKind.UNNAMED_VERTEBRA, LabelKind.UNNAMED_DISC):
        return f"{label.name} (level not known)"
    if label.kind is LabelKind.VERTEBRA and label.name in doubtful:
        return f"{label.name} (assumed)"
    if label.kind is LabelKind.SACRUM:
        return f"{label.name} (assumed)" if level_name(label.value) in doubtful else label.name
    disc_of = label.name.removeprefix("disc below ")
    return f"{label.name} (assumed)" if label.kind is LabelKind.DISC and disc_of in doubtful else label.name


def algorithm_parameters(algorithm: AlgorithmIdentity) -> dict[str, str]:
    """What tells two results of the program apart beside its version."""
    weights = {f"weights_sha256_{number}": value for number, value in enumerate(algorithm.weights_sha256, start=1)}
    return {"segmenter": algorithm.segmenter, **weights}


def _present(labels: NDArray[np.uint8]) -> list[int]:
    """Values that occur, without background."""
    return [int(value) for value in np.flatnonzero(values_by_frame(labels).any(axis=0)) if value > 0]


def _lesion_segment(
    number: int,
    value: int,
    reported: tuple[int, LesionFinding] | None,
    segmentation: Segmentation,
    context: ResultContext,
) -> SegmentDescription:
    rank, lesion = reported if reported is not None else (None, None)
    return _segment(
        number,
        label=f"Suspected lesion {rank}" if rank is not None else f"Suspected lesion, not in report ({value})",
        category=_ABNORMAL_STRUCTURE,
        code=NEOPLASM,
        rgb=LESION_RGB,
        tracking_uid=(
            lesion.tracking_uid
            if lesion is not None
            else context.uid("lesion", segmentation.series_instance_uid, str(value))
        ),
        algorithm=segmentation.algorithm,
        manual=lesion is not None and lesion.origin is LesionOrigin.MANUAL,
    )


def _segment(
    number: int,
    *,
    label: str,
    category: Code,
    code: Code,
    rgb: tuple[int, int, int],
    tracking_uid: str,
    algorithm: AlgorithmIdentity,
    manual: bool = False,
) -> SegmentDescription:
    identification = AlgorithmIdentificationSequence(
        name=algorithm.name[:64],  # LO
        version=algorithm.version[:64],
        family=ARTIFICIAL_INTELLIGENCE,
        source=MANUFACTURER,
        parameters=algorithm_parameters(algorithm),
    )
    return SegmentDescription(
        segment_number=number,
        segment_label=label,
        segmented_property_category=category,
        segmented_property_type=code,
        algorithm_type=SegmentAlgorithmTypeValues.MANUAL if manual else SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=None if manual else identification,
        tracking_uid=tracking_uid,
        tracking_id=label,
        display_color=CIELabColor.from_rgb(*rgb),
    )


def _object(
    source: Source,
    labels: NDArray[np.uint8],
    segments: Mapping[int, SegmentDescription],
    context: ResultContext,
    *,
    position: int,
    kind: str,
) -> SegObject | None:
    if not segments:
        return None
    dataset = build_object(source, labels, tuple(segments.items()), context, position=position, kind=kind)
    return SegObject(dataset=dataset, segment_numbers={value: one.segment_number for value, one in segments.items()})
