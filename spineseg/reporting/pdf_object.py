"""report.pdf -> DICOM encapsulated PDF (PS3.3 A.45.1), so that the report files with the study in any archive."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, EncapsulatedPDFStorage, ExplicitVRLittleEndian

from spineseg.reporting.context import DOCUMENT_SERIES, MANUFACTURER, ResultContext, finish
from spineseg.reporting.pdf import TITLE

PDF_OBJECT_FILE = "report.pdf.dcm"


def build_pdf_object(pdf: bytes, shown: Sequence[Dataset], context: ResultContext, patient_study: Dataset) -> Dataset:
    """The PDF as a DICOM object.

    Parameters
    ----------
    shown
        Instances that the document was made from: the report's SR and key images.
    """
    # The document also tells options, which follow from facts that no UID knows: other words are another instance.
    instance = context.uid("document", "instance", hashlib.sha256(pdf).hexdigest())
    result = Dataset()
    result.file_meta = FileMetaDataset()
    result.file_meta.MediaStorageSOPClassUID = EncapsulatedPDFStorage
    result.file_meta.MediaStorageSOPInstanceUID = UID(instance)
    result.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    result.SOPClassUID = EncapsulatedPDFStorage
    result.SOPInstanceUID = instance
    result.SeriesInstanceUID = context.uid("document", "series")
    result.Modality = "DOC"
    result.SeriesNumber = DOCUMENT_SERIES
    result.SeriesDescription = "spineseg report (research use only)"
    result.InstanceNumber = 1
    result.Manufacturer = MANUFACTURER
    result.ConversionType = "WSD"
    result.AcquisitionDateTime = ""
    result.BurnedInAnnotation = "YES"  # every page names the patient
    result.RecognizableVisualFeatures = "NO"
    result.DocumentTitle = TITLE
    result.ConceptNameCodeSequence = []  # type 2; no code of CID 7020 is known to fit
    result.VerificationFlag = "UNVERIFIED"
    result.SourceInstanceSequence = [_reference(one) for one in shown]
    result.MIMETypeOfEncapsulatedDocument = "application/pdf"
    result.EncapsulatedDocumentLength = len(pdf)
    result.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
    finish(result, context, patient_study)
    return result


def _reference(instance: Dataset) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = instance.SOPClassUID
    item.ReferencedSOPInstanceUID = instance.SOPInstanceUID
    return item
