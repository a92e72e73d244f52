"""Key images + sources -> DICOM key object selection: what of a study to open first (PS3.16 TID 2010)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from highdicom.ko import KeyObjectSelection, KeyObjectSelectionDocument
from highdicom.sr import DeviceObserverIdentifyingAttributes, ObserverContext
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.uid import ExplicitVRLittleEndian

from spineseg.reporting.context import (
    DEVICE_SERIAL_NUMBER,
    KEY_OBJECT_SERIES,
    MANUFACTURER,
    MODEL_NAME,
    ResultContext,
    finish,
)
from spineseg.reporting.source import Source

KEY_OBJECT_FILE = "key-objects.ko.dcm"
_DESCRIPTION = (
    "Key images of the analysis, then the source slices that they were made from and those that cut most of each "
    "suspected lesion. Chosen automatically. Research use only, not verified."
)


def build_key_objects(
    key_images: Sequence[Dataset], shown: Sequence[tuple[Source, Sequence[int]]], context: ResultContext
) -> Dataset:
    """Key object selection of one study.

    Parameters
    ----------
    key_images
        Secondary captures of this run, worst finding first.
    shown
        Each series with the indices of its frames that are worth opening.
    """
    patient_study = shown[0][0].patient_study
    # Two parts of one multi-frame file are two series of ours and one object of the archive.
    images = {str(one.SOPInstanceUID): one for source, frames in shown for one in _headers(source, frames)}
    referenced = [*key_images, *(_with_patient(image, patient_study) for image in images.values())]
    content = KeyObjectSelection(
        document_title=codes.DCM.OfInterest,
        referenced_objects=referenced,
        observer_device_context=ObserverContext(
            observer_type=codes.DCM.Device,
            observer_identifying_attributes=DeviceObserverIdentifyingAttributes(
                uid=context.uid("device"),
                name=MODEL_NAME,
                manufacturer_name=MANUFACTURER,
                model_name=MODEL_NAME,
                serial_number=DEVICE_SERIAL_NUMBER,
            ),
        ),
        description=_DESCRIPTION,
    )
    document = KeyObjectSelectionDocument(
        # Headers first: highdicom takes the patient from the first and quotes odd names; they carry no patient data.
        evidence=[*referenced[len(key_images) :], *key_images],
        content=content,
        series_instance_uid=context.uid("key objects", "series"),
        series_number=KEY_OBJECT_SERIES,
        sop_instance_uid=context.uid("key objects", "instance"),
        instance_number=1,
        manufacturer=MANUFACTURER,
        transfer_syntax_uid=ExplicitVRLittleEndian,
        series_description="spineseg key objects (research use only)",
    )
    _name_frames(document, shown)
    finish(document, context, patient_study)
    return document


def _headers(source: Source, frames: Sequence[int]) -> list[Dataset]:
    """Headers of the files that hold these frames, each once."""
    wanted = {source.sop_instance_uids[frame] for frame in frames}
    return [header for header in source.headers if header.SOPInstanceUID in wanted]


def _with_patient(header: Dataset, patient_study: Dataset) -> Dataset:
    """Header as highdicom needs it: it compares the study of all that is referred to."""
    whole = Dataset()
    whole.update(header)
    whole.StudyInstanceUID = patient_study.StudyInstanceUID
    return whole


def _name_frames(document: Dataset, shown: Sequence[tuple[Source, Sequence[int]]]) -> None:
    """Say which frames of an enhanced multi-frame image are meant: highdicom refers to the whole."""
    frames: defaultdict[str, list[int]] = defaultdict(list)
    for source, chosen in shown:
        for frame in chosen if source.multi_frame else ():
            frames[source.sop_instance_uids[frame]].append(source.frame_numbers[frame])
    for item in document.ContentSequence:
        for reference in item.get("ReferencedSOPSequence") or ():
            numbers = frames.get(str(reference.ReferencedSOPInstanceUID))
            if numbers:
                reference.ReferencedFrameNumber = numbers
