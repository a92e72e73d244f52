"""DICOM SEG -> Segments: the masks of its segments in patient space, with their names and tracking UIDs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import highdicom
import numpy as np
from highdicom.seg import SegmentationTypeValues
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.errors import InvalidDicomError
from pydicom.uid import UID

from spineseg.domain import labels
from spineseg.domain.volume import LabelMap, make_grid
from spineseg.errors import UnreadableStudyError

# A fractional segment (occupancy or probability, PS3.3 C.8.20.2.3) belongs to a voxel from half on.
LEAST_FRACTION = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One segment.

    Parameters
    ----------
    number
        Segment Number (0062,0004).
    anatomy
        Value of `domain.labels` that its label or property type says; 0 where it is no anatomy.
    tracking_uid
        Tracking UID (0062,0021); None without one.
    """

    number: int
    anatomy: int
    tracking_uid: str | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segments:
    """Masks of a SEG.

    Parameters
    ----------
    numbers : (slice, row, column) uint8
        Place of the segment in `segments`, from 1; where segments overlap, the last one.
    series_instance_uids
        Series that it was drawn on, as far as it says.
    """

    numbers: LabelMap
    segments: tuple[Segment, ...]
    series_instance_uids: tuple[str, ...]


def read_segments(path: Path) -> Segments:
    """BINARY, FRACTIONAL or LABELMAP SEG on any regular grid, frames of empty slices left out or not.

    Raises
    ------
    UnreadableStudyError
        The file is not a DICOM SEG on a regular grid.
    """
    try:
        dataset = highdicom.seg.Segmentation.from_dataset(dcmread(path), copy=False)
        numbers = _combined(dataset)
        segments = tuple(_segment(dataset, number) for number in dataset.segment_numbers)
    except (InvalidDicomError, ValueError, RuntimeError, TypeError, AttributeError, KeyError, OSError) as error:
        raise UnreadableStudyError("not a readable DICOM SEG", path.name, "give a SEG on a regular grid") from error
    referenced = dataset.get("ReferencedSeriesSequence") or ()
    return Segments(
        numbers=numbers,
        segments=segments,
        series_instance_uids=tuple(str(one.SeriesInstanceUID) for one in referenced),
    )


def _combined(dataset: highdicom.seg.Segmentation) -> LabelMap:
    if dataset.segmentation_type is not SegmentationTypeValues.FRACTIONAL:
        combined = dataset.get_volume(combine_segments=True, relabel=True, skip_overlap_checks=True, dtype=np.uint8)
        return make_grid(combined.array, combined.affine, combined.frame_of_reference_uid)
    volume = dataset.get_volume(combine_segments=False)
    numbers: NDArray[np.uint8] = np.zeros(tuple(volume.spatial_shape), dtype=np.uint8)
    for channel in range(volume.array.shape[-1]):
        numbers[volume.array[..., channel] >= LEAST_FRACTION] = channel + 1
    return make_grid(numbers, volume.affine, volume.frame_of_reference_uid)


def _segment(dataset: highdicom.seg.Segmentation, number: int) -> Segment:
    description = dataset.get_segment_description(number)
    tracking = description.tracking_uid
    return Segment(
        number=int(number),
        anatomy=_anatomy(description),
        tracking_uid=str(tracking) if tracking is not None and UID(tracking).is_valid else None,
    )


def _anatomy(description: highdicom.seg.SegmentDescription) -> int:
    """Our own SEG says "(assumed)" or "(level not known)" behind the name; other programs' codes say it too."""
    name = str(description.segment_label).split(" (")[0].lower()
    code = description.segmented_property_type
    told = (code.value, code.scheme_designator)
    by_name = (label.value for label in labels.ANATOMY.values() if label.name.lower() == name)
    by_code = (
        label.value
        for label in labels.ANATOMY.values()
        if (label.code.value, label.code.scheme_designator) == told
    )  # fmt: skip
    return next(by_name, next(by_code, labels.BACKGROUND))
