"""Headers of two files -> whether they are of one patient; the ID is compared here and goes nowhere else."""

from __future__ import annotations

from pathlib import Path

from pydicom import dcmread
from pydicom.errors import InvalidDicomError

from spineseg.errors import UnreadableStudyError


def same_patient(first: Path, second: Path) -> bool:
    """Whether Patient ID (0010,0020) and its issuer, where both name one, agree.

    Raises
    ------
    UnreadableStudyError
        One of the files is no DICOM file.
    """
    one, other = _identity(first), _identity(second)
    issuers = {one[1], other[1]} - {""}
    return one[0] == other[0] and len(issuers) <= 1


def _identity(path: Path) -> tuple[str, str]:
    try:
        header = dcmread(path, stop_before_pixels=True, specific_tags=["PatientID", "IssuerOfPatientID"])
    except (InvalidDicomError, OSError) as error:
        raise UnreadableStudyError("not a DICOM file", path.name, "give a DICOM SR or a folder with one") from error
    return str(header.get("PatientID") or "").strip(), str(header.get("IssuerOfPatientID") or "").strip()
