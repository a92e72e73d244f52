from __future__ import annotations

import numpy as np
import pytest

from spineseg.domain.labels import VERTEBRAL_BODY
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.variation import Spot
from tests.phantom.worn import level, look, worn


@pytest.mark.parametrize("tissue", [Tissue.HAEMANGIOMA, Tissue.CEMENT])
def test_a_spot_lies_in_the_body_of_its_vertebra(tissue):
    """A spot of six millimetres has about the volume of its ball, all inside the body of T9, whose label stays."""
    spot = Spot(level=level("T9"), tissue=tissue, centre=(0.0, 0.0, 0.1), half_mm=(6.0, 6.0, 6.0), ragged=0.05)
    plain, spotted = (look(worn(spots=s), "T9") for s in ((), (spot,)))
    inside = spotted.tissues == tissue

    assert np.count_nonzero(inside) == pytest.approx(4 / 3 * np.pi * 6**3, rel=0.2)
    assert np.all(spotted.anatomy[inside] == 16)
    assert np.all(spotted.subregions[inside] == VERTEBRAL_BODY)
    assert np.array_equal(plain.anatomy, spotted.anatomy)
