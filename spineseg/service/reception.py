"""Bytes of a C-STORE request -> a file of the study, whole and on disk before it is answered for."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import mkstemp

from pydicom.uid import UID

from spineseg.service.identifiers import UNREADABLE, read_identifiers
from spineseg.service.layout import IMAGE_CLASSES, SUFFIX, Layout, is_uid, sync

SENT_BY = "sent_by"


class NotUnderstoodError(Exception):
    """The dataset cannot be read as far as the identifiers that a file needs."""


class MismatchError(Exception):
    """The dataset is not the instance that the request names."""


class NoRoomError(Exception):
    """The disk is full, or would be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """An instance as a peer sent it.

    Parameters
    ----------
    head
        Preamble and file meta information (PS3.10).
    dataset
        Encoded dataset, byte for byte as received.
    """

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: UID
    head: bytes
    dataset: BytesIO
    sent_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What became of an instance.

    Parameters
    ----------
    is_new
        False where the instance was there already: it is left as it is.
    """

    study_instance_uid: str
    is_new: bool
    is_image: bool


def receive(incoming: Incoming, layout: Layout, *, free_disk_mb: float) -> Received:
    """Write an instance: temporary name, fsync, rename, fsync of the folder.

    Raises
    ------
    NotUnderstoodError
        No valid Study or SOP Instance UID.
    MismatchError
        The dataset is another instance than the request says.
    NoRoomError
        Less than `free_disk_mb` [MB] would be left, or the disk is full.
    """
    study_uid = _study_uid(incoming)
    is_image = incoming.sop_class_uid in IMAGE_CLASSES
    folder = layout.images(study_uid) if is_image else layout.others(study_uid)
    path = folder / f"{incoming.sop_instance_uid}{SUFFIX}"
    if path.exists():
        return Received(study_instance_uid=study_uid, is_new=False, is_image=is_image)
    size_mb = incoming.dataset.getbuffer().nbytes / 1e6
    if layout.free_mb() - size_mb < free_disk_mb:
        raise NoRoomError
    try:
        _make_folder(folder, incoming.sent_by)
        _write(path, layout.incoming, (incoming.head, incoming.dataset.getbuffer()))
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise NoRoomError from error
        raise
    return Received(study_instance_uid=study_uid, is_new=True, is_image=is_image)


def read_sent_by(layout: Layout, study_instance_uid: str) -> str:
    """AE title that first sent some of a study; empty where it is not known."""
    try:
        return (layout.study(study_instance_uid) / SENT_BY).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""


def _study_uid(incoming: Incoming) -> str:
    try:
        said, study_uid = read_identifiers(incoming.dataset, incoming.transfer_syntax_uid)
    except UNREADABLE as error:
        raise NotUnderstoodError from error
    if said != incoming.sop_instance_uid:
        raise MismatchError
    if not is_uid(study_uid) or not is_uid(said):
        raise NotUnderstoodError
    return study_uid


def _make_folder(folder: Path, sent_by: str) -> None:
    if folder.is_dir():
        return
    folder.mkdir(parents=True, exist_ok=True)
    said = folder.parent / SENT_BY
    if not said.exists():
        said.write_text(sent_by, encoding="ascii", errors="replace")
    for parent in (folder, folder.parent, folder.parent.parent):
        sync(parent)


def _write(path: Path, incoming: Path, parts: Sequence[bytes | memoryview]) -> None:
    handle, name = mkstemp(dir=incoming, suffix=SUFFIX)
    try:
        with os.fdopen(handle, "wb", buffering=0) as file:
            _write_all(file.fileno(), parts)
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync(path.parent)


def _write_all(handle: int, parts: Sequence[bytes | memoryview]) -> None:
    """In one call where the system takes it all: each call lets another thread have the interpreter."""
    written = os.writev(handle, parts)
    for part in parts:
        rest = memoryview(part)[written:]
        written = max(written - len(part), 0)
        while rest:
            rest = rest[os.write(handle, rest) :]
