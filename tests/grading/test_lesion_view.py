from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spineseg.anatomy import describe_spine
from spineseg.domain.anatomy import Vertebra
from spineseg.domain.basis import NamingBasis
from spineseg.domain.escc import ESCC_RANK
from spineseg.grading import grade_spine
from spineseg.grading.lesion_view import lesion_numbers, level_at
from tests.grading.analytic import Spec, axial_affine, segment
from tests.grading.views import masks_of, view_in, view_of


def test_involved_planes_are_those_of_the_tumour_in_the_canal():
    """The planes that the tumour reaches span its length of 24 mm."""
    view = view_of(Spec(grade="1b"))
    assert np.sum(view.sections.step_mm[view.involved]) == pytest.approx(24.0, abs=3.1)
    assert np.array_equal(view.considered, view.involved)


def test_a_bone_lesion_is_looked_at_where_it_lies():
    """A lesion outside the canal involves no plane but is looked at beside it."""
    view = view_of(Spec(grade="0"))
    assert not view.involved.any()
    assert np.sum(view.sections.step_mm[view.considered]) == pytest.approx(24.0, abs=6.1)


def test_the_neighbourhood_holds_references_on_both_sides():
    """The window reaches beyond the lesion on both sides."""
    expected = view_of(Spec(grade="1b")).expected
    assert (expected.cord_sides, expected.sac_sides) == (2, 2)


def test_outlines_of_a_coarser_network_are_trusted_less():
    """Masks drawn at 1.5 mm on a grid of 0.6 mm are known to 1.5 mm only, and their grade's interval says so."""
    masks = masks_of(Spec(grade="1b"))
    coarse = replace(masks, outline_mm=1.5)
    assert view_in(coarse).sampling.across_mm == 1.5
    fine_escc, coarse_escc = (
        grade_spine(describe_spine(one), study_instance_uid="").lesions[0].escc for one in (masks, coarse)
    )
    assert ESCC_RANK[coarse_escc.low] <= ESCC_RANK[fine_escc.low]
    assert ESCC_RANK[coarse_escc.high] >= ESCC_RANK[fine_escc.high]
    assert (coarse_escc.low, coarse_escc.high) != (fine_escc.low, fine_escc.high)


@pytest.mark.parametrize(("tilt_deg", "across"), [(0.0, 0.6), (20.0, 0.84)])
def test_sampling_tells_voxel_and_tilt(tilt_deg, across):
    """In-plane size and thickness are the voxel's; a tilted stack resolves the plane across the canal less."""
    sampling = view_in(segment(Spec(grade="1b"), axial_affine(tilt_deg=tilt_deg))).sampling
    assert (sampling.in_plane_mm, sampling.thickness_mm) == pytest.approx((0.6, 3.0))
    assert sampling.across_mm == pytest.approx(across, abs=0.05)
    assert sampling.square


def test_a_sagittal_stack_is_not_square():
    """Slices that run along the canal have no good plane across it."""
    affine = np.array([[3.6, 0, 0, -27], [0, 0, 0.8, -36], [0, -0.8, 0, 52], [0, 0, 0, 1]])
    assert not view_in(segment(Spec(grade="1b"), affine, (16, 130, 92))).sampling.square


def test_the_end_of_the_stack_is_noticed():
    """Only a lesion on the first or last slice touches the end."""
    assert view_in(segment(Spec(grade="1b", middle_z_mm=45.0))).touches_end
    assert not view_of(Spec(grade="1b")).touches_end


def test_numbers_are_those_of_the_mask():
    """Lesion numbers are read from the mask, background left out."""
    assert lesion_numbers(masks_of(Spec(grade="1b")).lesions) == (1,)
    assert lesion_numbers(masks_of(Spec()).lesions) == ()


@pytest.mark.parametrize(("position", "name"), [(-50, "T1"), (22.4, "T1"), (22.6, "T2"), (500, "T3")])
def test_levels_meet_in_the_middle_of_the_discs(position, name):
    """Bodies from 0 to 20, 25 to 45 and 50 to 70 mm: T1 ends at 22.5 mm."""
    vertebrae = tuple(
        Vertebra(
            label=8 + k, name=f"T{k + 1}", assumed=False, basis=NamingBasis.GIVEN, body_centroid=(0.0, 0.0, 0.0),
            position_mm=10.0 + 25 * k, extent_mm=(25.0 * k, 25.0 * k + 20), complete=True,
        )
        for k in range(3)
    )  # fmt: skip
    assert level_at(vertebrae, position).name == name
    assert level_at((), position) is None
