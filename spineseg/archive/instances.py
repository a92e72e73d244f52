"""Paths -> Instance: what each DICOM file is, read from its first bytes only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydicom import dcmread
from pydicom.errors import InvalidDicomError
from pydicom.uid import UID

from spineseg.errors import InputError

# PS3.4 B.5; pydicom 3.0.2 has names for both.
LABELMAP_SEGMENTATION = UID("1.2.840.10008.5.1.4.1.1.66.7")
BINARY_SEGMENTATION = UID("1.2.840.10008.5.1.4.1.1.66.4")
_NEEDED = ("SOPClassUID", "SOPInstanceUID")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One file to be sent."""

    path: Path
    sop_class_uid: UID
    sop_instance_uid: str
    transfer_syntax_uid: UID

    @property
    def is_labelmap(self) -> bool:
        """Whether it is a label map segmentation, which many archives do not know yet."""
        return self.sop_class_uid == LABELMAP_SEGMENTATION


def read_instances(paths: Sequence[Path]) -> tuple[Instance, ...]:
    """What the files are, in their order.

    Raises
    ------
    InputError
        There is none, or one is not a DICOM file with an instance in it.
    """
    if not paths:
        raise InputError("no DICOM file to send", remedy="name the folder of a spineseg run")
    return tuple(_instance(path) for path in paths)


def _instance(path: Path) -> Instance:
    try:
        header = dcmread(path, specific_tags=[*_NEEDED])
        return Instance(
            path=path,
            sop_class_uid=UID(header.SOPClassUID),
            sop_instance_uid=str(header.SOPInstanceUID),
            transfer_syntax_uid=UID(header.file_meta.TransferSyntaxUID),
        )
    except (InvalidDicomError, AttributeError, TypeError, ValueError, OSError) as error:
        raise InputError("not a whole DICOM file", path.name, "remove it, or make it again") from error
