"""Tests of spineseg.segmentation.carrying."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from spineseg.domain.quality import QualityCode
from spineseg.domain.rigid import Rigid, move_grid, same_place
from spineseg.domain.segmentation import Segmentation
from spineseg.domain.volume import Modality, SeriesRole
from spineseg.segmentation.carrying import carry_lesions
from tests.segmentation.drawn import AXIAL, FRAME, SERIES, SHAPE, axial_grid, box, volume_on
from tests.segmentation.test_manual import masks_of

LESION = box((4, 9), (10, 20), (10, 20))
SHIFT = Rigid(rotation=np.eye(3), translation=np.array([100.0, 0, 0]))


def mr() -> Segmentation:
    """An axial T2 with a lesion."""
    return replace(masks_of(volume_on(AXIAL, SHAPE, frame=FRAME, uid=SERIES)), lesions=axial_grid(LESION))


def ct(*, frame: str = FRAME) -> Segmentation:
    """A CT that no lesions were looked for in; in another frame it lies 100 mm to the left."""
    masks = masks_of(volume_on(AXIAL, SHAPE, frame=FRAME, uid="1.2.8"), QualityCode.LESIONS_NOT_ASSESSED)
    if frame != FRAME:
        masks = replace(
            masks, anatomy=move_grid(masks.anatomy, SHIFT, frame), lesions=move_grid(masks.lesions, SHIFT, frame)
        )
    return replace(masks, modality=Modality.CT, role=SeriesRole.CT)


def test_lesions_of_mr_lie_on_the_ct_of_the_same_frame() -> None:
    """The CT shows them at their place and still says that none were looked for."""
    first, second = carry_lesions([mr(), ct()], {})

    np.testing.assert_array_equal(first.lesions.array, LESION)
    np.testing.assert_array_equal(second.lesions.array, LESION)
    assert [note.code for note in second.quality] == [QualityCode.LESIONS_NOT_ASSESSED]


def test_another_frame_needs_a_registration() -> None:
    """Unrelated series stay apart; related ones are carried through the transform."""
    _, alone = carry_lesions([mr(), ct(frame="1.2.99")], {SERIES: same_place()})
    _, carried = carry_lesions([mr(), ct(frame="1.2.99")], {SERIES: same_place(), "1.2.8": SHIFT.inverse()})

    assert not alone.lesions.array.any()
    np.testing.assert_array_equal(carried.lesions.array, LESION)


def test_a_ct_with_lesions_of_its_own_is_left_alone() -> None:
    """Only a CT that was not assessed is given any; MR never is."""
    assessed = replace(ct(), quality=())
    sagittal = masks_of(volume_on(AXIAL, SHAPE, frame=FRAME, uid="1.2.5"), QualityCode.LESIONS_NOT_ASSESSED)

    assert not any(one.lesions.array.any() for one in carry_lesions([mr(), assessed, sagittal], {})[1:])
