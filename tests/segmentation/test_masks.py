from __future__ import annotations

from pathlib import Path

import highdicom
import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sr.codedict import codes
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from spineseg.domain import labels
from spineseg.domain.quality import QualityCode
from spineseg.domain.uids import derive_uid
from spineseg.domain.volume import ImageGrid, Modality, SeriesRole, Volume, make_grid, same_grid
from spineseg.errors import SettingsError, UnreadableStudyError
from spineseg.segmentation.imagefile import write_grid
from spineseg.segmentation.instances import label_spine
from spineseg.segmentation.masks import MaskSegmenter, split_vertebrae
from tests.segmentation.spines import ToySpine

# (slice, row, column) = (z upwards, y to posterior, x to the left), 1.5 mm.
AXIAL = np.array([[0, 0, 1.5, -40.0], [0, 1.5, 0, -50.0], [1.5, 0, 0, -90.0], [0, 0, 0, 1]])


def volume_on(grid: ImageGrid) -> Volume:
    """An empty CT on a grid."""
    image = make_grid(np.zeros(tuple(grid.spatial_shape), np.float32), grid.affine)
    return Volume(image=image, modality=Modality.CT, role=SeriesRole.CT, series_instance_uid="1.2.3")


def axial(array: NDArray[np.uint8]) -> ImageGrid:
    """(x, y, z) as axial slices."""
    return make_grid(np.ascontiguousarray(array.transpose(2, 1, 0)), AXIAL)


@pytest.fixture(scope="module")
def spine() -> ImageGrid:
    """Anatomy labels of a toy spine, axial slices."""
    return axial(label_spine(ToySpine(heights=(28, 27)).grids()[0], 1.5).anatomy)


def test_our_own_labels_come_back(spine: ImageGrid, tmp_path: Path) -> None:
    """A file with our values on the same grid is taken as it is."""
    write_grid(spine, tmp_path / "labels.nii.gz")

    result = MaskSegmenter(tmp_path / "labels.nii.gz")(volume_on(spine))

    np.testing.assert_array_equal(result.anatomy.array, spine.array)
    assert result.algorithm.segmenter == "masks"
    assert [note.code for note in result.quality] == [QualityCode.LESIONS_NOT_ASSESSED]


def test_masks_are_brought_to_another_grid_by_their_affine(spine: ImageGrid, tmp_path: Path) -> None:
    """Sagittal slices over the same patient get the same structures at the same places."""
    write_grid(spine, tmp_path / "labels.mha")
    columns = np.asarray(AXIAL)[:, [2, 0, 1, 3]]
    sagittal = make_grid(np.ascontiguousarray(spine.array.transpose(2, 0, 1)), columns)

    result = MaskSegmenter(tmp_path / "labels.mha")(volume_on(sagittal))

    assert same_grid(result.anatomy, sagittal)
    np.testing.assert_array_equal(result.anatomy.array, sagittal.array)


def test_bodies_and_arches_are_told_apart_by_the_canal(spine: ImageGrid) -> None:
    """What lies before the canal is body, what lies behind is not."""
    classes, truth = ToySpine(heights=(28, 27)).grids()
    member = axial(classes).array

    subregions = split_vertebrae(spine)

    bone = axial(truth).array > 0
    assert np.mean(subregions[bone & (member == 1)] == labels.VERTEBRAL_BODY) > 0.97
    assert np.mean(subregions[bone & (member == 2)] == labels.POSTERIOR_ELEMENTS) > 0.85
    assert np.all(subregions[~bone & (spine.array == 0)] == 0)


def test_totalsegmentator_values_are_translated(tmp_path: Path) -> None:
    """C1, T12, L1, L5, S1, sacrum and cord of its "total" table get our values; organs get none."""
    theirs = np.zeros((4, 8, 8), np.uint8)
    theirs[0, 0, :8] = (50, 32, 31, 27, 26, 25, 79, 5)
    grid = make_grid(theirs, AXIAL)
    write_grid(grid, tmp_path / "total.nii.gz")

    result = MaskSegmenter(tmp_path / "total.nii.gz")(volume_on(grid))

    names = labels.VERTEBRA_VALUES
    assert result.anatomy.array[0, 0].tolist() == [
        names["C1"], names["T12"], names["L1"], names["L5"], labels.SACRUM, labels.SACRUM, labels.SPINAL_CANAL, 0,
    ]  # fmt: skip


