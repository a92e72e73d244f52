from __future__ import annotations

import numpy as np

from spineseg.domain.labels import EPIDURAL_SPACE
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.variation import Cyst
from tests.phantom.worn import level, look, worn


def test_a_perineural_cyst_is_fluid_in_the_epidural_space_of_the_sacrum():
    """A cyst of eight millimetres at S2 holds fluid, labelled epidural space, on its own side."""
    plain, cystic = (look(worn(cysts=c), "S2") for c in ((), (Cyst(level=level("S2"), side=1.0, radius_mm=8.0),)))
    fluid = cystic.tissues == Tissue.FLUID

    assert np.count_nonzero(fluid) - np.count_nonzero(plain.tissues == Tissue.FLUID) > 1000
    assert np.all(cystic.anatomy[fluid & (plain.tissues != Tissue.FLUID)] == EPIDURAL_SPACE)
    assert np.nonzero(fluid)[0].mean() > fluid.shape[0] / 2
