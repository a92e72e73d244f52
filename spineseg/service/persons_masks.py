"""Objects received beside the images -> the lesion mask that a person drew and nobody has used yet."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from sqlalchemy.orm import Session

from spineseg.service.layout import SUFFIX, Layout, is_uid
from spineseg.service.tables import ResultInstance

# PS3.4 B.5: Segmentation Storage and Label Map Segmentation Storage.
_SEGMENTATIONS = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
# Segment Algorithm Type (PS3.3 C.8.20.2): what another program made by itself is no person's word.
_BY_A_PERSON = ("MANUAL", "SEMIAUTOMATIC")
_OURS = "SPINESEG"
_READ = ("SOPClassUID", "SOPInstanceUID", "Manufacturer", "ManufacturerModelName", "SegmentSequence")
_USED = ".used"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonsMask:
    """A SEG of a person."""

    path: Path
    content: bytes


def find_mask(session: Session, layout: Layout, study_instance_uid: str) -> PersonsMask | None:
    """The latest mask of a person that no run has used; our own results and other programs' never count.

    Ours are known by their SOP Instance UIDs and by their manufacturer, so that two nodes do not feed each other.
    """
    folder = layout.others(study_instance_uid)
    if not folder.is_dir():
        return None
    waiting = [path for path in folder.glob(f"*{SUFFIX}") if not _mark(path).exists()]
    for path in sorted(waiting, key=lambda one: one.stat().st_mtime_ns, reverse=True):
        if _is_persons_mask(session, path):
            return PersonsMask(path=path, content=path.read_bytes())
        _mark(path).touch()
    return None


def mark_used(layout: Layout, study_instance_uid: str) -> None:
    """Every object received so far has been looked at: a mask that is older than the one used is superseded."""
    for path in layout.others(study_instance_uid).glob(f"*{SUFFIX}"):
        _mark(path).touch()


def same_content(mask: PersonsMask, given: Path) -> bool:
    """Whether a run was given this very mask already."""
    try:
        return hashlib.sha256(given.read_bytes()).digest() == hashlib.sha256(mask.content).digest()
    except OSError:
        return False


def _mark(path: Path) -> Path:
    return path.with_suffix(_USED)


def _is_persons_mask(session: Session, path: Path) -> bool:
    try:
        dataset = dcmread(path, stop_before_pixels=True, specific_tags=list(_READ))
        uid = str(dataset.SOPInstanceUID)
        if str(dataset.SOPClassUID) not in _SEGMENTATIONS or not is_uid(uid) or _says_ours(dataset):
            return False
        kinds = {str(segment.get("SegmentAlgorithmType", "")) for segment in dataset.get("SegmentSequence") or ()}
    except (InvalidDicomError, AttributeError, ValueError, TypeError, OSError):
        return False
    return session.get(ResultInstance, uid) is None and not kinds.isdisjoint(_BY_A_PERSON)


def _says_ours(dataset: Dataset) -> bool:
    return any(_OURS in str(dataset.get(name, "")).upper() for name in ("Manufacturer", "ManufacturerModelName"))
