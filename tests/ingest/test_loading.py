from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from spineseg.domain.quality import QualityCode
from spineseg.domain.study import ChosenSeries
from spineseg.domain.volume import Modality, make_grid, sample_at, to_patient
from spineseg.errors import GeometryError, InputError, UnreadableStudyError
from spineseg.ingest import discover, load_volume, loading
from spineseg.ingest.decoding import LOWEST_HU, decode_planes
from spineseg.phantom.dicom import CtProtocol, write_series
from spineseg.phantom.enhanced import write_enhanced
from tests.ingest.series import (
    CT,
    STIR,
    T2,
    X,
    Y,
    Z,
    assert_shows_content,
    choose,
    content,
    edit,
    grid_of,
    header_of,
    write,
)

_COS, _SIN = np.cos(np.radians(20)), np.sin(np.radians(20))
GRIDS = {
    "axial": grid_of(),
    "axial from above": grid_of(-Z, Y, -X),
    "axial turned over": grid_of(Z, -Y, -X),
    "sagittal": grid_of(X, -Z, Y),
    "sagittal from the right": grid_of(-X, -Z, Y),
    "coronal": grid_of(Y, -Z, X),
    "oblique": grid_of(_COS * Z + _SIN * Y, _COS * Y - _SIN * Z, X),
    "left-handed": grid_of(-Z, Y, X),
}


def _only(folder: Path) -> ChosenSeries:
    ((series,),) = (study.series for study in discover(folder))
    return choose(series)


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("patient_position", ["HFS", "FFS"])
def test_every_orientation_shows_the_same_patient(
    tmp_path: Path, name: str, reverse: bool, patient_position: str
) -> None:
    """However slices are turned, numbered and the patient laid, each voxel lies where its value belongs."""
    header = header_of(T2, patient_position=patient_position)
    write_series(tmp_path, GRIDS[name], header, reverse=reverse)

    volume = load_volume(_only(tmp_path))

    assert volume.image.array.size == GRIDS[name].array.size
    assert_shows_content(volume.image)


@pytest.mark.parametrize("protocol", [CT, T2, STIR])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("transfer_syntax", [RLELossless, JPEGLSLossless, JPEG2000Lossless])
def test_enhanced(tmp_path: Path, protocol: CtProtocol, reverse: bool, transfer_syntax: str) -> None:
    """Frames of an enhanced CT or MR, in either order and compressed, are the same patient."""
    grid = grid_of(X, -Z, Y, shape=(6, 40, 36))
    write_enhanced(tmp_path, grid, header_of(protocol), reverse=reverse, transfer_syntax_uid=transfer_syntax)

    assert_shows_content(load_volume(_only(tmp_path)).image)


