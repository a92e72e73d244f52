from __future__ import annotations

import numpy as np

from spineseg.phantom.tissues import Tissue
from tests.phantom.patient import healthy, maps_at


def test_ribs_belong_to_the_thorax_only_and_are_not_labelled() -> None:
    """Rib marrow lies beside T7, none beside L3, and it carries no anatomy value."""
    thorax, lumbar = (maps_at(healthy(), level, half_mm=40.0, spacing_mm=2.0) for level in ("T7", "L3"))
    ribs = thorax.tissues == Tissue.MARROW_OTHER

    assert ribs.sum() > 100
    assert not np.any(thorax.anatomy[ribs])
    assert not np.any(lumbar.tissues == Tissue.MARROW_OTHER)


def test_brain_lies_above_the_atlas() -> None:
    """Brain and skull appear above C1 only."""
    maps = maps_at(healthy(), "C1", half_mm=50.0, spacing_mm=2.0)
    z = np.nonzero(maps.tissues == Tissue.BRAIN)[2]

    assert z.size > 100
    assert z.min() > np.nonzero(maps.anatomy == 1)[2].mean()
