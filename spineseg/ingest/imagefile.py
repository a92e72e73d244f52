"""NIfTI, MHA or NRRD file -> Volume, and label map -> file in the same geometry."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import SimpleITK
from numpy.typing import NDArray

from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.domain.volume import Modality, SeriesRole, Volume, make_grid, spacing_mm
from spineseg.errors import GeometryError, SettingsError, UnreadableStudyError
from spineseg.ingest.decoding import LOWEST_HU
from spineseg.ingest.loading import MEMORY_BUDGET_BYTES

# SimpleITK declares no types for the methods of its classes.
_ITK: Any = SimpleITK

IMAGE_SUFFIXES = (".nii.gz", ".nii", ".mha", ".mhd", ".nrrd")
LABEL_SUFFIXES = (".nii.gz", ".nii", ".mha", ".nrrd")

# CT shows air at -1000 HU and fat near -100; magnitude MR has no negative values and normalised MR only small ones.
_CT_BELOW_HU = -50.0  # [P]
_CT_SHARE = 0.01  # of the voxels [P]
_MIN_SIZE = 2  # voxels along each axis of an image that is a volume
# Direction cosines of NIfTI come from float32 quaternions and are perpendicular to about 1e-6 only [P].
_DIRECTION_TOLERANCE = 1e-3


def load_image_file(path: Path, *, modality: Modality | None, memory_budget_bytes: int = MEMORY_BUDGET_BYTES) -> Volume:
    """Read an image file; ITK gives its geometry in LPS whatever the format's own convention is.

    Parameters
    ----------
    modality
        None: told from the intensities, which the volume's quality then says.

    Returns
    -------
    Volume
        Without a series; an MR file says nothing about its weighting, so its role is `other`.

    Raises
    ------
    UnreadableStudyError
        The file is of no known kind, broken, coloured, 2-D, 4-D, too large or holds values that are no numbers.
    GeometryError
        Its axes are not perpendicular.
    """
    with _quiet_itk():
        image = _read(path, memory_budget_bytes)
    array = _ITK.GetArrayFromImage(image)
    _check_finite(array, path)
    guessed = modality is None
    kind = _guess_modality(array) if modality is None else modality
    if kind is Modality.CT:
        np.maximum(array, LOWEST_HU, out=array)  # padding, as in DICOM
    grid = make_grid(array, _affine_of(image, path))
    return Volume(
        image=grid,
        modality=kind,
        role=SeriesRole.CT if kind is Modality.CT else SeriesRole.OTHER,
        series_instance_uid="",
        quality=(QualityNote(code=QualityCode.MODALITY_GUESSED),) if guessed else (),
    )


def save_label_map(grid: highdicom.Volume, path: Path) -> None:
    """Write a label map in the geometry of its grid; the file appears whole or not at all.

    Parameters
    ----------
    grid : (slice, row, column) integer
    path
        Ends with one of `LABEL_SUFFIXES`.

    Raises
    ------
    SettingsError
        The kind of file is not known or the file cannot be written.
    """
    suffix = _suffix_of(path, LABEL_SUFFIXES)
    if suffix is None:
        raise SettingsError("unknown kind of label file", path.name, f"end the name with {', '.join(LABEL_SUFFIXES)}")
    image = _ITK.GetImageFromArray(np.ascontiguousarray(grid.array))
    affine = np.asarray(grid.affine, dtype=np.float64)
    spacing = spacing_mm(grid)
    image.SetSpacing(spacing[::-1].tolist())
    image.SetDirection((affine[:3, :3] / spacing)[:, ::-1].ravel().tolist())
    image.SetOrigin(affine[:3, 3].tolist())
    # ITK chooses the format by the suffix, so the temporary name keeps it.
    temporary = path.with_name(f".{path.name.removesuffix(suffix)}.{os.getpid()}{suffix}")
    try:
        with _quiet_itk():
            _ITK.WriteImage(image, str(temporary), useCompression=True)
        temporary.replace(path)
    except (RuntimeError, OSError) as error:
        raise SettingsError("the label file cannot be written", str(path), "name a folder that can be") from error
    finally:
        temporary.unlink(missing_ok=True)


def _read(path: Path, budget_bytes: int) -> Any:
    if _suffix_of(path, IMAGE_SUFFIXES) is None:
        raise UnreadableStudyError("unknown kind of image file", path.name, f"use one of {', '.join(IMAGE_SUFFIXES)}")
    if not path.is_file():
        raise UnreadableStudyError("no such file", path.name, "check the path")
    reader = _ITK.ImageFileReader()
    reader.SetFileName(str(path))
    reader.SetOutputPixelType(_ITK.sitkFloat32)
    try:
        reader.ReadImageInformation()
        size = list(reader.GetSize())
        _check_shape(size, reader.GetNumberOfComponents(), budget_bytes, path)
        reader.SetExtractSize([*size[:3], *[0] * (len(size) - 3)])  # drops a fourth axis of one volume
        return reader.Execute()
    except RuntimeError as error:
        raise UnreadableStudyError("the image file cannot be read", path.name, "check that it is complete") from error


def _check_shape(size: list[int], components: int, budget_bytes: int, path: Path) -> None:
    if components != 1:
        raise UnreadableStudyError(f"the image has {components} values a voxel", path.name, "give a grey-value image")
    if any(length > 1 for length in size[3:]):
        raise UnreadableStudyError("the image holds several volumes (4-D)", path.name, "give one of them")
    if len(size) < 3 or min(size[:3]) < _MIN_SIZE:
        raise UnreadableStudyError("the image is not a volume (2-D)", path.name, "give a 3-D image")
    needed = float(np.prod(np.asarray(size[:3], dtype=np.float64))) * np.dtype(np.float32).itemsize
    if needed > budget_bytes:
        what = f"the image needs {needed / 2**20:.0f} MiB of {budget_bytes // 2**20} MiB allowed"
        raise UnreadableStudyError(what, path.name, "crop it")


def _check_finite(array: NDArray[np.float32], path: Path) -> None:
    wrong = array.size - int(np.count_nonzero(np.isfinite(array)))
    if wrong:
        raise UnreadableStudyError(f"{wrong} voxels are not finite numbers", path.name, "replace them")


def _affine_of(image: Any, path: Path) -> NDArray[np.float64]:
    """Affine of the array (k, j, i) that ITK gives for an image with axes i, j, k."""
    direction = np.asarray(image.GetDirection(), dtype=np.float64).reshape(3, 3)
    spacing = np.asarray(image.GetSpacing(), dtype=np.float64)
    is_usable = bool(np.all(np.isfinite(direction)) and np.all(np.isfinite(spacing)) and np.all(spacing > 0))
    if not is_usable or np.abs(direction.T @ direction - np.eye(3)).max() > _DIRECTION_TOLERANCE:
        raise GeometryError("the axes of the image are not perpendicular", path.name, "resample it to a regular grid")
    # The nearest rotation: what a NIfTI quaternion meant before it was rounded.
    left, _, right = np.linalg.svd(direction)
    affine = np.eye(4)
    affine[:3, :3] = (left @ right * spacing)[:, ::-1]
    affine[:3, 3] = image.GetOrigin()
    return affine


def _guess_modality(array: NDArray[np.float32]) -> Modality:
    share = float(np.count_nonzero(array < _CT_BELOW_HU)) / array.size
    return Modality.CT if share > _CT_SHARE else Modality.MR


def _suffix_of(path: Path, suffixes: tuple[str, ...]) -> str | None:
    return next((suffix for suffix in suffixes if path.name.lower().endswith(suffix)), None)


@contextlib.contextmanager
def _quiet_itk() -> Iterator[None]:
    """Nothing of ITK on stderr: its NIfTI library writes there directly, with the file's name."""
    with open(os.devnull, "wb") as sink:
        keep = os.dup(2)
        os.dup2(sink.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(keep, 2)
            os.close(keep)
