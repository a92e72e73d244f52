from __future__ import annotations

import numpy as np

from spineseg.phantom.tissues import Tissue
from tests.phantom.patient import healthy, maps_at


def test_cord_goes_on_into_the_brain_stem_within_csf() -> None:
    """Above the end of the cord's label the midline is brain, and CSF lies between it and the clivus."""
    phantom = healthy()
    maps = maps_at(phantom, "C1", half_mm=60.0, spacing_mm=2.0)
    cord = maps.anatomy == 60
    top = int(np.nonzero(cord)[2].max())
    x, y = (round(values.mean()) for values in np.nonzero(cord[:, :, top]))
    above = maps.tissues[x - 1 : x + 2, y - 6 : y + 3, top + 2]

    assert np.mean(above == Tissue.BRAIN) > 0.5
    # CSF outside the labelled canal: cisterns, not the sac.
    assert np.count_nonzero((maps.tissues == Tissue.CSF)[:, :, top + 2 :] & (maps.anatomy == 0)[:, :, top + 2 :]) > 60
    assert np.any(maps.tissues[x - 2 : x + 3, y - 10 : y - 2, top + 2 : top + 5] == Tissue.CSF)


def test_skull_base_carries_no_label() -> None:
    """Occiput, clivus and condyles are bone without an anatomy value above the atlas."""
    maps = maps_at(healthy(), "C1", half_mm=60.0, spacing_mm=2.0)
    z = np.nonzero(maps.anatomy == 1)[2].mean()
    bone = np.isin(maps.tissues[:, :, int(z) + 8 :], (Tissue.CORTEX, Tissue.MARROW_OTHER))
    labelled = maps.anatomy[:, :, int(z) + 8 :]

    assert np.count_nonzero(bone & (labelled == 0)) > 500
    assert not np.any(labelled == 1)
