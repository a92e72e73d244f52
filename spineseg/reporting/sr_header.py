"""DICOM SR -> ReportHeader: whose report it is, and whether a physician has verified it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

from pydicom import config, dcmread
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from spineseg.errors import ReportError
from spineseg.reporting.patient import PATIENT_STUDY, patient_and_study
from spineseg.reporting.sr_tree import DAMAGE

_VERIFICATION = ("SOPInstanceUID", "VerificationFlag", "VerifyingObserverSequence")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportHeader:
    """Patient, study and verification of a report; what the report does not say is empty.

    Parameters
    ----------
    birth_date, study_date
        DA (PS3.5 section 6.2), "YYYYMMDD".
    sex
        "M", "F", "O" or empty.
    verified
        Whether VerificationFlag is VERIFIED and a verifying observer is named (PS3.3 C.17.2); else False.
    verified_by, verified_at
        Name and DT of the latest verification.
    """

    sop_instance_uid: str
    study_instance_uid: str
    patient_name: str
    patient_id: str
    birth_date: str
    sex: str
    study_date: str
    accession_number: str
    verified: bool
    verified_by: str = ""
    verified_at: str = ""


def read_header(report: Dataset | Path) -> ReportHeader:
    """Header of a report that `read_findings` can read.

    Parameters
    ----------
    report
        The SR or its file.

    Raises
    ------
    ReportError
        The file cannot be read, or is damaged.
    """
    with config.disable_value_validation(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom quotes wrong values
        try:
            return _header(_read(report) if isinstance(report, Path) else report)
        except (InvalidDicomError, *DAMAGE) as error:
            where = report.name if isinstance(report, Path) else ""
            raise ReportError("the report cannot be read", where, "check the path, or fetch it again") from error


def _read(path: Path) -> Dataset:
    return dcmread(path, specific_tags=[*PATIENT_STUDY, *_VERIFICATION])


def _header(report: Dataset) -> ReportHeader:
    known = patient_and_study(report)
    by, at = _latest_verification(report)
    return ReportHeader(
        sop_instance_uid=str(report.get("SOPInstanceUID") or ""),
        study_instance_uid=str(known.get("StudyInstanceUID") or ""),
        patient_name=str(known.PatientName).replace("^", " ").strip(),
        patient_id=str(known.PatientID),
        birth_date=str(known.PatientBirthDate),
        sex=str(known.PatientSex),
        study_date=str(known.StudyDate),
        accession_number=str(known.AccessionNumber),
        verified=report.get("VerificationFlag") == "VERIFIED" and bool(by),
        verified_by=by,
        verified_at=at,
    )


def _latest_verification(report: Dataset) -> tuple[str, str]:
    """Name and time; empty where nobody is named."""
    said = [
        (str(item.get("VerificationDateTime") or ""), str(item.get("VerifyingObserverName") or "").replace("^", " "))
        for item in report.get("VerifyingObserverSequence") or ()
    ]
    at, by = max(said, default=("", ""))
    return by.strip(), at
