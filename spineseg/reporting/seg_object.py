"""Labels on frames + segment descriptions -> DICOM SEG: highdicom writes what it says, the masks are laid in beside.

Highdicom compares every pixel of every frame with every segment and packs whole frames, which takes most of the time
that a report takes. Only what it says of each frame depends on whether a segment is there, so that it is given
a stand-in: frames of one row with one pixel a segment. The masks are then packed from the rows that hold something.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from highdicom.seg import Segmentation as DicomSegmentation
from highdicom.seg import SegmentationTypeValues, SegmentDescription
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from spineseg.errors import ReportError
from spineseg.reporting.context import (
    ANATOMY_SERIES,
    DEVICE_SERIAL_NUMBER,
    LESION_SERIES,
    MANUFACTURER,
    MODEL_NAME,
    ResultContext,
    finish,
)
from spineseg.reporting.filled import filled_box
from spineseg.reporting.seg_frames import name_sources, share_groups, stand_in
from spineseg.reporting.seg_pixels import pixel_data
from spineseg.reporting.source import Source


def build_object(
    source: Source,
    labels: NDArray[np.uint8],
    segments: Sequence[tuple[int, SegmentDescription]],
    context: ResultContext,
    *,
    position: int,
    kind: str,
) -> Dataset:
    """A SEG on the frames of its source.

    Parameters
    ----------
    labels : (frame, row, column)
    segments
        Value in `labels` and description of each segment, in the order of their numbers; each has a pixel.
    position
        Of the series among the inputs, from 0.
    kind
        `anatomy` or `lesions`.

    Raises
    ------
    ReportError
        Highdicom refuses the geometry of the source.
    """
    numbers = np.zeros(256, dtype=np.uint8)
    numbers[[value for value, _ in segments]] = np.arange(1, len(segments) + 1)
    names = (source.series.series_instance_uid, str(source.series.part))
    with _refusals():
        dataset = DicomSegmentation(
            source_images=[stand_in(source, columns=len(segments))],
            pixel_array=_presence(labels, numbers),
            segmentation_type=(
                SegmentationTypeValues.LABELMAP if context.seg_type.is_labelmap else SegmentationTypeValues.BINARY
            ),
            segment_descriptions=[description for _, description in segments],
            series_instance_uid=context.uid(kind, "series", *names),
            series_number=(ANATOMY_SERIES if kind == "anatomy" else LESION_SERIES) + position,
            sop_instance_uid=context.uid(kind, "instance", *names),
            instance_number=1,
            manufacturer=MANUFACTURER,
            manufacturer_model_name=MODEL_NAME,
            software_versions=context.software_versions,
            device_serial_number=DEVICE_SERIAL_NUMBER,
            content_label=f"SPINE_{kind.upper()}",
            content_description=f"{kind.capitalize()} of the spine, automatic, research use only",
            transfer_syntax_uid=ExplicitVRLittleEndian,
            omit_empty_frames=True,
            series_description=f"spineseg {kind} (research use only)",
        )
    _fix_dimension_uid(dataset, context.uid(kind, "dimension", *names))
    planes = name_sources(dataset, source)
    _lay_in(dataset, labels, numbers, planes, context.seg_type.transfer_syntax_uid)
    finish(dataset, context, source.patient_study)
    return dataset


def values_by_frame(labels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which values occur on each frame: (frame, 256)."""
    box = filled_box(labels)
    found = np.zeros((len(labels), 256), dtype=bool)
    if box is not None:
        found[box[0]] = [np.bincount(frame.reshape(-1), minlength=256) > 0 for frame in labels[box]]
    return found


def _presence(labels: NDArray[np.uint8], numbers: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Stand-ins of the masks: (frame, 1, segment), a segment's number where the frame holds it."""
    values = np.flatnonzero(numbers)
    values = values[np.argsort(numbers[values])]
    return np.where(values_by_frame(labels)[:, None, values], numbers[values], 0).astype(np.uint8)


def _lay_in(
    dataset: Dataset, labels: NDArray[np.uint8], numbers: NDArray[np.uint8], planes: Sequence[int], syntax: UID
) -> None:
    """Replace the stand-ins by the masks themselves."""
    dataset.Rows, dataset.Columns = labels.shape[1:]
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData = pixel_data(dataset, labels, numbers, planes)
    share_groups(dataset, planes)


@contextmanager
def _refusals() -> Iterator[None]:
    """Highdicom's refusals of a geometry as an error of ours, since they may quote values."""
    try:
        yield
    except ValueError as error:
        raise ReportError("a segmentation object cannot be built on the source series") from error


def _fix_dimension_uid(dataset: Dataset, uid: str) -> None:
    """Replace the UID that highdicom draws at random."""
    for item in (*dataset.DimensionOrganizationSequence, *dataset.DimensionIndexSequence):
        item.DimensionOrganizationUID = uid
