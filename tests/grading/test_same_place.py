"""Tests of spineseg.grading.same_place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spineseg.domain.rigid import Rigid, move_grid, same_place
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import Modality, SeriesRole, like
from spineseg.grading.same_place import SeriesMasks, same_in_space
from tests.grading.analytic import Spec
from tests.grading.views import lesion_in, masks_of

FIRST = masks_of(Spec(grade="1c"))
LESION = lesion_in(FIRST)
SHIFT = Rigid(rotation=np.eye(3), translation=np.array([0.0, 0, 300.0]))


def other(*, shift_slices: int = 0, frame: str | None = None) -> Segmentation:
    """The same masks as another series, the lesion moved along the canal, or all of it in another space."""
    lesions = like(FIRST.lesions, np.roll(FIRST.lesions.array, shift_slices, axis=0))
    if frame is not None:
        lesions = move_grid(lesions, SHIFT, frame)
    return replace(FIRST, lesions=lesions, series_instance_uid="1.9")


def test_overlap_and_nearness_make_one_lesion() -> None:
    """The same place, and a place a slice away, are one lesion; 30 mm away is another, though the level is the same."""
    twin = replace(LESION, series_instance_uid="1.9")

    for shift, same in ((0, True), (1, True), (10, False)):
        assert same_in_space(LESION, twin, SeriesMasks.of([FIRST, other(shift_slices=shift)], {})) is same


def test_unrelated_frames_tell_nothing_and_registered_ones_do() -> None:
    """Without a transform the question stays open; with one, places compare."""
    twin = replace(LESION, series_instance_uid="1.9")
    masks = [FIRST, other(frame="1.77")]
    rigids = {FIRST.series_instance_uid: same_place(), "1.9": SHIFT.inverse()}

    assert same_in_space(LESION, twin, SeriesMasks.of(masks, {})) is None
    assert SeriesMasks.of(masks, {}).are_related(FIRST.series_instance_uid, "1.9") is False
    assert SeriesMasks.of(masks, rigids).are_related(FIRST.series_instance_uid, "1.9") is True
    assert SeriesMasks.of(masks, {}).are_related(FIRST.series_instance_uid, "1.5") is None
    assert same_in_space(LESION, twin, SeriesMasks.of(masks, rigids)) is True
    assert same_in_space(LESION, replace(twin, series_instance_uid="1.5"), SeriesMasks.of(masks, rigids)) is None


def test_modality_and_role_are_those_of_the_masks() -> None:
    """Series without masks have neither."""
    masks = SeriesMasks.of([FIRST], {})

    assert masks.modality(FIRST.series_instance_uid) is Modality.MR
    assert masks.role(FIRST.series_instance_uid) is SeriesRole.AXIAL_T2
    assert masks.modality("1.5") is None


def test_size_across_the_spine_is_that_of_the_plane_or_of_the_network():
    """Axial voxels of 0.6 x 0.6 x 3 mm resolve 0.6 mm, a network at 1.5 mm that, an unknown series nothing."""
    masks = FIRST
    drawn = replace(masks, series_instance_uid="1.9", outline_mm=1.5)
    places = SeriesMasks.of([masks, drawn], {})
    assert places.across_mm(masks.series_instance_uid) == pytest.approx(0.6)
    assert places.across_mm("1.9") == 1.5
    assert places.across_mm("1.10") == float("inf")
