from __future__ import annotations

import numpy as np
import pytest

from spineseg.segmentation.classes import CANAL_CLASSES, AnatomyClass
from spineseg.segmentation.growth import UNCHANGED, TumourKind
from spineseg.segmentation.tumour_shapes import grow
from tests.segmentation.backdrops import toy_classes

CLASSES = toy_classes()
OCCUPIED = {
    TumourKind.EPIDURAL: AnatomyClass.EPIDURAL_SPACE,
    TumourKind.INTRADURAL: AnatomyClass.CSF,
    TumourKind.INTRAMEDULLARY: AnatomyClass.SPINAL_CORD,
}


@pytest.mark.parametrize("kind", list(TumourKind))
def test_a_tumour_occupies_its_own_compartment(kind: TumourKind) -> None:
    """What a tumour lies in is epidural space, CSF or cord by its kind, and for bone whatever was there."""
    growth = grow(kind, CLASSES, np.random.default_rng(4))

    assert growth is not None
    beneath = set(np.unique(growth.beneath).tolist()) - {UNCHANGED}
    assert beneath == ({OCCUPIED[kind]} if kind in OCCUPIED else set())
    assert np.count_nonzero(np.maximum(growth.soft, growth.bony) > 0.5) > 30


@pytest.mark.parametrize("kind", [kind for kind in TumourKind if kind is not TumourKind.BONE])
def test_a_tumour_needs_a_canal(kind: TumourKind) -> None:
    """Without a canal nothing grows in it."""
    empty = np.where(np.isin(CLASSES, CANAL_CLASSES), np.uint8(0), CLASSES)

    assert grow(kind, empty, np.random.default_rng(4)) is None


def test_seeds_differ() -> None:
    """Another random number gives another tumour, the same one the same."""
    one, again, other = (grow(TumourKind.EPIDURAL, CLASSES, np.random.default_rng(seed)) for seed in (1, 1, 2))

    assert one is not None
    assert again is not None
    assert other is not None
    np.testing.assert_array_equal(one.soft, again.soft)
    assert not np.array_equal(one.soft, other.soft)
