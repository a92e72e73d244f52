"""Masks -> DICOM SEG as viewers write it: any type, empty frames left out or not, several segments."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import highdicom
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from spineseg.domain.uids import derive_uid
from spineseg.domain.volume import ImageGrid, Modality, SeriesRole, Volume, make_grid

FRAME = derive_uid("test", "frame of reference")
SERIES = derive_uid("test", "series")
# (slice, row, column) = (z upwards, y to posterior, x to the left), 3 mm slices of 1 mm pixels.
AXIAL = np.array([[0, 0, 1.0, -20.0], [0, 1.0, 0, -20.0], [3.0, 0, 0, -30.0], [0, 0, 0, 1]])
SHAPE = (20, 40, 40)
NEOPLASM = Code("108369006", "SCT", "Neoplasm")


def volume_on(affine: NDArray[np.float64], shape: tuple[int, int, int], *, frame: str | None, uid: str) -> Volume:
    """An empty axial T2."""
    image = make_grid(np.zeros(shape, np.float32), affine, frame)
    return Volume(image=image, modality=Modality.MR, role=SeriesRole.AXIAL_T2, series_instance_uid=uid)


def write_seg(
    path: Path,
    masks: Mapping[str, NDArray[np.bool_]],
    *,
    kind: str = "BINARY",
    fraction: float = 1.0,
    frame: str = FRAME,
    tracked: bool = False,
    code: Code = NEOPLASM,
) -> Path:
    """SEG on the axial grid, one segment a mask."""
    stacked = np.stack(list(masks.values()), axis=-1)
    pixels = {"FRACTIONAL": lambda: stacked * fraction, "LABELMAP": lambda: _numbers(stacked)}.get(
        kind, lambda: stacked.astype(np.uint8)
    )()
    dataset = highdicom.seg.Segmentation(
        source_images=[_source(index, frame) for index in range(SHAPE[0])], pixel_array=pixels,
        segmentation_type=kind, segment_descriptions=[
            _description(number, name, tracked=tracked, code=code) for number, name in enumerate(masks, start=1)
        ],
        series_instance_uid=derive_uid("test", "seg"), series_number=2, instance_number=1, manufacturer="test",
        sop_instance_uid=derive_uid("test", "seg", path.name), manufacturer_model_name="test", software_versions="1",
        device_serial_number="1", omit_empty_frames=kind != "LABELMAP",
    )  # fmt: skip
    dataset.save_as(path)
    return path


def box(*sides: tuple[int, int]) -> NDArray[np.bool_]:
    """Mask of a box on the axial grid."""
    mask = np.zeros(SHAPE, dtype=bool)
    mask[tuple(slice(*side) for side in sides)] = True
    return mask


def axial_grid(mask: NDArray[np.generic]) -> ImageGrid:
    """A mask on the axial grid."""
    return make_grid(mask.astype(np.uint8), AXIAL, FRAME)


def _numbers(stacked: NDArray[np.bool_]) -> NDArray[np.uint8]:
    numbers: NDArray[np.uint8] = (stacked * np.arange(1, stacked.shape[-1] + 1)).max(axis=-1).astype(np.uint8)
    return numbers


def _description(number: int, name: str, *, tracked: bool, code: Code) -> highdicom.seg.SegmentDescription:
    return highdicom.seg.SegmentDescription(
        segment_number=number, segment_label=name, segmented_property_type=code,
        segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure, algorithm_type="MANUAL",
        tracking_uid=derive_uid("tracked", name) if tracked else None, tracking_id=name if tracked else None,
    )  # fmt: skip


def _source(index: int, frame: str) -> Dataset:
    source = Dataset()
    source.file_meta = FileMetaDataset()
    source.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    source.SOPClassUID, source.SOPInstanceUID = CTImageStorage, derive_uid("test", str(index))
    source.StudyInstanceUID, source.SeriesInstanceUID = derive_uid("test", "study"), SERIES
    source.FrameOfReferenceUID = frame
    source.PatientID = source.PatientName = source.PatientBirthDate = source.PatientSex = ""
    source.StudyID = source.AccessionNumber = source.StudyDate = source.StudyTime = ""
    source.ReferringPhysicianName = source.Manufacturer = ""
    source.Modality, source.Rows, source.Columns, source.SeriesNumber = "CT", *SHAPE[1:], 1
    source.PixelSpacing, source.SliceThickness, source.SpacingBetweenSlices = [1.0, 1.0], 3.0, 3.0
    source.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    source.ImagePositionPatient = [-20.0, -20.0, -30.0 + 3.0 * index]
    return source
