from __future__ import annotations

import numpy as np

from spineseg.domain.labels import SACRUM
from spineseg.phantom.hips import make_plate
from spineseg.phantom.rasterize import map_arrays
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.trunk import Landmarks
from tests.phantom.patient import block, healthy, spine


def test_crests_reach_l4_and_hips_lie_below_the_sacrum() -> None:
    """Unlabelled bone lies beside L5 at 9 to 15 cm, and femoral heads some 9 cm beside the midline below S1."""
    phantom = healthy()
    mark = Landmarks(phantom.spine)
    shape = (84, 60, 60)
    maps = map_arrays(phantom, shape, block(np.array(mark.pelvis(0, 0, -40)), shape, 4.0))
    bone = (maps.tissues == Tissue.MARROW_OTHER) & (maps.anatomy == 0)
    heights = (np.nonzero(bone & (np.abs(np.arange(84) - 41.5) > 22)[:, None, None])[2] - 29.5) * 4 - 40

    assert heights.max() > 15
    assert heights.min() < -100


def test_iliac_bones_meet_the_sacrum_at_a_joint() -> None:
    """Between ala and iliac bone lies cartilage, on both sides."""
    phantom = healthy()
    shape = (70, 50, 40)
    centre = phantom.spine.curve.to_patient(phantom.spine.level_s("S1"), 0.0, 5.0)
    maps = map_arrays(phantom, shape, block(centre, shape, 2.0))
    edge = np.nonzero(maps.anatomy == SACRUM)[0]
    cartilage = np.nonzero(maps.tissues == Tissue.CARTILAGE)[0]

    assert np.count_nonzero(cartilage > np.percentile(edge, 95)) > 20
    assert np.count_nonzero(cartilage < np.percentile(edge, 5)) > 20


def test_plate_is_widest_at_the_crest() -> None:
    """The plate flares: 4 to 6 cm from the midline at the joint, 11 to 14 cm at the crest."""
    plate = make_plate(Landmarks(spine()))
    joint, crest = (float(plate.plate_mm(np.float32(y), np.float32(z))) for y, z in ((44.0, -36.0), (0.0, 44.0)))

    assert 40 < joint < 62
    assert 108 < crest < 140
