"""Source -> one stand-in image for highdicom's SEG; and the SEG's frames -> the source's own files and frames.

Highdicom takes single-frame images or one multi-frame file, and asks the tables of the standard of every single-frame
image anew. So any source stands as one multi-frame image, and the frames are given their true files afterwards: that
also serves a volume that lies in several multi-frame files.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag, Tag
from pydicom.uid import EnhancedMRImageStorage

from spineseg.reporting.source import Source

_PLANE_POSITION, _DERIVATION = Tag("PlanePositionSequence"), Tag("DerivationImageSequence")
_SEGMENT = Tag("SegmentIdentificationSequence")


def stand_in(source: Source, *, columns: int) -> Dataset:
    """A multi-frame image of one row on the frames of a source.

    Parameters
    ----------
    columns
        Pixels of the row.
    """
    image = Dataset()
    image.update(source.headers[0])  # shares the elements: they are replaced, never changed
    image["SOPClassUID"] = DataElement("SOPClassUID", "UI", EnhancedMRImageStorage)
    image["Rows"], image["Columns"] = DataElement("Rows", "US", 1), DataElement("Columns", "US", columns)
    image["NumberOfFrames"] = DataElement("NumberOfFrames", "IS", len(source.positions_mm))
    if not source.multi_frame:
        image.SharedFunctionalGroupsSequence = [_shared_groups(source.headers[0])]
    groups = [group for header in source.headers for group in _frame_groups(header)]
    image["PerFrameFunctionalGroupsSequence"] = DataElement("PerFrameFunctionalGroupsSequence", "SQ", groups)
    return image


def name_sources(dataset: Dataset, source: Source) -> list[int]:
    """Make a SEG built on a stand-in name the source's own files, and frame numbers where it is multi-frame.

    Returns
    -------
    list of int
        Index of the source frame that each frame of the SEG lies on.
    """
    groups = dataset.PerFrameFunctionalGroupsSequence
    items = [group[_DERIVATION].value[0].SourceImageSequence[0] for group in groups]
    planes = [int(item.ReferencedFrameNumber) - 1 for item in items]
    for plane, item in dict(zip(planes, items, strict=True)).items():  # frames on one plane share the item
        item.ReferencedSOPClassUID = source.headers[0].SOPClassUID
        item.ReferencedSOPInstanceUID = source.sop_instance_uids[plane]
        if source.multi_frame:
            item.ReferencedFrameNumber = source.frame_numbers[plane]
        else:
            del item.ReferencedFrameNumber
    files = [_reference(header) for header in source.headers]
    dataset.SourceImageSequence = files
    dataset.ReferencedSeriesSequence[0].ReferencedInstanceSequence = files
    return planes


def share_groups(dataset: Dataset, planes: Sequence[int]) -> None:
    """Let frames on one source frame share the very elements that say so, and frames of a segment its name.

    They are equal already; `frame_bytes` encodes an element that stands in many frames once.

    Parameters
    ----------
    planes
        Source frame of each frame of the SEG.
    """
    known: dict[tuple[BaseTag, int], DataElement] = {}
    for group, plane in zip(dataset.PerFrameFunctionalGroupsSequence, planes, strict=True):
        keys = [(_PLANE_POSITION, plane), (_DERIVATION, plane)]
        if _SEGMENT in group:
            keys.append((_SEGMENT, int(group[_SEGMENT].value[0].ReferencedSegmentNumber)))
        for key in keys:
            group[key[0]] = known.setdefault(key, group[key[0]])


def _shared_groups(header: Dataset) -> Dataset:
    """Orientation and pixel measures of a single-frame image as a multi-frame one keeps them."""
    orientation, measures, groups = Dataset(), Dataset(), Dataset()
    orientation["ImageOrientationPatient"] = header["ImageOrientationPatient"]
    for keyword in ("PixelSpacing", "SliceThickness"):
        measures[keyword] = header[keyword]
    groups.PlaneOrientationSequence, groups.PixelMeasuresSequence = [orientation], [measures]
    return groups


def _frame_groups(header: Dataset) -> Sequence[Dataset]:
    """Position of each frame of a file."""
    if "PerFrameFunctionalGroupsSequence" in header:
        groups: Sequence[Dataset] = header.PerFrameFunctionalGroupsSequence
        return groups
    place, group = Dataset(), Dataset()
    place["ImagePositionPatient"] = header["ImagePositionPatient"]
    group.PlanePositionSequence = [place]
    return [group]


def _reference(header: Dataset) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = header.SOPClassUID, header.SOPInstanceUID
    return item
