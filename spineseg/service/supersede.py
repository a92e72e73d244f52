"""New SR + the one that it supersedes -> predecessor sequence in the new one (PS3.3 C.17.2)."""

from __future__ import annotations

from pathlib import Path

from pydicom import dcmread

from spineseg.files import replacing
from spineseg.reporting.sr_revision import document_reference

_NAMED = ("StudyInstanceUID", "SeriesInstanceUID", "SOPClassUID", "SOPInstanceUID")


def supersede(report: Path, previous: Path) -> bool:
    """Name `previous` as the predecessor of `report`; False where both are the same document or one is missing."""
    if not report.is_file() or not previous.is_file():
        return False
    new, old = dcmread(report), dcmread(previous, specific_tags=list(_NAMED))
    if new.SOPInstanceUID == old.SOPInstanceUID or new.StudyInstanceUID != old.StudyInstanceUID:
        return False
    new.PredecessorDocumentsSequence = [document_reference(old)]
    with replacing(report) as temporary:
        new.save_as(temporary, enforce_file_format=True)
    return True
