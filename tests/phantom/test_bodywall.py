from __future__ import annotations

from dataclasses import replace

import numpy as np

from spineseg.phantom.bodywall import Couch
from spineseg.phantom.rasterize import Phantom, map_arrays
from spineseg.phantom.tissues import Tissue
from tests.phantom.patient import block, healthy


def _slice(phantom: Phantom, level: str) -> np.ndarray:
    centre = phantom.spine.curve.to_patient(phantom.spine.level_s(level), 0.0, 30.0)
    return map_arrays(phantom, (150, 110, 1), block(centre, (150, 110, 1), 4.0)).tissues[:, :, 0]


def test_table_lies_behind_the_back_and_only_outside() -> None:
    """A couch appears behind the most posterior skin, none of it inside the body."""
    phantom = healthy()
    tissues = _slice(phantom, "L3")
    table = np.nonzero(tissues == Tissue.TABLE)[1]
    flat = Couch(
        top_mm=phantom.surroundings.couch.top_mm, middle_mm=0.0, half_mm=220.0, rise_mm=0.0, depth_mm=30.0,
        shell_mm=5.0, blanket_mm=0.0,
    )  # fmt: skip
    body = replace(phantom.surroundings, couch=flat)
    bare = _slice(Phantom(spine=phantom.spine, surroundings=body), "L3")

    assert table.size > 10
    assert np.nonzero(bare == Tissue.TABLE)[1].min() > np.nonzero(bare[60:90] == Tissue.SKIN)[1].max()


def test_belly_wall_has_layers_under_the_fat() -> None:
    """From the side of L3 inwards come air, skin, fat and muscle in this order."""
    tissues = _slice(healthy(), "L3")
    column = tissues[:, 50].tolist()
    skin = column.index(Tissue.SKIN) if Tissue.SKIN in column else column.index(Tissue.FAT)
    fat, muscle = column.index(Tissue.FAT), column.index(Tissue.MUSCLE)

    assert skin <= fat < muscle


def test_shoulders_hold_bone_beside_the_upper_chest() -> None:
    """At T2 unlabelled bone lies more than 10 cm beside the midline on both sides: scapula and humerus."""
    tissues = _slice(healthy(), "T2")
    x = (np.nonzero(np.isin(tissues, (Tissue.CORTEX, Tissue.MARROW_OTHER)))[0] - 74.5) * 4

    assert x.min() < -100
    assert x.max() > 100
