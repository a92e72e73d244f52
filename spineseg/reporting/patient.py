"""Source header -> patient and study modules: in UTF-8, every type 2 attribute present, no wrong dates or codes."""

from __future__ import annotations

from pydicom import config
from pydicom.datadict import dictionary_VM
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.valuerep import PersonName, validate_value

# Patient, General Study, Patient Study and Clinical Trial modules (PS3.3 C.7.1.1, C.7.2.1, C.7.2.2, C.7.1.3).
TYPE_2 = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID",
    "AccessionNumber", "ReferringPhysicianName",
)  # fmt: skip
PATIENT_STUDY = (
    "SpecificCharacterSet", *TYPE_2, "StudyInstanceUID", "StudyDescription", "IssuerOfPatientID",
    "IssuerOfPatientIDQualifiersSequence", "IssuerOfAccessionNumberSequence", "OtherPatientIDsSequence",
    "EthnicGroup", "PatientAge", "PatientSize", "PatientWeight", "PatientIdentityRemoved", "DeidentificationMethod",
    "DeidentificationMethodCodeSequence", "ProcedureCodeSequence", "ClinicalTrialSponsorName",
    "ClinicalTrialProtocolID", "ClinicalTrialProtocolName", "ClinicalTrialSiteID", "ClinicalTrialSiteName",
    "ClinicalTrialSubjectID", "ClinicalTrialSubjectReadingID", "ClinicalTrialTimePointID",
    "ClinicalTrialTimePointDescription",
)  # fmt: skip
# A wrong value of these makes the result wrong; identifiers and names are kept as they are.
_CHECKED_VR = frozenset({"AS", "CS", "DA", "DS", "IS", "TM", "UI"})
_SEXES = ("M", "F", "O")  # PS3.3 C.7.1.1


def patient_and_study(raw: Dataset) -> Dataset:
    """Patient and study modules in UTF-8: single values where one is allowed, no wrong dates or codes."""
    result = _decoded(raw)
    for element in [one for one in result if one.VR != "SQ"]:
        if isinstance(element.value, MultiValue) and dictionary_VM(element.tag) == "1":
            element.value = next((value for value in element.value if value), "")
        if element.VR in _CHECKED_VR and not _is_valid(element.VR, element.value):
            element.value = ""
    result.PatientSex = result.PatientSex if result.get("PatientSex") in _SEXES else ""
    for keyword in TYPE_2:
        if result.get(keyword) is None:
            setattr(result, keyword, "")
    for element in [one for one in result if one.is_empty and one.keyword not in TYPE_2]:
        del result[element.tag]
    result.SpecificCharacterSet = "ISO_IR 192"
    return result


def _decoded(raw: Dataset) -> Dataset:
    """Patient and study modules with text of every character set, misspelt ones included, as str."""
    try:
        return _copy_decoded(raw)
    except (LookupError, UnicodeError, ValueError, AttributeError):
        raw.SpecificCharacterSet = "ISO_IR 100"  # gives every byte some character
        return _copy_decoded(raw)


def _copy_decoded(raw: Dataset) -> Dataset:
    result = Dataset()
    for keyword in PATIENT_STUDY:
        if keyword in raw:
            result[keyword] = raw[keyword]
    result.decode()
    for item in (item for element in result if element.VR == "SQ" for item in element.value):
        item.pop("SpecificCharacterSet", None)
    return result


def _is_valid(vr: str, value: object) -> bool:
    if isinstance(value, PersonName) or value is None or value == "":
        return True
    try:
        validate_value(vr, str(value), config.RAISE)
    except ValueError:
        return False
    return True
