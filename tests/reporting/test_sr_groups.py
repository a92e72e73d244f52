from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from highdicom.sr import (
    MeasurementsAndQualitativeEvaluations,
    VolumetricROIMeasurementsAndQualitativeEvaluations,
    srread,
)
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.uid import SegmentationStorage

from spineseg.domain.labels import SACRUM, SPINAL_CORD, UNNAMED_OFFSET, VERTEBRA_VALUES
from spineseg.reporting.context import make_context
from spineseg.reporting.seg import SegObject
from spineseg.reporting.source import read_source
from spineseg.reporting.sr_groups import Group, GroupBuilder, SourceObjects
from spineseg.reporting.wording import lesion_sentence
from tests.reporting.samples import (
    NOW,
    TRACKING_UID,
    Sample,
    make_findings,
)


def test_lesions_and_levels_are_on_their_segments(results: Path) -> None:
    """Each lesion and level is a TID 1411 group on its segment, tracked as there."""
    content = srread(results / "report.sr.dcm").content
    anatomy = dcmread(results / "anatomy.seg.dcm")
    lesions = dcmread(results / "lesions.seg.dcm")

    groups = content.get_volumetric_roi_measurement_groups()
    tracked = {group.tracking_uid for group in groups if group.referenced_segment is not None}

    anatomy_uids = {item.SegmentLabel: item.TrackingUID for item in anatomy.SegmentSequence}
    assert len(groups) == 4
    assert tracked == {TRACKING_UID, anatomy_uids["T6"], anatomy_uids["T7"], anatomy_uids["T8 (assumed)"]}
    assert lesions.SegmentSequence[0].TrackingUID == TRACKING_UID


def builder_on(sample: Sample, **segments: dict[int, int]) -> GroupBuilder:
    """Groups of the sample's findings on SEG objects that have these segments (value -> number)."""
    source = read_source(sample.input.series)
    findings = make_findings(sample.input.series.series_instance_uid)
    made: dict[str, SegObject | None] = {"anatomy": None, "lesions": None}
    for place, (kind, numbers) in enumerate(segments.items(), start=1):
        seg = Dataset()
        seg.SOPClassUID, seg.SOPInstanceUID = SegmentationStorage, f"1.2.{place}"
        made[kind] = SegObject(dataset=seg, segment_numbers=numbers)
    objects = SourceObjects(source=source, key_headers=(), **made)
    context = make_context(source.sop_instance_uids, [], findings, source.patient_study, now=NOW)
    return GroupBuilder(findings=findings, context=context, by_series={source.series.series_instance_uid: objects})


def segment_number(group: Group) -> int | None:
    """Number of the segment that a group measures."""
    found = [item for item in group[0].ContentSequence if "ReferencedSOPSequence" in item]
    numbers = [item.ReferencedSOPSequence[0].get("ReferencedSegmentNumber") for item in found]
    return next((number for number in numbers if number is not None), None)


def texts_of(group: Group) -> list[str]:
    """Texts of a group."""
    return [str(item.TextValue) for item in group[0].ContentSequence if item.ValueType == "TEXT"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("T7", VERTEBRA_VALUES["T7"]), ("S1", SACRUM), ("S2", SACRUM), ("V2", UNNAMED_OFFSET + 2), ("L6", SPINAL_CORD)],
)
def test_a_level_is_measured_on_its_own_segment(sample: Sample, name: str, value: int) -> None:
    """Named, unnamed and sacral levels each find their segment among others; a vertebra cut off, the canal's."""
    builder = builder_on(sample, anatomy={1: 1, value: 4})

    group = builder.level(replace(builder.findings.levels[0], name=name))

    assert isinstance(group, VolumetricROIMeasurementsAndQualitativeEvaluations)
    assert segment_number(group) == 4
    assert name in texts_of(group)


def test_what_has_no_segment_is_reported_all_the_same(sample: Sample) -> None:
    """A level cut off, a lesion without mask and a series without objects give plain groups, nothing is dropped."""
    builder = builder_on(sample, anatomy={1: 1})
    lesion = builder.findings.lesions[0]

    groups = [
        builder.level(builder.findings.levels[0]),
        builder.lesion(lesion, 1),
        builder.lesion(replace(lesion, series_instance_uid="9.9"), 2),
    ]

    assert all(isinstance(group, MeasurementsAndQualitativeEvaluations) for group in groups)
    assert [segment_number(group) for group in groups] == [None] * 3


def test_a_lesion_group_has_its_tracking_series_and_sentence(sample: Sample) -> None:
    """Who reads only this group still knows which lesion, where measured and how sure."""
    builder = builder_on(sample, lesions={1: 1})
    lesion = builder.findings.lesions[0]

    group = builder.lesion(lesion, 3)

    uids = {
        item.ConceptNameCodeSequence[0].CodeValue: item.UID
        for item in group[0].ContentSequence
        if item.ValueType == "UIDREF"
    }
    assert segment_number(group) == 1
    assert uids[codes.DCM.TrackingUniqueIdentifier.value] == lesion.tracking_uid
    assert uids[codes.DCM.SeriesInstanceUID.value] == lesion.series_instance_uid
    assert "Suspected lesion 3" in texts_of(group)
    assert lesion_sentence(lesion, builder.findings) in texts_of(group)
