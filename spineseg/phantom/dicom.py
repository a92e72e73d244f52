"""Rendered image + SeriesHeader -> DICOM series: conformant single-frame CT and MR files, same bytes every time."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import highdicom
import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, MRImageStorage
from pydicom.valuerep import format_number_as_ds

from spineseg.domain.uids import derive_uid
from spineseg.domain.volume import Modality, spacing_mm, to_patient

# Stored value 0 is this HU, the lower end of the usual 12-bit CT scale (PS3.3 C.8.2.1).
HU_OF_ZERO = -1024.0
_LARGEST_STORED = 2**16 - 1  # unsigned 16 bit

# A fixed instant, so that the same phantom gives the same bytes.
EPOCH = datetime(2026, 1, 1, 12, 0, 0)

_IMPLEMENTATION_CLASS_UID = derive_uid("implementation", "phantom")


@dataclass(frozen=True, slots=True, kw_only=True)
class MrProtocol:
    """Acquisition of an MR series (PS3.3 C.8.3.1), times in ms.

    Parameters
    ----------
    scanning_sequence, sequence_variant
        Defined terms: SE, IR, GR, EP, RM; SK, MTC, SS, TRSS, SP, MP, OSP, NONE.
    contrast_bolus_agent
        Empty where no contrast agent was given.
    """

    repetition_time_ms: float
    echo_time_ms: float
    inversion_time_ms: float | None = None
    echo_train_length: int = 1
    flip_angle_deg: float = 90.0
    scanning_sequence: tuple[str, ...] = ("SE",)
    sequence_variant: tuple[str, ...] = ("NONE",)
    scan_options: tuple[str, ...] = ()
    acquisition_type: str = "2D"
    contrast_bolus_agent: str = ""
    field_strength_t: float = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class CtProtocol:
    """Acquisition of a CT series (PS3.3 C.8.2.1)."""

    kvp: float = 120.0
    convolution_kernel: str = "B30"
    contrast_bolus_agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesHeader:
    """What a synthetic series says about itself; orientation and spacing come from the grid's affine.

    Parameters
    ----------
    patient_position
        HFS, FFS, HFP, ... (PS3.3 C.7.3.1.1.2).
    slice_thickness_mm
        None: as thick as the slices are apart.
    image_type
        Empty: original and primary.
    acquired_at
        Every date and time of the files.
    """

    protocol: MrProtocol | CtProtocol
    study_instance_uid: str
    series_instance_uid: str
    frame_of_reference_uid: str
    series_number: int
    patient_position: str = "HFS"
    slice_thickness_mm: float | None = None
    series_description: str = ""
    body_part_examined: str = "SPINE"
    image_type: tuple[str, ...] = ()
    patient_id: str = "SPINESEG-PHANTOM"
    acquired_at: datetime = EPOCH

    @property
    def modality(self) -> Modality:
        """MR or CT."""
        return Modality.MR if isinstance(self.protocol, MrProtocol) else Modality.CT


def write_series(
    folder: Path,
    grid: highdicom.Volume,
    header: SeriesHeader,
    *,
    reverse: bool = False,
    transfer_syntax_uid: str = ExplicitVRLittleEndian,
) -> list[Path]:
    """Write one file a slice.

    Parameters
    ----------
    folder
        Made where it does not exist.
    grid : (slice, row, column) float
        HU for CT; for MR any unit between 0 and 65535. Values are rounded and clipped to 16 bits.
    reverse
        Whether instance numbers and file names run against the slice index.
    transfer_syntax_uid
        A native syntax or a lossless one that pydicom encodes (RLE, JPEG-LS, JPEG 2000, deflated).

    Returns
    -------
    list of Path
        In the order of the grid's slices.
    """
    folder.mkdir(parents=True, exist_ok=True)
    positions = slice_positions(grid)
    template = _template(grid, header)
    meta = file_meta(template.SOPClassUID, transfer_syntax_uid)
    paths: list[Path] = []
    for index, (image, position) in enumerate(zip(grid.array, positions, strict=True)):
        number = len(positions) - index if reverse else index + 1
        template.SOPInstanceUID = derive_uid(header.series_instance_uid, "slice", str(index))
        template.InstanceNumber = number
        template.ImagePositionPatient = decimal_strings(position)
        path = folder / f"{header.series_number:03d}-{number:04d}.dcm"
        path.write_bytes(encode(template, meta, stored_values(image, header.modality), transfer_syntax_uid))
        paths.append(path)
    return paths


def stored_values(image: NDArray[np.generic], modality: Modality) -> NDArray[np.uint16]:
    """Image to unsigned 16-bit stored values; CT with `HU_OF_ZERO` as rescale intercept."""
    offset = HU_OF_ZERO if modality is Modality.CT else 0.0
    shifted = np.asarray(image, dtype=np.float32) - np.float32(offset)
    stored: NDArray[np.uint16] = np.clip(np.rint(shifted), 0, _LARGEST_STORED).astype("<u2")
    return stored


def slice_positions(grid: highdicom.Volume) -> NDArray[np.float64]:
    """Centre of the first voxel of each slice: (slice, 3) [mm, LPS]."""
    indices = np.zeros((grid.spatial_shape[0], 3))
    indices[:, 0] = np.arange(grid.spatial_shape[0])
    return to_patient(grid, indices)


def orientation_of(grid: highdicom.Volume) -> list[str]:
    """Image Orientation (Patient): direction of growing column index, then of growing row index."""
    directions = np.asarray(grid.affine, dtype=np.float64)[:3, :3] / spacing_mm(grid)
    return decimal_strings(np.concatenate([directions[:, 2], directions[:, 1]]))


def decimal_strings(values: ArrayLike) -> list[str]:
    """Numbers as DS of at most 16 characters (PS3.5 6.2)."""
    return [decimal_string(value) for value in np.asarray(values, dtype=np.float64)]


def decimal_string(value: float) -> str:
    """One number as DS."""
    return str(format_number_as_ds(float(value) + 0.0))  # + 0.0 turns -0.0 into 0.0


def file_meta(sop_class_uid: UID, transfer_syntax_uid: str) -> FileMetaDataset:
    """File meta information that does not change with pydicom's version."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class_uid
    meta.TransferSyntaxUID = UID(transfer_syntax_uid)
    meta.ImplementationClassUID = UID(_IMPLEMENTATION_CLASS_UID)
    meta.ImplementationVersionName = "SPINESEG"
    return meta


def encode(dataset: Dataset, meta: FileMetaDataset, pixels: NDArray[np.uint16], transfer_syntax_uid: str) -> bytes:
    """Bytes of a DICOM file with `pixels` in it; `dataset` and `meta` are used as templates and changed."""
    syntax = UID(transfer_syntax_uid)
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta = meta
    if syntax.is_encapsulated:
        meta.TransferSyntaxUID = ExplicitVRLittleEndian  # what `compress` starts from
        dataset.compress(syntax, arr=pixels, generate_instance_uid=False)
    else:
        # pydicom writes the bytes of OW as they are.
        dataset.PixelData = pixels.astype("<u2" if syntax.is_little_endian else ">u2", copy=False).tobytes()
        dataset["PixelData"].VR = "OW"
    meta.TransferSyntaxUID = syntax
    buffer = io.BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()


def _template(grid: highdicom.Volume, header: SeriesHeader) -> Dataset:
    """Everything that the slices of a series share."""
    dataset = study_and_series(header)
    dataset.SOPClassUID = MRImageStorage if header.modality is Modality.MR else CTImageStorage
    row_mm, column_mm = spacing_mm(grid)[1:]
    slice_mm = float(spacing_mm(grid)[0])
    dataset.ImageOrientationPatient = orientation_of(grid)
    dataset.PixelSpacing = decimal_strings((row_mm, column_mm))
    dataset.SliceThickness = decimal_string(header.slice_thickness_mm or slice_mm)
    dataset.Rows, dataset.Columns = (int(size) for size in grid.spatial_shape[1:])
    add_pixel_description(dataset)
    if isinstance(header.protocol, MrProtocol):
        dataset.ImageType = list(header.image_type or ("ORIGINAL", "PRIMARY", "OTHER"))
        dataset.SpacingBetweenSlices = decimal_string(slice_mm)
        _add_mr(dataset, header.protocol)
    else:
        dataset.ImageType = list(header.image_type or ("ORIGINAL", "PRIMARY", "AXIAL"))
        _add_ct(dataset, header.protocol)
    if header.protocol.contrast_bolus_agent:
        dataset.ContrastBolusAgent = header.protocol.contrast_bolus_agent
    return dataset


def study_and_series(header: SeriesHeader) -> Dataset:
    """Patient, study, series, equipment and frame of reference modules; the patient is plainly synthetic."""
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    for level in ("Study", "Series", "Acquisition", "Content"):
        setattr(dataset, f"{level}Date", header.acquired_at.strftime("%Y%m%d"))
        setattr(dataset, f"{level}Time", header.acquired_at.strftime("%H%M%S"))
    dataset.PatientName = "SPINESEG^PHANTOM"
    dataset.PatientID = header.patient_id
    dataset.PatientBirthDate = ""
    dataset.PatientSex = "O"
    dataset.AccessionNumber = ""
    dataset.ReferringPhysicianName = ""
    dataset.StudyID = "1"
    dataset.StudyDescription = "Synthetic spine phantom"
    dataset.StudyInstanceUID = header.study_instance_uid
    dataset.Modality = header.modality.value
    dataset.SeriesInstanceUID = header.series_instance_uid
    dataset.SeriesNumber = header.series_number
    dataset.SeriesDescription = header.series_description
    dataset.BodyPartExamined = header.body_part_examined
    dataset.PatientPosition = header.patient_position
    dataset.FrameOfReferenceUID = header.frame_of_reference_uid
    dataset.PositionReferenceIndicator = ""
    dataset.Manufacturer = "spineseg"
    dataset.ManufacturerModelName = "phantom"
    dataset.DeviceSerialNumber = "0"
    dataset.SoftwareVersions = "phantom"
    dataset.AcquisitionNumber = 1
    return dataset


def add_pixel_description(dataset: Dataset) -> None:
    """Unsigned 16-bit grey values."""
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = 16
    dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = 0


def _add_mr(dataset: Dataset, protocol: MrProtocol) -> None:
    dataset.ScanningSequence = list(protocol.scanning_sequence)
    dataset.SequenceVariant = list(protocol.sequence_variant)
    dataset.ScanOptions = list(protocol.scan_options)
    dataset.MRAcquisitionType = protocol.acquisition_type
    dataset.RepetitionTime = decimal_string(protocol.repetition_time_ms)
    dataset.EchoTime = decimal_string(protocol.echo_time_ms)
    dataset.EchoTrainLength = protocol.echo_train_length
    dataset.FlipAngle = decimal_string(protocol.flip_angle_deg)
    dataset.MagneticFieldStrength = decimal_string(protocol.field_strength_t)
    if protocol.inversion_time_ms is not None:
        dataset.InversionTime = decimal_string(protocol.inversion_time_ms)


def _add_ct(dataset: Dataset, protocol: CtProtocol) -> None:
    dataset.KVP = decimal_string(protocol.kvp)
    dataset.ConvolutionKernel = protocol.convolution_kernel
    dataset.RescaleIntercept = decimal_string(HU_OF_ZERO)
    dataset.RescaleSlope = "1"
    dataset.RescaleType = "HU"
