from __future__ import annotations

import numpy as np

from spineseg.segmentation.classes import CANAL_CLASSES, AnatomyClass
from spineseg.segmentation.displacement import displacement
from tests.segmentation.backdrops import toy_classes

CLASSES = toy_classes()
CANAL = np.isin(CLASSES, CANAL_CLASSES)


def _pushed() -> np.ndarray:
    """Push of 4 voxels to posterior by a mass in the anterior 2 mm of the canal's middle third."""
    held = np.zeros_like(CANAL)
    first = CANAL.argmax(axis=1)
    for x, z in np.argwhere(CANAL.any(axis=1)[:, 30:50]):
        held[x, first[x, z + 30] : first[x, z + 30] + 2, z + 30] = True
    push = np.zeros((2, *CANAL.shape), dtype=np.float32)
    push[1] = 4
    return displacement(CLASSES, held & CANAL, push)


def test_nothing_moves_outside_the_canal() -> None:
    """Bone stays where it is."""
    assert np.abs(_pushed()[:, ~CANAL]).max() == 0


def test_the_cord_moves_as_one() -> None:
    """Across the cord the displacement differs less than across the whole sac."""
    moved = _pushed()[1, :, :, 40]
    cord = CLASSES[..., 40] == AnatomyClass.SPINAL_CORD
    csf = CLASSES[..., 40] == AnatomyClass.CSF

    assert moved[cord].mean() > 0.5
    assert np.ptp(moved[cord]) < 0.6 * np.ptp(moved[csf])


def test_content_never_changes_order() -> None:
    """Beside a mass the source of a voxel further back lies further back: tissue is squeezed, never folded."""
    beside = slice(34, 46)
    moved = _pushed()[1][..., beside]
    source = np.arange(CLASSES.shape[1])[None, :, None] - moved

    inside = (CANAL[:, :-1] & CANAL[:, 1:])[..., beside]
    held = moved[:, :-1] == 4
    assert np.diff(source, axis=1)[inside & ~held].min() > 0


def test_without_a_push_nothing_moves() -> None:
    """No voxel held, no displacement."""
    push = np.ones((2, *CANAL.shape), dtype=np.float32)

    assert not displacement(CLASSES, np.zeros_like(CANAL), push).any()
