from __future__ import annotations

import numpy as np

from spineseg.phantom.rasterize import map_arrays
from spineseg.phantom.tissues import Tissue
from tests.phantom.patient import block, healthy


def test_the_body_is_not_its_own_mirror_image() -> None:
    """The aorta lies on the patient's left (growing x) at T7 and the liver on the right at T12."""
    phantom = healthy()
    spine = phantom.spine
    shape = (80, 60, 3)
    means = {}
    for level, tissue in (("T7", Tissue.VESSEL), ("T12", Tissue.LIVER)):
        k = spine.level_s(level)
        centre = spine.curve.to_patient(k, 0.0, 45.0)
        maps = map_arrays(phantom, shape, block(centre, shape, 2.0))
        # Only the middle: the heart and the lungs' vessels lie beside and in front of it.
        window = maps.tissues[20:60, 20:45] if tissue is Tissue.VESSEL else maps.tissues
        means[level] = np.nonzero(window == tissue)[0].mean() - window.shape[0] / 2

    assert means["T7"] > 2
    assert means["T12"] < -10


def test_skin_encloses_the_body() -> None:
    """Far behind the spine there is air, before that skin and fat, whatever the level."""
    phantom = healthy()
    for level in ("C5", "T7", "L3"):
        centre = phantom.spine.curve.to_patient(phantom.spine.level_s(level))
        maps = map_arrays(phantom, (1, 100, 1), block(centre + np.array([0.0, 50.0, 0.0]), (1, 100, 1), 1.0))
        column = maps.tissues[0, :, 0]

        assert column[-1] == Tissue.AIR
        first_air = np.flatnonzero(column == Tissue.AIR)[0]
        assert Tissue.SKIN in column[first_air - 4 : first_air]