def test_lesions_beside_the_anatomy_are_taken(spine: ImageGrid, tmp_path: Path) -> None:
    """NAME-lesions is read with NAME: parts numbered from cranial, whatever their compartment values."""
    lesions = np.zeros_like(spine.array)
    lesions[10:13, 20:25, 20:25] = 4
    lesions[40:43, 20:25, 20:25] = 1
    write_grid(spine, tmp_path / "labels.nii.gz")
    write_grid(make_grid(lesions, AXIAL), tmp_path / "labels-lesions.nii.gz")

    result = MaskSegmenter(tmp_path / "labels.nii.gz")(volume_on(spine))

    assert (result.lesions.array[11, 22, 22], result.lesions.array[41, 22, 22]) == (2, 1)
    assert not result.quality


def segmentation_object(array: NDArray[np.uint8], names: dict[int, str], *, first_mm: float = -90.0) -> Dataset:
    """Binary SEG of an axial stack, one segment a value."""
    sources = []
    study, series, frame = (derive_uid("test", name) for name in ("study", "series", "frame"))
    for index in range(array.shape[0]):
        source = Dataset()
        source.file_meta = FileMetaDataset()
        source.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        source.SOPClassUID, source.SOPInstanceUID = CTImageStorage, derive_uid("test", str(index))
        source.StudyInstanceUID, source.SeriesInstanceUID, source.FrameOfReferenceUID = study, series, frame
        source.PatientID = source.PatientName = source.PatientBirthDate = source.PatientSex = ""
        source.StudyID = source.AccessionNumber = source.StudyDate = source.StudyTime = ""
        source.ReferringPhysicianName = source.Manufacturer = ""
        source.Modality, source.Rows, source.Columns, source.SeriesNumber = "CT", *array.shape[1:], 1
        source.PixelSpacing, source.SliceThickness = [1.5, 1.5], 1.5
        source.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        source.ImagePositionPatient = [-40.0, -50.0, first_mm + 1.5 * index]
        sources.append(source)
    descriptions = [
        highdicom.seg.SegmentDescription(
            segment_number=number,
            segment_label=label,
            segmented_property_category=codes.SCT.AnatomicalStructure,
            segmented_property_type=codes.SCT.Neoplasm,
            algorithm_type="MANUAL",
        )
        for number, label in enumerate(names.values(), start=1)
    ]
    table = np.zeros(256, np.uint8)
    table[list(names)] = np.arange(1, len(names) + 1)
    return highdicom.seg.Segmentation(
        source_images=sources, pixel_array=table[array], segmentation_type="BINARY", segment_descriptions=descriptions,
        series_instance_uid=derive_uid("test", "seg"), series_number=2, sop_instance_uid=derive_uid("test", "seg", "1"),
        instance_number=1, manufacturer="test", manufacturer_model_name="test", software_versions="1",
        device_serial_number="1",
    )  # fmt: skip


def test_a_dicom_seg_is_read_by_names_and_codes(spine: ImageGrid, tmp_path: Path) -> None:
    """Segments of our label names come back as our values on the source's grid."""
    part = make_grid(spine.array[30:38], AXIAL @ np.array([[1.0, 0, 0, 30], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]))
    present = [int(value) for value in np.unique(part.array) if value]
    names = [labels.ANATOMY[value].name + (" (level not known)" if value < 60 else "") for value in present]
    dataset = segmentation_object(part.array, dict(zip(present, names, strict=True)), first_mm=-45.0)
    dataset.save_as(tmp_path / "anatomy.seg.dcm")

    result = MaskSegmenter(tmp_path / "anatomy.seg.dcm")(volume_on(spine))

    np.testing.assert_array_equal(result.anatomy.array[30:38], part.array)
    assert not result.anatomy.array[:30].any()


def test_a_dicom_seg_of_lesions_is_refused_as_anatomy(spine: ImageGrid, tmp_path: Path) -> None:
    """Segments that are no anatomy serve --lesions only."""
    lesions = np.zeros_like(spine.array)
    lesions[40:43, 20:25, 20:25] = 1
    segmentation_object(lesions, {1: "Metastasis"}).save_as(tmp_path / "lesions.dcm")

    with pytest.raises(SettingsError, match="no anatomy"):
        MaskSegmenter(tmp_path / "lesions.dcm")


def test_masks_that_cannot_be_ours_are_refused(tmp_path: Path) -> None:
    """Unknown values, an unreadable file and a missing one: each its own line."""
    write_grid(make_grid(np.full((3, 3, 3), 200, np.uint8), AXIAL), tmp_path / "odd.nii.gz")
    (tmp_path / "text.nii.gz").write_text("x")

    with pytest.raises(SettingsError, match="unknown values"):
        MaskSegmenter(tmp_path / "odd.nii.gz")
    with pytest.raises(UnreadableStudyError):
        MaskSegmenter(tmp_path / "text.nii.gz")
    with pytest.raises(SettingsError, match="no mask file"):
        MaskSegmenter(tmp_path / "missing.nii.gz")
