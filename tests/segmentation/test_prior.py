"""Tests of spineseg.segmentation.prior."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spineseg.domain import labels
from spineseg.domain.uids import derive_uid
from spineseg.domain.volume import resample
from spineseg.segmentation.prior import read_prior_masks
from tests.segmentation.drawn import SERIES, axial_grid, box, write_seg

BODY, CORD, LESION = box((4, 9), (2, 12), (10, 20)), box((2, 18), (20, 26), (14, 20)), box((5, 8), (12, 20), (12, 20))


def test_anatomy_and_lesions_of_a_series_come_together(tmp_path: Path) -> None:
    """Label values and tracked lesion numbers of one series, in patient space."""
    write_seg(tmp_path / "anatomy.seg.dcm", {"T7 (assumed)": BODY, "spinal cord": CORD})
    write_seg(tmp_path / "lesions.seg.dcm", {"Suspected lesion 1": LESION}, tracked=True)

    (masks,) = read_prior_masks(tmp_path)

    assert masks.series_instance_uid == SERIES
    assert masks.anatomy is not None
    assert masks.lesions is not None
    expected = BODY * labels.VERTEBRA_VALUES["T7"] + CORD * labels.SPINAL_CORD
    np.testing.assert_array_equal(resample(masks.anatomy, axial_grid(BODY), order=0).array, expected)
    np.testing.assert_array_equal(resample(masks.lesions, axial_grid(BODY), order=0).array, LESION)
    assert masks.tracking_uids == {1: derive_uid("tracked", "Suspected lesion 1")}


def test_a_folder_without_masks_gives_none(tmp_path: Path) -> None:
    """An OUT of a study without lesions has anatomy only; an empty folder nothing."""
    assert read_prior_masks(tmp_path) == ()
    write_seg(tmp_path / "anatomy-5.seg.dcm", {"T7": BODY})

    (masks,) = read_prior_masks(tmp_path)
    assert masks.lesions is None
    assert masks.tracking_uids == {}
