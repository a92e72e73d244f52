"""Folder -> its reports that a person has verified, and the one that holds now."""

from __future__ import annotations

import warnings
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from spineseg.errors import SettingsError
from spineseg.reporting.sr_tree import DAMAGE

_HEADER = ("SOPInstanceUID", "VerificationFlag", "VerifyingObserverSequence", "PredecessorDocumentsSequence")
_VERIFIED_NAME = "verified.sr.dcm"


def verified_reports(folder: Path) -> tuple[Path, ...]:
    """DICOM files of a folder, in order of their names, that are verified SRs; none where there is no such folder."""
    return tuple(path for path, header in _headers(folder) if header.get("VerificationFlag") == "VERIFIED")


def current_report(folder: Path, report_name: str) -> Path:
    """The report of an OUT folder that holds: the latest that a person verified, else the program's own.

    Parameters
    ----------
    report_name
        File name of the program's own.
    """
    latest: tuple[str, Path] | None = None
    for path, header in _headers(folder):
        if header.get("VerificationFlag") == "VERIFIED":
            times = [
                str(one.get("VerificationDateTime") or "") for one in header.get("VerifyingObserverSequence") or ()
            ]
            found = (max(times, default=""), path)
            latest = found if latest is None else max(latest, found)
    return folder / report_name if latest is None else latest[1]


def refuse_verified(folder: Path) -> None:
    """Refuse to write a run's results over what a person has verified.

    The masks, pictures and pages beside a verified report are what that person looked at; they stay with it.

    Raises
    ------
    SettingsError
        The folder holds a verified report.
    """
    verified = verified_reports(folder)
    if verified:
        raise SettingsError(
            f"{verified[0].name} is a report that a person verified, and nothing was changed",
            str(folder), "name another folder with -o",
        )  # fmt: skip


def free_name(report: Path) -> Path:
    """Name for a verified report beside another, which no file has yet."""
    stem, _, suffix = _VERIFIED_NAME.partition(".")
    names = (_VERIFIED_NAME, *(f"{stem}-{number}.{suffix}" for number in range(2, 1000)))
    for name in names:
        if not (report.parent / name).exists():
            return report.parent / name
    raise SettingsError("there are too many verified reports", str(report.parent), "name a file with -o")


def _headers(folder: Path) -> list[tuple[Path, Dataset]]:
    """Headers of the folder's DICOM files; others are none of our business."""
    found: list[tuple[Path, Dataset]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom quotes wrong values
        for path in sorted(folder.glob("*.dcm")):
            try:
                found.append((path, dcmread(path, specific_tags=[*_HEADER])))
            except (InvalidDicomError, *DAMAGE):
                continue
    return found
