from __future__ import annotations

import numpy as np
import pytest

from spineseg.domain.labels import EPIDURAL_SPACE, VERTEBRAL_BODY
from spineseg.grading.wall_breach import breach_width_mm
from tests.grading.boxes import in_body, viewed, with_lesion


@pytest.mark.parametrize("half_mm", [2.5, 5.5])
def test_width_is_that_of_the_hole(half_mm):
    """A square hole of 5 or 11 mm through the posterior wall into the canal."""

    def where(left, behind, up, anatomy, kinds):
        body = (anatomy == 14) & (kinds == VERTEBRAL_BODY) & (behind > -20)
        return (body | ((anatomy == EPIDURAL_SPACE) & (behind < 0))) & (np.abs(left) < half_mm) & (np.abs(up) < half_mm)

    assert breach_width_mm(*viewed(with_lesion(where))) == pytest.approx(2 * half_mm, abs=2.1)


def test_tumour_on_one_side_of_the_wall_is_no_breach():
    """In the body only, or in the canal only: 0."""
    assert breach_width_mm(*viewed(with_lesion(in_body))) == 0.0
    canal = with_lesion(lambda _l, _b, up, anatomy, _: (anatomy == EPIDURAL_SPACE) & (np.abs(up) < 8))
    assert breach_width_mm(*viewed(canal)) == 0.0
