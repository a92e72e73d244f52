"""SR + changes of a person -> new SR, verified, with its predecessor and every former value beside the new one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.uid import UID

from spineseg.domain import vocabulary as words
from spineseg.domain.findings import Findings, LesionFinding, RejectedLesion
from spineseg.domain.revision import LesionChange, revise
from spineseg.domain.revision_vocabulary import REJECTED_COUNT, REJECTED_LESION, VALUE_BEFORE_CORRECTION
from spineseg.domain.uids import derive_uid
from spineseg.errors import ReportError, SettingsError
from spineseg.reporting import sr_rows as rows
from spineseg.reporting.context import REPORT_SERIES
from spineseg.reporting.sr_correction_item import correction_item
from spineseg.reporting.sr_items import coded
from spineseg.reporting.sr_reader import read_findings
from spineseg.reporting.sr_tree import CodeKey, code_key, groups_of, key_of
from spineseg.reporting.wording import lesion_sentence

VERIFIED_SERIES = REPORT_SERIES + 50  # beside the program's own report, above those that scanners use
VERIFIED_BANNER = (
    "Research use only. Not a medical device. Computed by an automatic method, then read, corrected where a row says "
    "so, and verified by the person that this document names as its verifying observer."
)
_BANNER_BEGINS = "Research use only."  # of every version of the program's own
_PN_LENGTH = _LO_LENGTH = 64  # characters, PS3.5 table 6.2-1


@dataclass(frozen=True, slots=True, kw_only=True)
class Observer:
    """Who verifies a report.

    Parameters
    ----------
    name
        As DICOM writes names ("DOE^JANE"), or plainly.
    organization
        Whom the person answers to.
    """

    name: str
    organization: str

    def __post_init__(self) -> None:
        for what, value, length in (("name", self.name, _PN_LENGTH), ("organization", self.organization, _LO_LENGTH)):
            if not value.strip() or len(value) > length or not value.isprintable() or set(value) & set("\\="):
                remedy = f"give 1 to {length} characters without backslash and equals sign"
                raise SettingsError(f"the observer's {what} cannot be written", remedy=remedy)


def verify_report(report: Dataset, changes: Sequence[LesionChange], *, observer: Observer, now: datetime) -> Dataset:
    """A new report that a person has verified.

    Parameters
    ----------
    report
        An SR of ours, of any version, verified or not; not changed.
    changes
        What the person says otherwise; none where the report is right.
    now
        When it was verified, with its time zone.

    Raises
    ------
    UnknownReportError, ReportError
        Not a report of ours, or a damaged one.
    SettingsError
        A change does not fit the report.
    """
    findings = read_findings(report)
    revised = revise(findings, changes, corrected_by=observer.name.strip())
    new = deepcopy(report)
    new.decode()
    new.SpecificCharacterSet = "ISO_IR 192"
    _write_lesions(new, findings, revised)
    _write_summary(new, findings, revised)
    _write_header(new, report, changes, observer, now)
    if read_findings(new) != revised:
        raise ReportError("the correction cannot be written to this report", remedy="analyse the study again")
    return new


def _write_lesions(new: Dataset, findings: Findings, revised: Findings) -> None:
    """Lesion groups with the new values, worst first, in the places that lesions had."""
    containers = {_tracking_uid(one): one for one in groups_of(new) if _answer(one) == code_key(words.NEOPLASM)}
    before = {lesion.tracking_uid: lesion for lesion in findings.lesions}
    for number, lesion in enumerate(revised.lesions, start=1):
        container = containers[lesion.tracking_uid]
        if lesion != before[lesion.tracking_uid]:
            _replace_rows(container, before[lesion.tracking_uid], lesion, revised)
        _find(container, codes.DCM.TrackingIdentifier).TextValue = f"Suspected lesion {number}"
    for gone in revised.rejected:
        if gone.tracking_uid in containers:
            _reject(containers[gone.tracking_uid], gone)
    order = [one.tracking_uid for one in revised.lesions] + [one.tracking_uid for one in revised.rejected]
    for parent in new.ContentSequence:
        if _concept(parent) == code_key(codes.DCM.ImagingMeasurements):
            _reorder(parent, [containers[uid] for uid in order if uid in containers])


def _reorder(parent: Dataset, ordered: Sequence[Dataset]) -> None:
    """Put some items of a container in order, each in a place that one of them had."""
    places = {id(one) for one in ordered}
    queue = iter(ordered)
    parent.ContentSequence = [next(queue) if id(one) in places else one for one in parent.ContentSequence]


def _replace_rows(container: Dataset, old: LesionFinding, new: LesionFinding, findings: Findings) -> None:
    fresh = list(_rows(new, findings))
    gone = {_concept(item) for item in (*_rows(old, findings), *fresh)} | {code_key(VALUE_BEFORE_CORRECTION)}
    kept = [item for item in container.ContentSequence if _concept(item) not in gone]
    container.ContentSequence = [*kept, *fresh]


def _rows(lesion: LesionFinding, findings: Findings) -> Iterator[Dataset]:
    """Every row that depends on a value which a person may correct."""
    sentence = lesion_sentence(lesion, findings)
    if lesion.corrections:
        told = ", ".join(f"{one.item.value.replace('_', ' ')} {one.before}" for one in lesion.corrections)
        sentence = f"{sentence} Corrected by a person; before: {told}."
    made: tuple[Any, ...] = (
        *rows.finding_sites(lesion.levels),
        *rows.lesion_measurements(lesion),
        *rows.lesion_evaluations(lesion),
        *rows.lesion_texts(lesion),
        rows.comment(sentence),
        *rows.lesion_uids(lesion),
        *map(correction_item, lesion.corrections),
    )
    for row in made:
        yield row if isinstance(row, Dataset) else row[0]  # highdicom wraps rows of a template


def _reject(container: Dataset, lesion: RejectedLesion) -> None:
    _find(container, codes.DCM.Finding).ConceptCodeSequence = [coded(REJECTED_LESION)]
    _find(container, codes.DCM.TrackingIdentifier).TextValue = "Rejected lesion"
    _find(container, codes.DCM.Comment).TextValue = "A person has read this suspected lesion and says that it is none."
    container.ContentSequence.append(correction_item(lesion.rejection))


def _write_summary(new: Dataset, findings: Findings, revised: Findings) -> None:
    """Counts, whether a lesion was detected, and the banner, wherever this version of the report has them."""
    for parent in _walk(new):
        for item in list(parent.ContentSequence):
            if _concept(item) == code_key(words.LESION_COUNT):
                _set_number(item, len(revised.lesions))
                if revised.rejected:
                    _set_count(parent, item, len(revised.rejected))
            elif _concept(item) == code_key(words.LESION_DETECTED) and findings.lesions and not revised.lesions:
                item.ConceptCodeSequence = [coded(words.NO)]
            elif item.ValueType == "TEXT" and str(item.TextValue).startswith(_BANNER_BEGINS):
                item.TextValue = VERIFIED_BANNER


def _set_count(parent: Dataset, lesion_count: Dataset, rejected: int) -> None:
    item = next((one for one in parent.ContentSequence if _concept(one) == code_key(REJECTED_COUNT)), None)
    if item is None:
        item = deepcopy(lesion_count)
        item.ConceptNameCodeSequence = [coded(REJECTED_COUNT)]
        parent.ContentSequence.append(item)
    _set_number(item, rejected)


def _set_number(item: Dataset, value: int) -> None:
    measured = item.MeasuredValueSequence[0]
    measured.NumericValue = value
    if "FloatingPointValue" in measured:
        measured.FloatingPointValue = float(value)


def _write_header(
    new: Dataset, report: Dataset, changes: Sequence[LesionChange], observer: Observer, now: datetime
) -> None:
    """Identity, verification and predecessor (PS3.3 C.17.2); dates are those of the verification."""
    said = [f"{change.lesion} {change.item.value}={change.value}" for change in changes]
    at = now.strftime("%Y%m%d%H%M%S%z")
    who = (observer.name.strip(), observer.organization.strip())
    uid = UID(derive_uid("verified", str(report.SOPInstanceUID), *who, at, *said))
    new.SOPInstanceUID = new.file_meta.MediaStorageSOPInstanceUID = uid
    new.SeriesInstanceUID = derive_uid("verified", "series", str(report.StudyInstanceUID))
    new.SeriesNumber = VERIFIED_SERIES
    new.SeriesDescription = "spineseg report, verified (research use only)"
    new.InstanceNumber = int(report.get("InstanceNumber") or 0) + 1
    new.ContentDate = new.SeriesDate = now.strftime("%Y%m%d")
    new.ContentTime = new.SeriesTime = now.strftime("%H%M%S")
    new.CompletionFlag, new.VerificationFlag, new.PreliminaryFlag = "COMPLETE", "VERIFIED", "FINAL"
    verification = Dataset()
    verification.VerifyingObserverName, verification.VerifyingOrganization = who
    verification.VerificationDateTime = at
    verification.VerifyingObserverIdentificationCodeSequence = []
    new.VerifyingObserverSequence = [verification]
    new.PredecessorDocumentsSequence = [document_reference(report)]


def document_reference(report: Dataset) -> Dataset:
    """Item that names an SR in another's Predecessor Documents Sequence (PS3.3 C.17.2)."""
    instance, series, study = Dataset(), Dataset(), Dataset()
    instance.ReferencedSOPClassUID = report.SOPClassUID
    instance.ReferencedSOPInstanceUID = report.SOPInstanceUID
    series.SeriesInstanceUID = report.SeriesInstanceUID
    series.ReferencedSOPSequence = [instance]
    study.StudyInstanceUID = report.StudyInstanceUID
    study.ReferencedSeriesSequence = [series]
    return study


def _walk(item: Dataset) -> Iterator[Dataset]:
    """The item and everything under it that has items of its own."""
    if "ContentSequence" in item:
        yield item
        for child in item.ContentSequence:
            yield from _walk(child)


def _tracking_uid(container: Dataset) -> str:
    return str(_find(container, codes.DCM.TrackingUniqueIdentifier).UID)


def _answer(container: Dataset) -> CodeKey | None:
    item = next((one for one in container.ContentSequence if _concept(one) == code_key(codes.DCM.Finding)), None)
    return None if item is None else key_of(item.ConceptCodeSequence[0])


def _find(container: Dataset, concept: Code) -> Dataset:
    for item in container.ContentSequence:
        if _concept(item) == code_key(concept):
            found: Dataset = item
            return found
    raise ReportError("the structured report lacks a row that must be there", remedy="fetch it again")


def _concept(item: Dataset) -> CodeKey | None:
    names = item.get("ConceptNameCodeSequence")
    return key_of(names[0]) if names else None