@pytest.mark.parametrize("transfer_syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_bare_data_sets(tmp_path: Path, transfer_syntax: str) -> None:
    """Files without preamble and meta information, as old archives keep them, load like any other."""
    for path in write_series(tmp_path, grid_of(), header_of(CT), transfer_syntax_uid=transfer_syntax):
        meta_length = int(pydicom.dcmread(path).file_meta.FileMetaInformationGroupLength)
        path.write_bytes(path.read_bytes()[128 + 4 + 12 + meta_length :])

    assert_shows_content(load_volume(_only(tmp_path)).image)


def test_what_a_volume_is(tmp_path: Path) -> None:
    """A volume is float32, cannot be written to, and carries modality, frame of reference and series."""
    write(tmp_path)
    chosen = _only(tmp_path)

    volume = load_volume(chosen)

    assert volume.image.array.dtype == np.float32
    assert not volume.image.array.flags.writeable
    assert volume.modality is Modality.CT
    assert volume.series_instance_uid == chosen.series.series_instance_uid
    assert volume.image.frame_of_reference_uid == chosen.series.frame_of_reference_uid
    assert volume.quality == ()


def test_frame_of_reference_of_its_own(tmp_path: Path) -> None:
    """Without a usable frame of reference a series gets one that no other series shares, the same every time."""
    uids = []
    for number in (1, 2):
        for path in write(tmp_path / str(number), number=number):
            edit(path, lambda one: delattr(one, "FrameOfReferenceUID"))
        uids += [load_volume(_only(tmp_path / str(number))).image.frame_of_reference_uid for _ in range(2)]

    assert uids[0] == uids[1] != uids[2] == uids[3]
    assert all(uids)


def test_mixed_rescale(tmp_path: Path) -> None:
    """Slices with slopes and intercepts of their own come out in the same HU."""
    paths = write(tmp_path)

    def rescale_by_half(dataset: pydicom.Dataset) -> None:
        dataset.PixelData = (dataset.pixel_array * 2).tobytes()
        dataset.RescaleSlope = "0.5"

    for path in paths[::2]:
        edit(path, rescale_by_half)

    assert_shows_content(load_volume(_only(tmp_path)).image)


@pytest.mark.parametrize("tilt_deg", [15.0, -12.0])
def test_gantry_tilt_is_resampled_and_said(tmp_path: Path, tilt_deg: float) -> None:
    """Slices shifted by a tilted gantry show the patient on a regular grid, and the volume says so."""
    grid = grid_of(shape=(9, 30, 24))
    shift_mm = 3.0 * np.tan(np.radians(tilt_deg))
    points = to_patient(grid, np.moveaxis(np.indices(grid.spatial_shape), 0, -1))
    points[..., 1] += shift_mm * np.arange(9)[:, None, None]
    paths = write_series(tmp_path, make_grid(content(points), grid.affine), header_of(CT))
    for path, corner in zip(paths, points[:, 0, 0], strict=True):
        edit(path, lambda one, corner=corner: setattr(one, "ImagePositionPatient", [f"{v:.6f}" for v in corner]))

    volume = load_volume(_only(tmp_path))

    assert [note.code for note in volume.quality] == [QualityCode.SHEARED_ACQUISITION]
    places = to_patient(volume.image, np.moveaxis(np.indices(volume.image.spatial_shape), 0, -1))
    inside = volume.image.array > LOWEST_HU
    # Slices lose up to a voxel at the edge and interpolate rounded values.
    assert inside.sum() >= 0.9 * grid.array.size
    interior = inside & np.roll(inside, 1, axis=1) & np.roll(inside, -1, axis=1)
    assert np.abs(volume.image.array - content(places))[interior].max() <= 1.0
    np.testing.assert_allclose(sample_at(volume.image, points[4, 15, 12]), content(points[4, 15, 12]), atol=1.0)


def _nan(dataset: pydicom.Dataset) -> None:
    dataset.add_new("ImagePositionPatient", "LO", ["nan", "nan", "nan"])


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def _set(keyword: str, value: object) -> Callable[[Path], None]:
    return lambda path: edit(path, lambda one: setattr(one, keyword, value))


# One defect in one file, as in ../shared/dicom/dicom.md section 5, where other readers go wrong silently.
ONE_FILE = {
    "truncated pixels": _truncate,
    "position is NaN": lambda path: edit(path, _nan),
    "position is absent": lambda path: edit(path, lambda one: delattr(one, "ImagePositionPatient")),
    "position of its neighbour": _set("ImagePositionPatient", [-10, 20, -27]),
    "slice is missing": Path.unlink,
    "file is empty": lambda path: path.write_bytes(b""),
    "other orientation": _set("ImageOrientationPatient", [1, 0, 0, 0, _COS, _SIN]),
    "other frame of reference": _set("FrameOfReferenceUID", "1.2.3"),
    "other matrix": lambda path: edit(path, lambda one: (setattr(one, "Rows", 24), setattr(one, "Columns", 20))),
    "other pixel spacing": _set("PixelSpacing", [0.9, 0.7]),
    "zero pixel spacing": _set("PixelSpacing", [0, 0]),
    "negative pixel spacing": _set("PixelSpacing", [-0.8, 0.7]),
    "slice off its place": _set("ImagePositionPatient", [-10, 20, -20]),
    "65535 rows and columns": lambda path: edit(
        path, lambda one: (setattr(one, "Rows", 65535), setattr(one, "Columns", 65535))
    ),
    "no pixels": lambda path: edit(path, lambda one: delattr(one, "PixelData")),
}


@pytest.mark.parametrize("defect", ONE_FILE)
@pytest.mark.parametrize("protocol", [CT, T2])
def test_defects_are_found(tmp_path: Path, defect: str, protocol: CtProtocol) -> None:
    """A defect in one slice is never silent: nothing that contains the place of that slice is loaded."""
    paths = write(tmp_path, protocol)
    ONE_FILE[defect](paths[2])

    (study,) = discover(tmp_path)

    for series in study.series:
        with pytest.raises(InputError) as caught:
            load_volume(choose(series))
        assert "series 1" in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda path: path.unlink(), UnreadableStudyError),
        (_set("ImagePositionPatient", [-10, 20, -21.5]), GeometryError),
        (_set("SOPInstanceUID", "1.2.3"), UnreadableStudyError),
        (lambda path: edit(path, _nan), GeometryError),
    ],
)
def test_files_that_change_after_discovery(
    tmp_path: Path, change: Callable[[Path], None], error: type[InputError]
) -> None:
    """Loading trusts the files and not what discovery remembers of them."""
    paths = write(tmp_path)
    chosen = _only(tmp_path)
    change(paths[3])

    with pytest.raises(error):
        load_volume(chosen)


def test_memory_budget(tmp_path: Path) -> None:
    """A series larger than the budget is refused before any of its files is opened."""
    paths = write(tmp_path)
    chosen = _only(tmp_path)
    for path in paths:
        path.unlink()

    with pytest.raises(UnreadableStudyError, match="MiB allowed"):
        load_volume(chosen, memory_budget_bytes=6 * 20 * 24 * 4 - 1)


