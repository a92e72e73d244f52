"""Tests of spineseg.segmentation.segments."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom.sr.coding import Code

from spineseg.domain import labels
from spineseg.domain.uids import derive_uid
from spineseg.domain.volume import resample
from spineseg.errors import UnreadableStudyError
from spineseg.segmentation.segments import read_segments
from tests.segmentation.drawn import FRAME, SERIES, axial_grid, box, write_seg

FIRST, SECOND = box((4, 7), (10, 20), (10, 20)), box((12, 15), (5, 12), (25, 33))


@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
def test_every_type_of_seg_gives_the_same_masks(kind: str, tmp_path: Path) -> None:
    """Two segments come back as 1 and 2 at their place, with the frame of reference and the series drawn on."""
    found = read_segments(write_seg(tmp_path / "seg.dcm", {"a": FIRST, "b": SECOND}, kind=kind))

    on_grid = resample(found.numbers, axial_grid(FIRST), order=0)
    np.testing.assert_array_equal(on_grid.array, FIRST * 1 + SECOND * 2)
    assert found.numbers.frame_of_reference_uid == FRAME
    assert found.series_instance_uids == (SERIES,)
    assert all(segment.anatomy == labels.BACKGROUND for segment in found.segments)


def test_fractions_below_a_half_are_left_out(tmp_path: Path) -> None:
    """A probability of 0.4 is no lesion."""
    assert not read_segments(
        write_seg(tmp_path / "s.dcm", {"a": FIRST}, kind="FRACTIONAL", fraction=0.4)
    ).numbers.array.any()


def test_frames_that_were_left_out_are_empty_and_one_frame_is_enough(tmp_path: Path) -> None:
    """A lesion drawn on two slices with a gap, or on one slice, keeps its place and thickness."""
    parted = box((3, 5), (10, 14), (10, 14)) | box((9, 10), (10, 14), (10, 14))
    single = box((8, 9), (10, 14), (10, 14))

    for name, mask in (("parted", parted), ("single", single)):
        found = read_segments(write_seg(tmp_path / f"{name}.dcm", {"a": mask}))
        np.testing.assert_array_equal(resample(found.numbers, axial_grid(mask), order=0).array, mask)


def test_anatomy_is_told_by_name_or_code(tmp_path: Path) -> None:
    """A segment called as ours, or coded as a spinal cord, is anatomy."""
    named = read_segments(write_seg(tmp_path / "n.dcm", {"T7 (assumed)": FIRST, "metastasis": SECOND}))
    coded = read_segments(write_seg(tmp_path / "c.dcm", {"x": FIRST}, code=Code("2748008", "SCT", "Spinal cord")))

    assert [segment.anatomy for segment in named.segments] == [labels.VERTEBRA_VALUES["T7"], 0]
    assert coded.segments[0].anatomy == labels.SPINAL_CORD


def test_tracking_uids_come_along(tmp_path: Path) -> None:
    """A segment that is tracked keeps its UID."""
    found = read_segments(write_seg(tmp_path / "s.dcm", {"a": FIRST}, tracked=True))

    assert found.segments[0].tracking_uid == derive_uid("tracked", "a")


def test_other_files_are_refused(tmp_path: Path) -> None:
    """A text file is no SEG."""
    (tmp_path / "text.dcm").write_text("x")

    with pytest.raises(UnreadableStudyError):
        read_segments(tmp_path / "text.dcm")
