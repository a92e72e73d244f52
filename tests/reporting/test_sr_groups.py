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

from spineseg.domain.followup_vocabulary import VANISHED_LESION
from spineseg.domain.labels import SACRUM, UNNAMED_OFFSET, VERTEBRA_VALUES
from spineseg.domain.quality import QUALITY_TEXT, QualityCode, QualityNote
from spineseg.reporting.context import make_context
from spineseg.reporting.seg import SegObject
from spineseg.reporting.source import read_source
from spineseg.reporting.sr_groups import Group, GroupBuilder, SourceObjects, parameter_texts
from spineseg.reporting.wording import RESEARCH_BANNER, lesion_sentence, vanished_sentence
from tests.reporting.full_findings import full_findings
from tests.reporting.samples import (
    ALGORITHM,
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


@pytest.mark.parametrize(("name", "value"), [("T7", VERTEBRA_VALUES["T7"]), ("S1", SACRUM), ("V2", UNNAMED_OFFSET + 2)])
def test_a_level_is_measured_on_its_own_segment(sample: Sample, name: str, value: int) -> None:
    """Named, unnamed and sacral levels each find their segment among others."""
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


def test_summary_and_limitations_speak_in_sentences(sample: Sample) -> None:
    """The banner stands in the first group, and each limitation has its sentence and its own UID."""
    builder = builder_on(sample)
    note = QualityNote(code=QualityCode.ARTEFACT)

    limitations = [builder.limitation(note, number) for number in (1, 2)]

    assert RESEARCH_BANNER in texts_of(builder.summary())
    assert all(QUALITY_TEXT[QualityCode.ARTEFACT] in texts_of(group) for group in limitations)
    uids = {item.UID for group in limitations for item in group[0].ContentSequence if item.ValueType == "UIDREF"}
    assert len(uids) == 2


def test_a_vanished_lesion_is_tracked_as_it_was(sample: Sample) -> None:
    """Its group is of a kind of its own, so that no reader takes it for a lesion that is there."""
    builder = builder_on(sample)
    (gone,) = full_findings("1.2.3").vanished

    content = builder.vanished(gone, 1)[0].ContentSequence

    findings = [item.ConceptCodeSequence[0] for item in content if item.name == codes.DCM.Finding]
    assert [found.CodeValue for found in findings] == [VANISHED_LESION.value]
    assert [item.UID for item in content if item.name == codes.DCM.TrackingUniqueIdentifier] == [gone.tracking_uid]
    assert {"L2", "Vanished lesion 1", vanished_sentence(gone)} <= {
        item.TextValue for item in content if item.ValueType == "TEXT"
    }


def test_the_algorithm_is_told_with_its_weights() -> None:
    """Every weight file's digest stands among the parameters."""
    texts = parameter_texts(replace(ALGORITHM, weights_sha256=("ab" * 32, "cd" * 32)))

    assert "segmenter=bundle" in texts
    assert {"ab" * 32, "cd" * 32} <= {text.partition("=")[2] for text in texts}
