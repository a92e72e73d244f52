"""Inputs + algorithm -> ResultContext: UIDs, numbers, dates and equipment that every DICOM result shares."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import UID

from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.findings import Findings
from spineseg.domain.findings_json import findings_to_json
from spineseg.domain.report_vocabulary import LAYOUT_VERSION
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.uids import derive_uid
from spineseg.reporting.seg_type import SegType

MANUFACTURER = "spineseg"
MODEL_NAME = "spineseg"
# A program has no serial number; the attribute is type 1 in enhanced equipment (PS3.3 C.7.5.2).
DEVICE_SERIAL_NUMBER = "0"
IMPLEMENTATION_VERSION_NAME = "SPINESEG"
IMPLEMENTATION_CLASS_UID = derive_uid("implementation", "reporting")

# Series numbers of results, above those that scanners use; the position of the input series is added.
ANATOMY_SERIES = 9100
LESION_SERIES = 9200
REPORT_SERIES = 9300
KEY_IMAGE_SERIES = 9400
KEY_OBJECT_SERIES = 9500
PRESENTATION_SERIES = 9600
DOCUMENT_SERIES = 9700


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultContext:
    """What all results of one run share.

    UIDs derive from the input instances, the algorithm and what was found, and DICOM dates are those of the study:
    the same input gives the same bytes on every run, and other content (a prior study, masks by a person, another
    encoding) another object, so that a receiver never sees two objects under one UID. When the analysis ran is told by
    `report.html` and `run.json`.

    Parameters
    ----------
    seed
        What every UID derives from.
    seg_type
        Encoding of the masks.
    content_date, content_time
        DA and TM of every result: the study's, or the day of `now` where the study has none.
    """

    algorithm: AlgorithmIdentity
    seed: str
    content_date: str
    content_time: str
    seg_type: SegType = SegType.BINARY

    def uid(self, *kind: str) -> str:
        """UID of one result; the same for the same inputs, algorithm and kind."""
        return derive_uid(self.seed, *kind)

    @property
    def software_versions(self) -> str:
        """Name and version of what made the result (LO, at most 64 characters)."""
        return f"{self.algorithm.name} {self.algorithm.version}"[:64]


def make_context(
    instance_uids: Iterable[str],
    segmentations: Sequence[Segmentation],
    findings: Findings,
    patient_study: Dataset,
    *,
    now: datetime,
    seg_type: SegType = SegType.BINARY,
) -> ResultContext:
    """Context of a run.

    Parameters
    ----------
    instance_uids
        Of every source instance; their order does not matter.
    segmentations
        The masks; another device or version of a library may draw them a voxel differently.
    patient_study
        Patient and study modules of the source.
    now
        Used for dates only where the study has none.
    """
    algorithm = findings.algorithm
    parts = (*sorted(instance_uids), algorithm.name, algorithm.version, algorithm.segmenter, *algorithm.weights_sha256)
    found = json.dumps(findings_to_json(findings), sort_keys=True)
    content = (f"layout {LAYOUT_VERSION}", seg_type.value, found, *map(_masks_digest, segmentations))
    date = str(patient_study.get("StudyDate") or "")
    # Content Date is type 1: without any date of the study it is the day of the run, and another day another object.
    dated = (
        (date, str(patient_study.get("StudyTime") or "") or "000000") if date else (now.strftime("%Y%m%d"), "000000")
    )
    return ResultContext(
        algorithm=algorithm,
        seed=derive_uid(*parts, *content, *([] if date else dated)),
        content_date=dated[0],
        content_time=dated[1],
        seg_type=seg_type,
    )


def _masks_digest(segmentation: Segmentation) -> str:
    digest = hashlib.sha256()
    for mask in (segmentation.anatomy, segmentation.lesions):
        digest.update(np.ascontiguousarray(mask.array).data)
    return digest.hexdigest()


def finish(result: Dataset, context: ResultContext, patient_study: Dataset) -> None:
    """Give a result its patient, study, dates and implementation; replaces what highdicom took from the clock.

    Parameters
    ----------
    result
        Changed in place: it was built from headers without patient data.
    patient_study
        Patient and study modules of the source, in UTF-8.
    """
    for element in patient_study:
        result[element.tag] = element
    result.SpecificCharacterSet = "ISO_IR 192"
    result.ContentDate, result.ContentTime = context.content_date, context.content_time
    result.SeriesDate, result.SeriesTime = context.content_date, context.content_time
    for keyword in ("InstanceCreationDate", "InstanceCreationTime"):  # type 3; would be the time of this run
        if keyword in result:
            del result[keyword]
    for equipment in result.get("ContributingEquipmentSequence") or ():  # highdicom itself, with the time of this run
        equipment.pop("ContributionDateTime", None)
    result.ManufacturerModelName = MODEL_NAME
    result.SoftwareVersions = context.software_versions
    result.DeviceSerialNumber = DEVICE_SERIAL_NUMBER
    result.file_meta.ImplementationClassUID = UID(IMPLEMENTATION_CLASS_UID)
    result.file_meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME
