"""Miniatures of the public sets, each with the traits of its set that loaders stumble over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import SimpleITK
from numpy.typing import ArrayLike, NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sr.codedict import codes
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from spineseg.domain.uids import derive_uid

_ITK: Any = SimpleITK
Bytes = NDArray[np.uint8]

# (z from feet to head, y to posterior, x to the left), isotropic; the column stands away from the middle.
SHAPE = (48, 40, 36)
SPACING_MM = 4.0


def column(values: tuple[int, ...], *, discs: tuple[int, ...] = (), canal: int = 0) -> Bytes:
    """Blocks of a vertebra each, from the head down, with discs between and a canal behind."""
    labels = np.zeros(SHAPE, np.uint8)
    height = 40 // len(values)
    for number, value in enumerate(values):
        top = 46 - number * height
        labels[top - height + 2 : top, 10:20, 12:22] = value
        if number < len(discs):
            labels[top - height : top - height + 2, 10:20, 12:22] = discs[number]
    if canal:
        labels[4:46, 20:24, 15:19] = canal
    return labels


def image_of(labels: Bytes, *, seed: int = 0) -> NDArray[np.int16]:
    """Bright where something is labelled, with some noise."""
    rng = np.random.default_rng(seed)
    return (rng.normal(40, 10, labels.shape) + 400.0 * (labels > 0)).astype(np.int16)


def itk_image(array: NDArray[np.generic], *, direction: ArrayLike | None = None, spacing: float = SPACING_MM) -> Any:
    """ITK image of a (z, y, x) array around the origin."""
    image = _ITK.GetImageFromArray(np.ascontiguousarray(array))
    image.SetSpacing([spacing] * 3)
    matrix = np.eye(3) if direction is None else np.asarray(direction, dtype=np.float64)
    image.SetDirection(matrix.ravel().tolist())
    image.SetOrigin((-matrix @ (np.array(array.shape)[::-1] * spacing / 2)).tolist())
    return image


def write(image: Any, path: Path) -> Path:
    """Write an ITK image, its folder made where missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _ITK.WriteImage(image, str(path))
    return path


def oriented(image: Any, code: str) -> Any:
    """The same patient with the axes of an orientation code such as PIR."""
    return _ITK.DICOMOrient(image, code)


def spider(folder: Path) -> Path:
    """Oblique sagittal slices as .mha, vertebrae from the bottom, T1 and T2 of a patient on grids of their own."""
    labels = column((3, 2, 1), discs=(203, 202, 201), canal=100)
    angle = np.deg2rad(12.0)
    tilt = [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]]
    for name, part in (("1_t1", slice(0, 48)), ("1_t2", slice(0, 46)), ("2_t2", slice(0, 48))):
        seed = sum(name.encode())
        for kind, array in (("images", image_of(labels, seed=seed)), ("masks", labels)):
            sagittal = oriented(itk_image(array[part], direction=tilt), "PIR")
            write(sagittal, folder / kind / f"{name}.mha")
    (folder / "overview.csv").write_text(
        "sex,new_file_name,subset\nF,1_t1,training\nF,1_t2,training\nM,2_t2,validation\n"
    )
    return folder


def verse(folder: Path, *, values: tuple[int, ...] = (18, 19, 28, 20)) -> Path:
    """PIR axes, a float64 mask whose header has sform only, centroids in voxels, T13 = 28 between T12 and L1."""
    labels = column(values)
    raw = folder / "dataset-01training" / "rawdata" / "sub-verse004"
    derived = folder / "dataset-01training" / "derivatives" / "sub-verse004"
    write(oriented(itk_image(image_of(labels)), "PIR"), raw / "sub-verse004_ct.nii.gz")
    mask = oriented(itk_image(labels.astype(np.float64)), "PIR")
    plain = write(mask, derived / "sub-verse004_seg-vert_msk.nii")
    header = bytearray(plain.read_bytes())
    header[252:256] = np.array([0, 2], np.int16).tobytes()  # qform_code 0, sform_code 2
    plain.unlink()
    import gzip

    (derived / "sub-verse004_seg-vert_msk.nii.gz").write_bytes(gzip.compress(bytes(header)))
    array = _ITK.GetArrayFromImage(mask)
    points: list[dict[str, object]] = [{"direction": ["P", "I", "R"]}]
    for value in values:
        centre = np.argwhere(array == value).mean(axis=0)[::-1].tolist()
        points.append({"label": value, **dict(zip("XYZ", centre, strict=True))})
    (derived / "sub-verse004_seg-subreg_ctd.json").write_text(json.dumps(points))
    return folder


def ctspine1k(folder: Path, *, shift_voxels: float = 1e-3) -> Path:
    """Dotted file names, a mask whose header is a little off, splits under headers in a text file."""
    names = ("1.3.6.1.4.1.9328.50.4.0001", "1.3.6.1.4.1.9328.50.4.0002")
    for seed, name in enumerate(names):
        labels = column((19, 20, 21))
        raw = folder / "raw_data"
        write(itk_image(image_of(labels, seed=seed)), raw / "volumes" / "COLONOG" / f"{name}.nii.gz")
        mask = itk_image(labels)
        mask.SetOrigin([one + shift_voxels * SPACING_MM for one in mask.GetOrigin()])
        write(mask, raw / "labels" / "COLONOG" / f"{name}_seg.nii.gz")
    (folder / "metadata").mkdir()
    (folder / "metadata" / "data_split.txt").write_text(
        f"trainset:\n{names[0]}.nii.gz\n\ntest_public:\n{names[1]}.nii.gz\ntest_private:\n"
    )
    return folder


def totalsegmentator(folder: Path, *, image: str = "ct.nii.gz") -> Path:
    """A byte order mark and semicolons in meta.csv, binary files, empty ones for what is not in view."""
    labels = column((24, 26)) if image == "ct.nii.gz" else column((9, 9, 9), discs=(8, 8))
    ct = {"vertebrae_L5": 24, "sacrum": 26, "vertebrae_S1": 26, "vertebrae_C1": 1, "spinal_cord": 99}
    mr = {"vertebrae": 9, "intervertebral_discs": 8, "spinal_cord": 99}
    subject = folder / "s0000"
    write(itk_image(image_of(labels)), subject / image)
    for name, value in (ct if image == "ct.nii.gz" else mr).items():
        write(itk_image((labels == value).astype(np.uint8)), subject / "segmentations" / f"{name}.nii.gz")
    (folder / "meta.csv").write_text("image_id;age;split\ns0000;60;val\n", encoding="utf-8-sig")
    return folder


def dicom_series(folder: Path, array: NDArray[np.int16], key: str, *, patient: str = "10250") -> list[Dataset]:
    """A CT series of axial slices whose names sort otherwise than their places: 1.dcm, 10.dcm, 2.dcm ..."""
    folder.mkdir(parents=True)
    slices = []
    for number, plane in enumerate(array[::-1], start=1):
        one = Dataset()
        one.file_meta = FileMetaDataset()
        one.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        one.SOPClassUID, one.SOPInstanceUID = CTImageStorage, derive_uid(key, str(number))
        one.file_meta.MediaStorageSOPClassUID = one.SOPClassUID
        one.file_meta.MediaStorageSOPInstanceUID = one.SOPInstanceUID
        one.StudyInstanceUID, one.SeriesInstanceUID = derive_uid(key, "study"), derive_uid(key, "series")
        one.FrameOfReferenceUID = derive_uid(key, "frame")
        one.PatientID, one.PatientName, one.PatientBirthDate, one.PatientSex = patient, "", "", ""
        one.StudyID, one.StudyDate, one.StudyTime, one.AccessionNumber = "", "", "", ""
        one.ReferringPhysicianName, one.Manufacturer = "", ""
        one.Modality, one.SeriesNumber, one.InstanceNumber = "CT", 5, number
        one.ImageType, one.PatientPosition = ["ORIGINAL", "PRIMARY", "AXIAL"], "HFS"
        x, y = (-plane.shape[1] * SPACING_MM / 2, -plane.shape[0] * SPACING_MM / 2)
        one.ImagePositionPatient = [x, y, (len(array) / 2 - number) * SPACING_MM]
        one.ImageOrientationPatient, one.PixelSpacing = [1, 0, 0, 0, 1, 0], [SPACING_MM, SPACING_MM]
        one.SliceThickness, one.RescaleIntercept, one.RescaleSlope = SPACING_MM, 0, 1
        one.Rows, one.Columns = plane.shape
        one.SamplesPerPixel, one.PhotometricInterpretation = 1, "MONOCHROME2"
        one.BitsAllocated, one.BitsStored, one.HighBit, one.PixelRepresentation = 16, 16, 15, 1
        one.PixelData = np.ascontiguousarray(plane).tobytes()
        one.save_as(folder / f"{number}.dcm", enforce_file_format=True)
        slices.append(one)
    return slices


def segmentation(path: Path, slices: list[Dataset], labels: Bytes, named: Mapping[str, int]) -> Path:
    """A multi-frame SEG whose segments are in the order of `named`, known by their labels."""
    from highdicom.seg import SegmentationTypeValues, SegmentDescription

    descriptions = [
        SegmentDescription(
            segment_number=number,
            segment_label=name,
            segmented_property_category=codes.SCT.AnatomicalStructure,
            segmented_property_type=codes.SCT.Bone,
            algorithm_type=highdicom.seg.SegmentAlgorithmTypeValues.MANUAL,
        )
        for number, name in enumerate(named, start=1)
    ]
    masks = np.stack([labels[::-1] == value for value in named.values()], axis=-1).astype(np.uint8)
    result = highdicom.seg.Segmentation(
        source_images=slices, pixel_array=masks, segmentation_type=SegmentationTypeValues.BINARY,
        segment_descriptions=descriptions, series_instance_uid=derive_uid(str(path), "seg"), series_number=300,
        sop_instance_uid=derive_uid(str(path), "object"), instance_number=1, manufacturer="x",
        manufacturer_model_name="x", software_versions="1", device_serial_number="1",
    )  # fmt: skip
    path.parent.mkdir(parents=True)
    result.save_as(path)
    return path


def spine_mets(folder: Path) -> Path:
    """Spaces in names, two series folders, segment numbers not in the order of the spine."""
    labels = column((18, 19, 20))
    study = folder / "manifest-1" / "Spine-Mets-CT-SEG" / "10250" / "04-04-2009-NA-SpineSPINEBONESBRT Adult-04098"
    slices = dicom_series(study / "5.000000-Axial iMAR-27242", image_of(labels), "mets")
    named = {"L1 vertebra": 20, "T11 vertebra": 18, "T12 vertebra": 19}
    segmentation(study / "300.000000-Spine Segmentation-86171" / "1-1.dcm", slices, labels, named)
    return folder


def rsna2022(folder: Path, *, uid: str = "1.2.826.0.1.3680043.10001") -> Path:
    """Slices 1.dcm to 48.dcm, the mask in sagittal storage that only its affine explains."""
    labels = column((6, 7, 8))
    dicom_series(folder / "train_images" / uid, image_of(labels, seed=len(uid)), uid)
    mask = itk_image(labels)
    # The series' first voxel: x and y as in `dicom_series`, z of its lowest slice.
    depth, rows, columns = labels.shape
    mask.SetOrigin([-columns * SPACING_MM / 2, -rows * SPACING_MM / 2, -depth / 2 * SPACING_MM])
    write(oriented(mask, "ASR"), folder / "segmentations" / f"{uid}.nii")
    return folder


def cspineseg(folder: Path) -> Path:
    """All bodies in value 1 and all discs in value 2, `_SEG` behind the image's name."""
    labels = column((1, 1, 1), discs=(2, 2))
    name = "593973-000001-000005"
    write(itk_image(image_of(labels)), folder / f"{name}.nii.gz")
    write(itk_image(labels), folder / f"{name}_SEG.nii.gz")
    return folder
