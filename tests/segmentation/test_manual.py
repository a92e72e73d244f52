"""Tests of spineseg.segmentation.manual."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.labels import SPINAL_CORD
from spineseg.domain.quality import QualityCode, QualityNote
from spineseg.domain.rigid import Rigid, move_grid, same_place
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.uids import derive_uid
from spineseg.domain.volume import SeriesRole, Volume, like, make_grid
from spineseg.errors import InputError, SettingsError
from spineseg.segmentation.imagefile import write_grid
from spineseg.segmentation.manual import WithoutLesions, place_lesions, read_drawn_lesions, with_lesions
from spineseg.segmentation.masks import MaskSegmenter
from tests.segmentation.drawn import AXIAL, FRAME, SERIES, SHAPE, axial_grid, box, volume_on, write_seg

LOW, HIGH = box((4, 7), (10, 20), (10, 20)), box((12, 15), (5, 12), (25, 33))
AXIAL_T2 = volume_on(AXIAL, SHAPE, frame=FRAME, uid=SERIES)
SAGITTAL_STEPS = np.array([[4.0, 0, 0, -20], [0, 0, 1.0, -20], [0, -1.0, 0, 28], [0, 0, 0, 1]])
SAGITTAL_T2 = volume_on(SAGITTAL_STEPS, (10, 60, 40), frame=FRAME, uid="1.2.5")


def masks_of(volume: Volume, *codes: QualityCode) -> Segmentation:
    """Empty masks with doubts."""
    empty = like(volume.image, np.zeros(tuple(volume.image.spatial_shape), np.uint8))
    return Segmentation(
        anatomy=empty, subregions=empty, lesions=empty, modality=volume.modality, role=volume.role,
        series_instance_uid=volume.series_instance_uid,
        algorithm=AlgorithmIdentity(name="test", version="1", segmenter="test"),
        quality=tuple(QualityNote(code=code, series_instance_uid=volume.series_instance_uid) for code in codes),
    )  # fmt: skip


def test_segments_and_their_parts_are_lesions_from_cranial(tmp_path: Path) -> None:
    """Two segments, one of two parts: three lesions, the most cranial is 1; anatomy segments are none."""
    second = LOW | box((16, 18), (30, 35), (2, 6))
    drawn = read_drawn_lesions(
        write_seg(tmp_path / "s.dcm", {"a": HIGH, "b": second, "Spinal cord": box((0, 20), (0, 3), (0, 3))})
    )

    (placed,) = place_lesions(drawn, [AXIAL_T2], {})

    assert placed is not None
    np.testing.assert_array_equal(placed.array, 2 * HIGH + 3 * LOW + (second & ~LOW))
    assert sorted(drawn.tracking_uids) == [1, 2, 3]


def test_an_image_file_gives_the_same_as_a_seg(tmp_path: Path) -> None:
    """NIfTI and NRRD with any values are placed as the SEG of the same masks; a fraction is one from half on."""
    expected = 2 * LOW + 1 * HIGH
    write_grid(axial_grid(LOW * 9 + HIGH * 40), tmp_path / "drawn.nii.gz")
    write_grid(
        make_grid((LOW * 0.7 + HIGH * 0.9 + box((0, 2), (0, 9), (0, 9)) * 0.3).astype(np.float32), AXIAL),
        tmp_path / "soft.nrrd",
    )

    for name in ("drawn.nii.gz", "soft.nrrd"):
        (placed,) = place_lesions(read_drawn_lesions(tmp_path / name), [AXIAL_T2], {})
        assert placed is not None
        np.testing.assert_array_equal(placed.array, expected)


def test_every_series_of_the_frame_gets_the_same_numbers(tmp_path: Path) -> None:
    """Drawn on the axial series, both lesions keep number and place on the sagittal one."""
    drawn = read_drawn_lesions(write_seg(tmp_path / "s.dcm", {"a": HIGH, "b": LOW}))

    axial, sagittal = place_lesions(drawn, [AXIAL_T2, SAGITTAL_T2], {})

    assert axial is not None
    assert sagittal is not None
    for number in (1, 2):
        volumes = [np.count_nonzero(one.array == number) * voxel for one, voxel in ((axial, 3.0), (sagittal, 4.0))]
        assert 0.7 < volumes[1] / volumes[0] < 1.3


def test_another_frame_is_reached_by_the_referenced_series_or_by_registration(tmp_path: Path) -> None:
    """A SEG whose frame is unknown goes on the series that it references; a registered series gets it moved."""
    path = write_seg(tmp_path / "s.dcm", {"a": HIGH}, frame="1.2.9")
    turn = Rigid(rotation=Rotation.from_euler("z", 15, degrees=True).as_matrix(), translation=np.array([3.0, 90, -40]))
    moved = move_grid(AXIAL_T2.image, turn, "1.2.77")
    other = replace(AXIAL_T2, image=moved, series_instance_uid="1.2.6")
    places = {SERIES: same_place(), "1.2.6": turn.inverse()}

    drawn = read_drawn_lesions(path)
    own, unrelated = place_lesions(drawn, [AXIAL_T2, other], {SERIES: same_place()})
    _, registered = place_lesions(drawn, [AXIAL_T2, other], places)

    assert own is not None
    np.testing.assert_array_equal(own.array, HIGH)
    assert unrelated is None
    assert registered is not None
    assert np.count_nonzero(registered.array != HIGH) <= 0.02 * np.count_nonzero(HIGH)


def test_a_mask_that_fits_no_series_is_one_line(tmp_path: Path) -> None:
    """Another frame, a place outside the images, no voxel, an image, two frames, no file: each its own words."""
    foreign = volume_on(AXIAL, SHAPE, frame="1.2.10", uid="1.2.11")
    away = AXIAL.copy()
    away[:3, 3] += 500
    for name, mask, affine in (
        ("out.nii.gz", HIGH, away),
        ("empty.nii.gz", HIGH & LOW, AXIAL),
        ("one.mha", HIGH, AXIAL),
    ):
        write_grid(make_grid(mask.astype(np.uint8), affine), tmp_path / name)
    write_grid(make_grid(np.arange(20 * 1600, dtype=np.int16).reshape(SHAPE), AXIAL), tmp_path / "image.nii.gz")
    shifted = AXIAL.copy()
    shifted[0, 3] += 0.5
    unlike = [volume_on(shifted, SHAPE, frame=frame, uid=frame) for frame in ("1.2.20", "1.2.21")]

    with pytest.raises(InputError, match="another frame of reference"):
        place_lesions(read_drawn_lesions(write_seg(tmp_path / "s.dcm", {"a": HIGH}, frame="1.2.9")), [foreign], {})
    with pytest.raises(InputError, match="outside the images"):
        place_lesions(read_drawn_lesions(tmp_path / "out.nii.gz"), [AXIAL_T2], {})
    with pytest.raises(InputError, match="several frames"):
        place_lesions(read_drawn_lesions(tmp_path / "one.mha"), unlike, {})
    with pytest.raises(InputError, match="is empty"):
        read_drawn_lesions(tmp_path / "empty.nii.gz")
    with pytest.raises(InputError, match="looks like an image"):
        read_drawn_lesions(tmp_path / "image.nii.gz")
    with pytest.raises(SettingsError, match="--lesions"):
        read_drawn_lesions(tmp_path / "missing.nrrd")


def test_an_image_file_goes_to_the_series_of_its_grid(tmp_path: Path) -> None:
    """Among several frames of reference, the series with the mask's own voxels is meant."""
    write_grid(axial_grid(HIGH), tmp_path / "drawn.nii.gz")
    shifted = AXIAL.copy()
    shifted[0, 3] += 0.5
    other = volume_on(shifted, SHAPE, frame="1.2.20", uid="1.2.30")

    first, second = place_lesions(read_drawn_lesions(tmp_path / "drawn.nii.gz"), [other, AXIAL_T2], {})

    assert first is None
    assert second is not None


