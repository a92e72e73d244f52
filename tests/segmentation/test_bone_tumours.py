from __future__ import annotations

import numpy as np

from spineseg.segmentation.bone_tumours import bone_lesion, has_whole_bones, invasion, paraspinal
from spineseg.segmentation.canal_rays import cast_rays
from spineseg.segmentation.classes import BONE_CLASSES, CANAL_CLASSES, AnatomyClass
from tests.segmentation.backdrops import toy_classes

CLASSES = toy_classes()
CANAL = np.isin(CLASSES, CANAL_CLASSES)
RAYS = cast_rays(CANAL)


def test_a_bone_lesion_stays_in_bone_and_moves_nothing() -> None:
    """No voxel outside bone is filled; cord and sac are where they were."""
    for seed in range(4):
        growth = bone_lesion(CLASSES, np.random.default_rng(seed))

        assert growth is not None
        assert growth.bony[~np.isin(CLASSES, BONE_CLASSES)].max() == 0
        assert not growth.push.any()


def test_shreds_of_bone_get_no_lesion() -> None:
    """Where the network found every third slice of the bodies only, bone lesions are not drawn."""
    shreds = CLASSES.copy()
    shreds[::3][shreds[::3] == AnatomyClass.VERTEBRAL_BODY] = 0

    assert has_whole_bones(CLASSES)
    assert not has_whole_bones(shreds)
    assert bone_lesion(shreds, np.random.default_rng(0)) is None


def test_invasion_lies_beside_the_canal() -> None:
    """Tumour in bone touches the canal's neighbourhood and leaves the canal itself alone."""
    share = invasion(CLASSES, RAYS, 0.3, 40, np.random.default_rng(3))

    assert share.max() > 0.5
    assert share[CANAL].max() == 0


def test_paraspinal_growth_lies_on_its_side() -> None:
    """Growth to the left lies at larger x than the canal's middle."""
    share = paraspinal(CLASSES, RAYS, 1.0, 40, np.random.default_rng(3))

    assert np.argwhere(share > 0.5)[:, 0].mean() > RAYS.middle(40)[0] + 8
    assert share[CLASSES == AnatomyClass.DISC].max() == 0
