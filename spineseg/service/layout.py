"""Folder of the node <-> paths: where instances, results and given files lie, and what a study's images are."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydicom.uid import (
    CTImageStorage,
    EnhancedCTImageStorage,
    EnhancedMRImageStorage,
    LegacyConvertedEnhancedCTImageStorage,
    LegacyConvertedEnhancedMRImageStorage,
    MRImageStorage,
)

from spineseg.errors import SettingsError
from spineseg.files import prepare_folder

# What an analysis can read; anything else that belongs to a study is kept beside and starts no run.
IMAGE_CLASSES = frozenset(
    {
        CTImageStorage, MRImageStorage, EnhancedCTImageStorage, EnhancedMRImageStorage,
        LegacyConvertedEnhancedCTImageStorage, LegacyConvertedEnhancedMRImageStorage,
    }
)  # fmt: skip
# PS3.5 section 9.1; leading zeros of a component are wrong there and common in practice.
_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
_MOST_UID_CHARACTERS = 64
SUFFIX = ".dcm"


def is_uid(text: str) -> bool:
    """Whether a text is a UID, and so can be a file name that leads nowhere else."""
    return len(text) <= _MOST_UID_CHARACTERS and _UID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths below the node's folder.

    Attributes
    ----------
    incoming
        Unfinished files; emptied when the node starts.
    received
        `STUDY/images/INSTANCE.dcm`, `STUDY/other/INSTANCE.dcm` (reports, masks) and `STUDY/sent_by`.
    results
        `STUDY/RUN/` (what a run leaves) and `STUDY/RUN.given/` (what a person gave for it).
    """

    root: Path

    @property
    def incoming(self) -> Path:
        """Unfinished files."""
        return self.root / "incoming"

    @property
    def received(self) -> Path:
        """Studies as received."""
        return self.root / "received"

    @property
    def results(self) -> Path:
        """Results by study and run."""
        return self.root / "results"

    def study(self, study_instance_uid: str) -> Path:
        """Received files of a study."""
        return self.received / _checked(study_instance_uid)

    def images(self, study_instance_uid: str) -> Path:
        """Received images of a study."""
        return self.study(study_instance_uid) / "images"

    def others(self, study_instance_uid: str) -> Path:
        """Received objects of a study that are no images."""
        return self.study(study_instance_uid) / "other"

    def result(self, study_instance_uid: str, run: int) -> Path:
        """Results of one run."""
        return self.results / _checked(study_instance_uid) / str(run)

    def given(self, study_instance_uid: str, run: int) -> Path:
        """What a person gave for one run."""
        return self.results / _checked(study_instance_uid) / f"{run}.given"

    def prepare(self) -> None:
        """Make the folders and remove what an interrupted reception left.

        Raises
        ------
        SettingsError
            They cannot be written to.
        """
        for folder in (self.incoming, self.received, self.results):
            prepare_folder(folder)
        for leftover in self.incoming.iterdir():
            leftover.unlink()

    def lock(self) -> int:
        """Handle that keeps every other node out of the folder for as long as this process lives.

        Raises
        ------
        SettingsError
            Another node has it.
        """
        prepare_folder(self.root)
        handle = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            raise SettingsError("another node works in the folder", str(self.root), "stop it first") from error
        return handle

    def study_uids(self) -> tuple[str, ...]:
        """Studies that something was received of."""
        return tuple(sorted(path.name for path in self.received.iterdir() if is_uid(path.name)))

    def free_mb(self) -> float:
        """Free space where instances are written [MB]."""
        return shutil.disk_usage(self.root).free / 1e6


def instances_in(folder: Path) -> tuple[str, ...]:
    """SOP Instance UIDs of the files in a folder, sorted; empty where it is absent."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return ()
    return tuple(sorted(name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX)))


def fingerprint(sop_instance_uids: Iterable[str]) -> str:
    """SHA-256 by which a set of instances is known."""
    return hashlib.sha256("\n".join(sorted(sop_instance_uids)).encode()).hexdigest()


def sync(path: Path) -> None:
    """Wait until a file, or what a folder names, is on disk: a renamed file outlives a power cut only then."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _checked(uid: str) -> str:
    if not is_uid(uid):
        raise ValueError("not a UID")
    return uid