def test_lesions_keep_the_viewers_tracking_uid_and_else_have_one_of_the_file(tmp_path: Path) -> None:
    """A tracked segment of one part keeps its UID; two readings of one file give the same UIDs."""
    tracked = read_drawn_lesions(write_seg(tmp_path / "t.dcm", {"a": HIGH}, tracked=True))
    plain = write_seg(tmp_path / "p.dcm", {"a": HIGH})

    assert tracked.tracking_uids == {1: derive_uid("tracked", "a")}
    assert read_drawn_lesions(plain).tracking_uids == read_drawn_lesions(plain).tracking_uids


def test_the_doubt_is_lifted_where_the_mask_has_a_lesion() -> None:
    """A series with lesions loses "not assessed" and keeps its other doubts; one without has it."""
    masks = masks_of(AXIAL_T2, QualityCode.LESIONS_NOT_ASSESSED, QualityCode.LEVELS_ASSUMED)

    given, without = with_lesions(masks, axial_grid(HIGH)), with_lesions(masks_of(AXIAL_T2), None)

    assert [note.code for note in given.quality] == [QualityCode.LEVELS_ASSUMED]
    np.testing.assert_array_equal(given.lesions.array, HIGH)
    assert [note.code for note in without.quality] == [QualityCode.LESIONS_NOT_ASSESSED]


def test_a_segmenter_without_lesions_is_asked_for_anatomy_only() -> None:
    """The role that makes networks look for lesions is hidden and put back; found lesions are dropped."""
    asked: list[SeriesRole] = []

    class Painter:
        algorithm = AlgorithmIdentity(name="test", version="1", segmenter="painter")

        def __call__(self, volume: Volume) -> Segmentation:
            asked.append(volume.role)
            return replace(masks_of(volume), lesions=axial_grid(HIGH))

    found = WithoutLesions(Painter())(AXIAL_T2)

    assert asked == [SeriesRole.OTHER]
    assert found.role is SeriesRole.AXIAL_T2
    assert not found.lesions.array.any()
    assert WithoutLesions(Painter()).algorithm.segmenter == "painter"


def test_masks_of_another_program_keep_their_anatomy_only(tmp_path: Path) -> None:
    """With `--segmenter masks:PATH`, lesions beside the anatomy give way to the person's."""
    write_grid(axial_grid(LOW * SPINAL_CORD), tmp_path / "masks.nii.gz")
    write_grid(axial_grid(HIGH), tmp_path / "masks-lesions.nii.gz")

    found = WithoutLesions(MaskSegmenter(tmp_path / "masks.nii.gz"))(AXIAL_T2)

    np.testing.assert_array_equal(found.anatomy.array, LOW * SPINAL_CORD)
    assert not found.lesions.array.any()
    assert [note.code for note in found.quality] == [QualityCode.LESIONS_NOT_ASSESSED]


def test_a_speck_of_the_brush_is_no_lesion_of_its_own(tmp_path: Path) -> None:
    """Two stray voxels belong to the segment's lesion; a segment that is small as a whole is a lesion."""
    speck = box((1, 2), (30, 31), (30, 32))
    one = read_drawn_lesions(write_seg(tmp_path / "a.dcm", {"a": HIGH | speck}))
    two = read_drawn_lesions(write_seg(tmp_path / "b.dcm", {"a": HIGH, "b": speck}))

    assert sorted(one.tracking_uids) == [1]
    assert np.count_nonzero(one.numbers.array) == np.count_nonzero(HIGH | speck)
    assert sorted(two.tracking_uids) == [1, 2]
