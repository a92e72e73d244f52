"""Tests of spineseg.reporting.key_objects."""

from __future__ import annotations

from highdicom.ko import KeyObjectSelectionDocument
from pydicom import dcmread

from spineseg.reporting import Report
from tests.reporting.samples import Sample


def test_key_images_come_first_then_the_slices_behind_them(report: Report, sample: Sample) -> None:
    """The selection refers to every key image and to source slices of this study, by class and instance."""
    document = KeyObjectSelectionDocument.from_dataset(report.objects["key-objects.ko.dcm"])
    items = [item for item in document.ContentSequence if "ReferencedSOPSequence" in item]
    told = [str(item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID) for item in items]

    keys = [str(report.objects[name].SOPInstanceUID) for name in ("key-01.sc.dcm", "key-02.sc.dcm")]
    sources = {str(dcmread(path, stop_before_pixels=True).SOPInstanceUID) for path in sample.files}
    assert told[:2] == keys
    assert told[2:]
    assert set(told[2:]) <= sources
    assert document.resolve_reference(keys[0])[0] == report.objects["report.sr.dcm"].StudyInstanceUID


def test_the_selection_says_what_it_is(report: Report) -> None:
    """Modality, title and a sentence that it was chosen by a program."""
    document = report.objects["key-objects.ko.dcm"]

    texts = [item.TextValue for item in document.ContentSequence if "TextValue" in item]
    assert document.Modality == "KO"
    assert document.ConceptNameCodeSequence[0].CodeValue == "113000"  # Of Interest
    assert any("not verified" in text for text in texts)
