from __future__ import annotations

import numpy as np

from spineseg.segmentation.classes import CANAL_CLASSES
from spineseg.segmentation.epidural_tumours import Pattern, epidural_tumour, profile_around
from tests.segmentation.backdrops import toy_classes

CLASSES = toy_classes()
CANAL = np.isin(CLASSES, CANAL_CLASSES)
DEGREES = np.deg2rad(np.arange(-180, 180, 5)).astype(np.float32)


def test_epidural_tumours_press_the_sac_inwards() -> None:
    """Some of twelve tumours push the content by more than 2 mm, and none by more than the canal is wide."""
    most = [np.abs(epidural_tumour(CLASSES, np.random.default_rng(seed), 1.0).push).max() for seed in range(12)]

    assert max(most) > 2
    assert max(most) < 17


def test_soft_tumour_in_the_canal_is_counted_epidural() -> None:
    """Exactly the canal's voxels that are filled by half take the class epidural space."""
    growth = epidural_tumour(CLASSES, np.random.default_rng(5), 1.0)

    np.testing.assert_array_equal(growth.beneath == 6, CANAL & (growth.soft > 0.5))


def test_a_curtain_spares_the_midline() -> None:
    """Both lobes are thicker than the part behind the midline ligament."""
    thickness, _ = profile_around(Pattern.CURTAIN, DEGREES, 1.0, np.random.default_rng(0))
    middle, left, right = (float(thickness[np.abs(DEGREES - np.deg2rad(at)).argmin()]) for at in (0, 45, -45))

    assert middle < min(left, right)


def test_a_unilateral_tumour_has_its_side() -> None:
    """Nothing lies opposite to where it is thickest."""
    thickness, aim = profile_around(Pattern.UNILATERAL, DEGREES, -1.0, np.random.default_rng(0))

    assert aim < 0
    assert thickness[np.abs(DEGREES - (aim + np.pi)).argmin()] < 0.05


def test_a_circumferential_tumour_lies_all_around() -> None:
    """No direction is free."""
    thickness, _ = profile_around(Pattern.CIRCUMFERENTIAL, DEGREES, 1.0, np.random.default_rng(0))

    assert thickness.min() > 0.05
