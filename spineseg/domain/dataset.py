"""Converted data set <-> LabelledSet: images with label maps of our values, what each map says and what it leaves open.

On disk a folder with `datalist.json`, which MONAI's `load_decathlon_datalist` reads too, and the files that it names.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from spineseg.domain.volume import Modality
from spineseg.errors import SettingsError
from spineseg.files import write_bytes

DATALIST = "datalist.json"
# Label value of a voxel about which the map says nothing; no value of `domain.labels`.
NOT_KNOWN = 255


class Structure(StrEnum):
    """What a label map can be complete about: where such a label is missing, there is none of it."""

    VERTEBRA = "vertebra"  # body and posterior elements as one
    BODY = "vertebral body"
    DISC = "disc"
    SACRUM = "sacrum"
    CORD = "spinal cord"
    CANAL = "spinal canal"


class Names(StrEnum):
    """How far the vertebrae's values can be trusted as names."""

    GIVEN = "given"
    ASSUMED = "assumed"  # counted from one end
    NONE = "none"  # parts are told apart, at best


class Split(StrEnum):
    """What a case is for; all cases of a patient are for the same."""

    TRAINING = "training"
    VALIDATION = "validation"
    TEST = "test"


def _inside(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not parts or PurePosixPath(path).is_absolute() or ".." in parts:
        raise ValueError("give a path inside the data folder")
    return path


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LabelledCase(_Strict):
    """One image and its label map, on the same voxels.

    Parameters
    ----------
    patient
        Pseudonym; decides the split.
    image, label
        NIfTI files relative to the folder; the label map holds values of `domain.labels`, or `NOT_KNOWN`.
    labelled
        Structures that the map is complete about; of all others it says nothing.
    complete_ends
        Whether vertebrae that the field of view cuts are labelled, too.
    """

    name: str
    patient: str
    image: Annotated[str, AfterValidator(_inside)]
    label: Annotated[str, AfterValidator(_inside)]
    modality: Modality
    labelled: tuple[Structure, ...]
    names: Names
    complete_ends: bool
    notes: tuple[str, ...] = ()


class Source(_Strict):
    """Where a set is from; carried into the model card of what is trained on it."""

    name: str
    title: str
    licence: str
    citation: str
    remark: str = ""


class LabelledSet(_Strict):
    """A converted set; the keys of the three splits are those of MONAI's data lists."""

    source: Source
    training: tuple[LabelledCase, ...] = ()
    validation: tuple[LabelledCase, ...] = ()
    test: tuple[LabelledCase, ...] = ()

    def of(self, split: Split) -> tuple[LabelledCase, ...]:
        """Cases of a split."""
        cases: tuple[LabelledCase, ...] = getattr(self, split.value)
        return cases


def read_labelled_set(folder: Path) -> LabelledSet:
    """Set of a folder that `spineseg data` wrote.

    Raises
    ------
    SettingsError
        There is no datalist, or it has a key or value that is not known.
    """
    path = folder / DATALIST
    try:
        return LabelledSet.model_validate_json(path.read_bytes())
    except OSError as error:
        raise SettingsError(
            "no converted data set", str(folder), "make it with spineseg data NAME SRC -o DST"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "whole file"
        raise SettingsError("the datalist is wrong", f"{path}: {field}", first["msg"]) from error


def write_labelled_set(labelled: LabelledSet, folder: Path) -> Path:
    """Write `datalist.json`; returns its path."""
    path = folder / DATALIST
    write_bytes(path, (labelled.model_dump_json(indent=2) + "\n").encode())
    return path