def test_one_huge_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that claims more pixels than the budget is refused by its header, before its pixels are touched."""
    paths = write(tmp_path)
    chosen = _only(tmp_path)
    edit(paths[0], lambda one: (setattr(one, "Rows", 65535), setattr(one, "Columns", 65535)))
    monkeypatch.setattr(loading, "decode_planes", lambda *_, **__: pytest.fail("decoded"))

    with pytest.raises(UnreadableStudyError, match="decoded pixels would exceed 2048 MiB"):
        load_volume(chosen)


def test_other_modality(tmp_path: Path) -> None:
    """A series that is neither MR nor CT is refused in words."""
    write(tmp_path)
    chosen = _only(tmp_path)

    with pytest.raises(UnreadableStudyError, match="not MR or CT"):
        load_volume(replace(chosen, series=replace(chosen.series, modality="PT")))


@pytest.mark.real_data
def test_nine_transfer_syntaxes(shared_data: Path) -> None:
    """One real MR slice in nine transfer syntaxes decodes to the same pixels."""
    folder = shared_data / "transfer_syntaxes_dcm_qa" / "In"
    images = []
    for path in sorted(folder.glob("*.dcm")):
        dataset = pydicom.dcmread(path)
        out = np.empty((1, dataset.Rows, dataset.Columns), dtype=np.float32)
        decode_planes(dataset, (0,), modality=Modality.MR, out=out)
        images.append(out)

    assert len(images) == 9
    assert images[0].std() > 0
    for image in images[1:]:
        np.testing.assert_array_equal(image, images[0])


@pytest.mark.real_data
def test_real_enhanced(shared_data: Path) -> None:
    """Real enhanced MR of two vendors loads as volumes, magnitude and phase apart."""
    folder = shared_data / "enhanced_multiframe_dcm_qa" / "In"

    philips = [load_volume(choose(one)) for one in discover(folder / "Philips")[0].series]
    siemens = [load_volume(choose(one)) for one in discover(folder / "Siemens")[0].series]

    assert [volume.image.array.shape for volume in philips] == [(32, 64, 64)] * 2
    assert [volume.image.array.min() < 0 for volume in philips] == [False, True]
    assert [volume.image.array.shape for volume in siemens] == [(6, 64, 64)] * 4


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("notavolume/001", "one slice is no volume"),
        ("sliceincrement/001", "10.00 mm after slice 3 of 4"),
        ("sliceincrement/002", "slices are missing"),
    ],
)
def test_real_geometry_faults(shared_data: Path, fault: str, reason: str) -> None:
    """Real series that are no volume are refused with the reason."""
    (study,) = discover(shared_data / "geometry_faults_dicom2nifti" / "failing" / fault)

    for series in study.series:
        with pytest.raises(GeometryError, match=reason):
            load_volume(choose(series))


@pytest.mark.real_data
def test_real_orientations_are_not_mixed(shared_data: Path) -> None:
    """A real folder that mixes two orientations gives two volumes of two slices and never one of four."""
    (study,) = discover(shared_data / "geometry_faults_dicom2nifti" / "failing" / "sliceorientation" / "001")

    assert [load_volume(choose(series)).image.array.shape[0] for series in study.series] == [2, 2]


@pytest.mark.real_data
def test_real_gantry_tilt(shared_data: Path) -> None:
    """A real head CT of 14 degrees tilt is resampled and says so."""
    (study,) = discover(shared_data / "geometry_faults_dicom2nifti" / "failing" / "gantrytilting" / "001")

    volume = load_volume(choose(study.series[0]))

    assert [note.code for note in volume.quality] == [QualityCode.SHEARED_ACQUISITION]
    assert volume.image.array.shape[1] > 512


@pytest.mark.real_data
def test_real_feet_first_ct(shared_data: Path) -> None:
    """A real feet-first CT loads with z to the head, in HU, in CPU time that a person does not notice."""
    (study,) = discover(shared_data / "ct_thoracic_dicom")

    start = time.process_time()
    volume = load_volume(choose(study.series[0]))
    seconds = time.process_time() - start

    image = volume.image
    expected = [[0, 0, 0.78125, -201], [0, 0.78125, 0, -59], [1, 0, 0, -679.8], [0, 0, 0, 1]]
    np.testing.assert_allclose(image.affine, expected, atol=1e-3)
    assert image.array.shape == (275, 512, 512)
    assert image.array.min() >= LOWEST_HU
    assert 1500 < image.array.max() < 3072  # HU; cortical bone, no metal
    assert -1010 < np.percentile(image.array, 5) < -980  # HU of the air around the patient
    assert seconds < 6.0  # [s] 0.6 to 1.4 measured
