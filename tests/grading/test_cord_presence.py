from __future__ import annotations

import pytest

from spineseg.domain.labels import CAUDA_EQUINA, CSF, SPINAL_CORD
from spineseg.grading.cord_presence import CordPresence, find_cord
from tests.grading.analytic import Spec, segment
from tests.grading.views import masks_of, named, relabelled, view_in, view_of

THORACIC = {33: "T5", 34: "T6", 35: "T7", 36: "T8", 37: "T9"}
LUMBAR = {33: "L1", 34: "L2", 35: "L3", 36: "L4", 37: "L5"}


def test_a_cord_on_every_plane_is_present():
    """Also when it is pressed to half its size."""
    assert find_cord(view_of(Spec(grade="3"))) is CordPresence.PRESENT


def test_an_undivided_canal_is_told():
    """CT shows only the canal."""
    assert find_cord(view_of(Spec(grade="2", undivided=True))) is CordPresence.UNDIVIDED


@pytest.mark.parametrize(("names", "expected"), [(LUMBAR, CordPresence.BELOW_CONUS), (THORACIC, CordPresence.MISSING)])
def test_a_cord_that_ends_above_is_judged_by_its_level(names, expected):
    """A cord ending at L1 is a conus; one ending at T5 is a mask that failed."""
    assert find_cord(view_in(named(segment(Spec(grade="1b", conus_z_mm=35.0)), names))) is expected


@pytest.mark.parametrize(("names", "expected"), [(LUMBAR, CordPresence.BELOW_CONUS), (THORACIC, CordPresence.MISSING)])
def test_no_cord_in_the_whole_series_is_judged_by_the_level(names, expected):
    """No cord at L3 is normal, no cord at T7 is not."""
    bare = relabelled(masks_of(Spec(grade="1b")), {SPINAL_CORD: CSF})
    assert find_cord(view_in(named(bare, names))) is expected


def test_without_names_only_the_cauda_proves_the_conus():
    """No names, no cord: below the conus where cauda equina is seen, else the mask is missing."""
    bare = relabelled(masks_of(Spec(grade="1b")), {SPINAL_CORD: CSF})
    cauda = relabelled(masks_of(Spec(grade="1b")), {SPINAL_CORD: CAUDA_EQUINA})
    assert find_cord(view_in(bare)) is CordPresence.MISSING
    assert find_cord(view_in(cauda)) is CordPresence.BELOW_CONUS


def test_a_cord_that_ends_inside_the_mass_is_missing():
    """A cord that ends where the tumour begins may be swallowed by it, also at L1."""
    inside = named(segment(Spec(grade="1b", conus_z_mm=8.0)), LUMBAR)
    assert find_cord(view_in(inside)) is CordPresence.MISSING
