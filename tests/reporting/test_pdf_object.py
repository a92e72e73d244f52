"""Tests of spineseg.reporting.pdf_object."""

from __future__ import annotations

from spineseg.reporting import Report, build_report
from tests.reporting.conftest import NOW
from tests.reporting.recommendations import RECOMMENDATION
from tests.reporting.samples import Sample, make_findings


def test_the_object_holds_the_file(report: Report) -> None:
    """report.pdf comes out byte by byte, and the object says that it names the patient and is unverified."""
    document = report.objects["report.pdf.dcm"]

    assert document.EncapsulatedDocument[: document.EncapsulatedDocumentLength] == report.documents["report.pdf"]
    assert len(document.EncapsulatedDocument) % 2 == 0
    assert (document.Modality, document.BurnedInAnnotation, document.VerificationFlag) == ("DOC", "YES", "UNVERIFIED")
    assert document.PatientName == report.objects["report.sr.dcm"].PatientName


def test_other_words_are_another_instance(report: Report, sample: Sample) -> None:
    """Options follow from facts of the clinic, which no image tells: with them the document is a new instance."""
    findings = make_findings(sample.input.series.series_instance_uid)
    with_options = build_report([sample.input], findings, recommendation=RECOMMENDATION, now=NOW)

    one, other = (each.objects["report.pdf.dcm"] for each in (report, with_options))
    assert one.SOPInstanceUID != other.SOPInstanceUID
    assert one.SeriesInstanceUID == other.SeriesInstanceUID


def test_the_document_refers_to_what_it_was_made_from(report: Report) -> None:
    """The SR and every key image are its sources."""
    told = {str(one.ReferencedSOPInstanceUID) for one in report.objects["report.pdf.dcm"].SourceInstanceSequence}

    assert told == {
        str(dataset.SOPInstanceUID)
        for name, dataset in report.objects.items()
        if name in ("report.sr.dcm", "key-01.sc.dcm", "key-02.sc.dcm")
    }
