"""Image file or DICOM SEG -> grid in patient space, and label map -> file; orientation only through the affine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import SimpleITK
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.errors import InvalidDicomError

from spineseg.domain import labels
from spineseg.domain.volume import LabelMap, make_grid
from spineseg.errors import UnreadableStudyError

# SimpleITK declares no types for the methods of its classes.
_ITK: Any = SimpleITK

IMAGE_SUFFIXES = (".nii.gz", ".nii", ".mha", ".mhd", ".nrrd")


def read_grid(path: Path) -> LabelMap:
    """Image or label file as a grid (slice, row, column); NIfTI's RAS is turned to LPS by SimpleITK.

    Raises
    ------
    UnreadableStudyError
        The file cannot be read or is not three-dimensional.
    """
    try:
        image = _ITK.ReadImage(str(path))
    except RuntimeError as error:
        raise UnreadableStudyError("not a readable image file", path.name, "use NIfTI, MHA or NRRD") from error
    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
        raise UnreadableStudyError("image is not three-dimensional", path.name, "give one volume")
    # SimpleITK indexes (x, y, z) and its arrays (z, y, x): the affine's columns are reversed with them.
    steps = np.reshape(image.GetDirection(), (3, 3)) * np.asarray(image.GetSpacing())
    affine = np.eye(4)
    affine[:3, :3] = steps[:, ::-1]
    affine[:3, 3] = image.GetOrigin()
    return make_grid(_ITK.GetArrayFromImage(image), affine)


def write_grid(grid: LabelMap, path: Path) -> None:
    """Grid as NIfTI, MHA or NRRD, by the name's ending."""
    affine = np.asarray(grid.affine, dtype=np.float64)
    steps = affine[:3, :3][:, ::-1]
    spacing = np.linalg.norm(steps, axis=0)
    image = _ITK.GetImageFromArray(np.ascontiguousarray(grid.array))
    image.SetOrigin(affine[:3, 3].tolist())
    image.SetSpacing(spacing.tolist())
    image.SetDirection((steps / spacing).ravel().tolist())
    _ITK.WriteImage(image, str(path), useCompression=True)


def read_segmentation_object(path: Path) -> tuple[LabelMap, bool]:
    """DICOM SEG as label values of `domain.labels`.

    Returns
    -------
    labels : (slice, row, column) uint8
        By each segment's label, else by its property type code; segments of neither are left out.
    is_lesions
        Whether no segment is anatomy: then the values are segment numbers.

    Raises
    ------
    UnreadableStudyError
        The file is not a DICOM SEG on a regular grid.
    """
    try:
        segmentation = highdicom.seg.Segmentation.from_dataset(dcmread(path), copy=False)
        volume = segmentation.get_volume(combine_segments=False)
    except (InvalidDicomError, ValueError, RuntimeError, TypeError, AttributeError, OSError) as error:
        raise UnreadableStudyError("not a readable DICOM SEG", path.name, "give a SEG on a regular grid") from error
    values = [_label_value(segmentation, number) for number in segmentation.segment_numbers]
    is_lesions = not any(values)
    result: NDArray[np.uint8] = np.zeros(volume.spatial_shape, dtype=np.uint8)
    for channel, (number, value) in enumerate(zip(segmentation.segment_numbers, values, strict=True)):
        result[volume.array[..., channel] > 0] = number if is_lesions else value
    return make_grid(result, volume.affine, volume.frame_of_reference_uid), is_lesions


def _label_value(segmentation: highdicom.seg.Segmentation, number: int) -> int:
    description = segmentation.get_segment_description(number)
    by_name = {label.name.lower(): label.value for label in labels.ANATOMY.values()}
    # Our own SEG says "(assumed)" or "(level not known)" behind the name.
    name = str(description.segment_label).split(" (")[0].lower()
    if name in by_name:
        return by_name[name]
    code = description.segmented_property_type
    for label in labels.ANATOMY.values():
        if (label.code.value, label.code.scheme_designator) == (code.value, code.scheme_designator):
            return label.value
    return labels.BACKGROUND
