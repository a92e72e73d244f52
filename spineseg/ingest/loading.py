"""ChosenSeries -> Volume: pixels in the order of their positions, on a regular grid in patient space."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import FileDataset
from scipy import ndimage

from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.domain.study import ChosenSeries, Instance, Series
from spineseg.domain.uids import derive_uid
from spineseg.domain.volume import Modality, Volume, make_grid
from spineseg.errors import GeometryError, UnreadableStudyError
from spineseg.ingest.decoding import LOWEST_HU, check_file_size, decode_planes
from spineseg.ingest.geometry import SliceGeometry, Stack, stack_slices
from spineseg.ingest.header import read_frames
from spineseg.ingest.reading import MalformedFileError, quiet_pydicom, read_with_pixels

# 2000 slices of 512 x 512 in float32; the whole job is to fit in 4 GB [P].
MEMORY_BUDGET_BYTES = 2 * 2**30


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Planes:
    """Decoded slices in the order of the files.

    Parameters
    ----------
    image : (slice, row, column) float32
    """

    image: NDArray[np.float32]
    geometry: list[SliceGeometry]


def load_volume(chosen: ChosenSeries, *, memory_budget_bytes: int = MEMORY_BUDGET_BYTES) -> Volume:
    """Read the pixels of a series.

    Slices are ordered by position along their normal; instance numbers and file names play no part. Slices that
    a tilted gantry shifts against each other are resampled to a regular grid, which the volume's quality says.

    Parameters
    ----------
    memory_budget_bytes
        Of the image, and of the decoded pixels of any one file.

    Raises
    ------
    GeometryError
        The slices do not make a volume.
    UnreadableStudyError
        A file cannot be decoded, or the series is larger than the memory budget.
    """
    series = chosen.series
    where = f"series {series.series_number}" if series.series_number is not None else "series without number"
    if series.modality not in set(Modality):
        raise UnreadableStudyError("modality is not MR or CT", where)
    modality = Modality(series.modality)
    if series.geometry_fault:
        raise GeometryError(series.geometry_fault, where, "send the complete original series")
    try:
        with quiet_pydicom():
            planes = _read_planes(series, modality, memory_budget_bytes)
    except MalformedFileError as error:
        raise UnreadableStudyError(str(error), where, "send the series again") from error
    stack = stack_slices(planes.geometry, where=where)
    image, affine = _arranged(planes.image, stack, outside=LOWEST_HU if modality is Modality.CT else 0.0)
    uid = series.series_instance_uid
    # A series without a usable frame of reference gets one of its own: it can be compared with no other.
    frame_uid = series.frame_of_reference_uid or derive_uid(uid, str(series.part), "frame of reference")
    note = QualityNote(code=QualityCode.SHEARED_ACQUISITION, series_instance_uid=uid)
    return Volume(
        image=make_grid(image, affine, frame_uid),
        modality=modality,
        role=chosen.role,
        series_instance_uid=uid,
        quality=(note,) if stack.is_sheared else (),
    )


def _read_planes(series: Series, modality: Modality, budget_bytes: int) -> _Planes:
    shape = (series.number_of_slices, series.rows, series.columns)
    _check_image_size(shape, budget_bytes)
    image = np.empty(shape, dtype=np.float32)
    geometry: list[SliceGeometry] = []
    for position, instance in enumerate(series.instances, start=1):
        try:
            dataset = read_with_pixels(instance.path)
            check_file_size(dataset, budget_bytes)
            frames = _frames_of(instance, dataset)
            target = image[len(geometry) : len(geometry) + len(frames)]
            decode_planes(dataset, frames, modality=modality, out=target)
            every = read_frames(dataset)
            geometry.extend(every[frame].geometry for frame in frames)
        except MalformedFileError as error:
            raise MalformedFileError(f"file {position} of {len(series.instances)}: {error}") from error
    return _Planes(image=image, geometry=geometry)


def _check_image_size(shape: Iterable[int], budget_bytes: int) -> None:
    sizes = np.asarray(tuple(shape), dtype=np.float64)  # a product of Python floats cannot overflow
    if not np.all(sizes > 0):
        raise MalformedFileError("the matrix is empty")
    needed = float(np.prod(sizes)) * np.dtype(np.float32).itemsize
    if needed > budget_bytes:
        raise MalformedFileError(f"the image needs {needed / 2**20:.0f} MiB of {budget_bytes // 2**20} MiB allowed")


def _frames_of(instance: Instance, dataset: FileDataset) -> tuple[int, ...]:
    frames = instance.frames or tuple(range(instance.number_of_frames))
    if str(dataset.SOPInstanceUID) != instance.sop_instance_uid:
        raise MalformedFileError("the file changed since the folder was read")
    return frames


def _arranged(
    image: NDArray[np.float32], stack: Stack, *, outside: float
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Slices in order, unsheared where they are sheared, with the affine of the result."""
    is_sorted = bool(np.all(np.diff(stack.order) == 1))
    is_reversed = bool(np.all(np.diff(stack.order) == -1))
    ordered = image if is_sorted else image[::-1] if is_reversed else image[stack.order]
    if not stack.is_sheared:
        return ordered, stack.affine
    return _unsheared(ordered, stack, outside=outside)


def _unsheared(
    image: NDArray[np.float32], stack: Stack, *, outside: float
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Resample sheared slices on the smallest regular grid, of the same voxel size, that holds them all.

    Slice k of the source lies k * shear away from slice k of a grid that is perpendicular to the slices.
    """
    pixel_mm = np.linalg.norm(stack.affine[:3, 1:3], axis=0)
    shear_voxels = stack.shear_mm / pixel_mm
    drift_voxels = shear_voxels * (len(image) - 1)
    start = np.floor(np.minimum(drift_voxels, 0.0))
    stop = np.ceil(np.maximum(drift_voxels, 0.0))
    shape = (len(image), *(np.asarray(image.shape[1:]) + (stop - start).astype(int)))
    index_map = np.eye(3)
    index_map[1:, 0] = -shear_voxels
    result = ndimage.affine_transform(
        image, index_map, offset=[0.0, *start], output_shape=shape, order=1, mode="constant", cval=outside
    )
    affine = stack.affine.copy()
    affine[:3, 3] += affine[:3, 1:3] @ start
    return result, affine
