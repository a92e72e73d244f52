from __future__ import annotations

import numpy as np

from spineseg.domain.labels import POSTERIOR_ELEMENTS
from spineseg.phantom.arch_shape import ArchShape
from spineseg.phantom.tissues import Tissue
from tests.phantom.worn import look, with_wear, worn

L3 = 22


def _arch(maps):
    return (maps.anatomy == L3) & (maps.subregions == POSTERIOR_ELEMENTS)


def test_thin_laminae_take_bone_away():
    """Laminae of half the thickness and thin processes leave clearly less bone in the arch of L3."""
    thin = ArchShape(lamina_factor=(0.5,) * 3, pillar_factor=(0.75,) * 3, spinous_factor=(0.6,) * 3)
    plain, slim = (_arch(look(worn(arch=arch), "L3", half_mm=45.0)).sum() for arch in (ArchShape(), thin))

    assert 0.4 * plain < slim < 0.85 * plain


def test_a_bifid_process_has_two_tips():
    """At the back of C4's spinous process bone lies on both sides of a gap in the midline."""
    single, parted = (
        look(worn(arch=ArchShape(bifid_mm=bifid)), "C4", half_mm=36.0, spacing_mm=0.8) for bifid in (0.0, 5.0)
    )
    middle = single.anatomy.shape[0] // 2
    tips = [
        np.flatnonzero((maps.anatomy == 4)[:, y].any(axis=1))
        for maps in (single, parted)
        for y in [np.flatnonzero((maps.anatomy == 4).any(axis=(0, 2))).max() - 1]
    ]

    assert np.ptp(tips[1]) > np.ptp(tips[0]) + 5
    assert tips[1].min() < middle < tips[1].max()


def test_a_laminectomy_takes_lamina_and_process_of_its_level_only():
    """After a laminectomy of L3 most of its arch behind the canal is gone; L4 keeps its own."""
    plain, operated = (look(one, "L3", half_mm=45.0) for one in (worn(), with_wear("laminectomy", "L3", 1.0)))
    behind = [np.count_nonzero(_arch(maps)[40:50]) for maps in (plain, operated)]

    assert behind[1] < 0.3 * behind[0]
    assert np.count_nonzero(operated.anatomy == 23) > 0.95 * np.count_nonzero(plain.anatomy == 23)


def test_ligament_and_fat_lie_between_the_spinous_processes():
    """With an interspinous share of 0.6 the midline behind the canal holds ligament and fat."""
    maps = look(worn(arch=ArchShape(interspinous=0.6)), "L3", half_mm=45.0)
    middle = maps.tissues[44:47, 55:75]

    assert np.any(middle == Tissue.LIGAMENT)
    assert np.any(middle == Tissue.FAT)
