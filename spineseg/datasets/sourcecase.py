"""One image with its labels as a public set stores them -> SourceCase: its files and what they mean."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from spineseg.domain.dataset import Names, Split, Structure
from spineseg.domain.volume import ImageGrid, LabelMap, Modality, Volume, make_grid
from spineseg.errors import UnreadableStudyError
from spineseg.ingest import discover, load_image_file, load_study
from spineseg.segmentation.imagefile import read_grid

# A label file that was interpolated has values between its labels [P].
_WHOLE = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Landmark:
    """A point that the set gives for a label, to check the mask's geometry by.

    Parameters
    ----------
    value
        Of `domain.labels`.
    point_mm : (x, y, z) [mm, LPS]
    """

    value: int
    point_mm: tuple[float, float, float]


def no_landmarks(_: LabelMap) -> tuple[Landmark, ...]:
    """Most sets give none."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SourceCase:
    """One pair of a set.

    Parameters
    ----------
    name
        Unique within the set, good as a file name.
    patient
        Pseudonym of the set.
    files
        Everything that is read; a conversion is repeated when one of them changes. A folder stands for its files.
    read_image, read_labels
        Voxels in patient space; labels as the file has them.
    values
        Label of the file -> value of `domain.labels`; `NOT_KNOWN` for what says nothing. 0 is background.
    known_bad
        Why the set's own users say that the case is wrong; empty where they do not.
    landmarks
        Points of the set, read against the label map's grid.
    """

    name: str
    patient: str
    modality: Modality
    files: tuple[Path, ...]
    read_image: Callable[[], ImageGrid]
    read_labels: Callable[[], LabelMap]
    values: Mapping[int, int]
    labelled: tuple[Structure, ...]
    names: Names
    complete_ends: bool
    split: Split | None = None
    known_bad: str = ""
    notes: tuple[str, ...] = ()
    landmarks: Callable[[LabelMap], tuple[Landmark, ...]] = field(default=no_landmarks)


def image_reader(path: Path, modality: Modality) -> Callable[[], ImageGrid]:
    """Reader of an image file or of a DICOM series folder."""

    def read() -> ImageGrid:
        return (_series(path) if path.is_dir() else load_image_file(path, modality=modality)).image

    return read


def _series(folder: Path) -> Volume:
    """Best series of the largest study in a folder."""
    _, loaded = load_study(discover(folder)[0])
    return loaded[0][1]


def label_reader(path: Path) -> Callable[[], LabelMap]:
    """Reader of a label file."""
    return lambda: whole_labels(read_grid(path), path)


def whole_labels(grid: ImageGrid, path: Path) -> LabelMap:
    """Labels as integers, whatever the file stores.

    Raises
    ------
    UnreadableStudyError
        Values are no whole numbers: the mask was interpolated.
    """
    if np.issubdtype(grid.array.dtype, np.integer):
        return grid
    rounded = np.rint(grid.array)
    if not np.allclose(grid.array, rounded, atol=_WHOLE):
        raise UnreadableStudyError("labels are no whole numbers", path.name, "get the mask that was not interpolated")
    return make_grid(rounded.astype(np.int32), grid.affine)


def fingerprint(case: SourceCase) -> str:
    """Changes with any file of a case: names, sizes and times, not contents, so that a resumed run starts at once."""
    parts = [f"{case.name} {sorted(case.values.items())} {[one.value for one in case.labelled]} {case.names}"]
    for path in case.files:
        for one in sorted(path.iterdir()) if path.is_dir() else [path] if path.is_file() else []:
            status = one.stat()
            parts.append(f"{one.name} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def pseudonym(identity: str) -> str:
    """Stable name for a patient or a series that a user's own data identify."""
    return hashlib.sha256(identity.encode()).hexdigest()[:12]


def stem(path: Path) -> str:
    """File name without the endings of an image: dots within a name are kept, unlike by `Path.stem`."""
    for suffix in (".nii.gz", ".nii", ".mha", ".mhd", ".nrrd"):
        if path.name.endswith(suffix):
            return path.name.removesuffix(suffix)
    return path.name
