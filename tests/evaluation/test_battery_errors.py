from __future__ import annotations

import numpy as np
import pytest

from spineseg.domain.labels import CSF, SPINAL_CORD
from spineseg.evaluation.battery_errors import HOLE_SHARE, MaskError, with_error
from spineseg.evaluation.battery_grids import Placement, Stack, scan
from spineseg.phantom.cases import make_case


@pytest.fixture(scope="module")
def masks():
    """A grade 2 on axial slices of 4 mm."""
    case = make_case("escc-2-t7")
    stack = Stack(placement=Placement.AXIAL, in_plane_mm=1.0, thickness_mm=4.0)
    return scan(case.phantom, case.phantom.lesions[0].s, stack)


def _sizes(masks) -> tuple[int, int]:
    return np.count_nonzero(masks.lesions.array), np.count_nonzero(masks.anatomy.array == SPINAL_CORD)


@pytest.mark.parametrize("error", list(MaskError))
def test_an_error_changes_what_its_name_says(masks, error):
    """Tumour and cord grow, shrink or stay as the error's name says."""
    before, after = _sizes(masks), _sizes(with_error(masks, error, np.random.default_rng(1)))
    for name, old, new in zip(("tumour", "cord"), before, after, strict=True):
        if error is MaskError.HOLES:
            assert new == pytest.approx((1 - HOLE_SHARE) * old, rel=0.03)
        elif name not in error.value:
            assert new == old
        else:
            assert (new > old) == ("dilated" in error.value)
            assert new != old


def test_an_outline_moves_within_its_thick_slice_only(masks):
    """Slices of 4 mm without tumour stay without, unless the error says that slices err, too."""
    slices = [
        int(np.count_nonzero(with_error(masks, error, np.random.default_rng(1)).lesions.array.any(axis=(1, 2))))
        for error in (MaskError.TUMOUR_LARGER, MaskError.TUMOUR_LARGER_3D)
    ]
    whole = int(np.count_nonzero(masks.lesions.array.any(axis=(1, 2))))
    assert slices == [whole, whole + 2]


def test_where_cord_is_taken_away_there_is_csf(masks):
    """A thinner cord leaves fluid behind."""
    changed = with_error(masks, MaskError.CORD_SMALLER, np.random.default_rng(1))
    lost = (masks.anatomy.array == SPINAL_CORD) & (changed.anatomy.array != SPINAL_CORD)
    assert lost.any()
    assert np.all(changed.anatomy.array[lost] == CSF)
