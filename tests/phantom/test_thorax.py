from __future__ import annotations

import numpy as np

from spineseg.domain.labels import RIB
from spineseg.phantom import anthropometry as table
from spineseg.phantom.rasterize import map_arrays
from spineseg.phantom.thorax import chest_wall
from spineseg.phantom.tissues import Tissue
from tests.phantom.patient import block, healthy, maps_at


def test_ribs_are_a_subregion_without_anatomy_value() -> None:
    """Beside T7 ribs are bone of the sub-region RIB without a vertebra's value; beside L3 and C4 there are none."""
    maps = maps_at(healthy(), "T7", half_mm=70.0, spacing_mm=2.0)
    ribs = maps.subregions == RIB

    assert ribs.sum() > 300
    assert not np.any(maps.anatomy[ribs])
    assert set(np.unique(maps.tissues[ribs])) <= {int(Tissue.CORTEX), int(Tissue.MARROW_OTHER)}
    for level in ("C4", "L3"):
        assert not np.any(maps_at(healthy(), level, half_mm=25.0, spacing_mm=2.0).subregions == RIB)


def test_there_is_a_rib_for_each_thoracic_vertebra() -> None:
    """Twelve pairs of rib necks begin beside the bodies: one at each of T1 to T12, none at C7 or L1."""
    phantom = healthy()
    spine = phantom.spine
    found = []
    for k in range(table.C7, table.L1 + 1):
        s = float(spine.top[k]) + 4 * spine.size
        centre = spine.curve.to_patient(s, 0.0, 0.0)
        maps = map_arrays(phantom, (40, 30, 7), block(centre, (40, 30, 7), 2.0))
        found.append(bool(np.any(maps.subregions[:17] == RIB) and np.any(maps.subregions[23:] == RIB)))

    assert found[1:-1] == [True] * 12
    assert not found[-1]


def test_ribs_enclose_the_lungs() -> None:
    """At T7 nearly all lung lies inside the chest wall's outline and nearly all rib shafts at it."""
    phantom = healthy()
    spine = phantom.spine
    shape = (80, 60, 3)
    affine = block(spine.curve.to_patient(spine.level_s("T7"), 0.0, 45.0), shape, 4.0)
    maps = map_arrays(phantom, shape, affine)
    place = np.moveaxis(np.indices(shape), 0, -1).reshape(-1, 3) @ affine[:3, :3].T + affine[:3, 3]
    gauge = chest_wall(spine, spine.curve.project(*place.astype(np.float32).T)).reshape(shape)

    assert gauge[maps.tissues == Tissue.LUNG].max() < 1.0
    shafts = (maps.subregions == RIB) & (gauge > 0.8)
    assert np.abs(gauge[shafts] - 1).max() < 0.2


def test_brain_lies_above_the_atlas() -> None:
    """Brain and skull appear above C1 only."""
    maps = maps_at(healthy(), "C1", half_mm=50.0, spacing_mm=2.0)
    z = np.nonzero(maps.tissues == Tissue.BRAIN)[2]

    assert z.size > 100
    assert z.min() > np.nonzero(maps.anatomy == 1)[2].mean()
