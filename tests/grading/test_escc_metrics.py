from __future__ import annotations

import numpy as np
import pytest

from spineseg.anatomy.sections import HALF_WIDTH_MM, Sections, plane_axis
from spineseg.domain.vocabulary import ESCC_METRICS
from spineseg.grading.escc_metrics import Shift, measure
from spineseg.grading.expected import Expected

ROWS, COLUMNS = np.meshgrid(plane_axis(), plane_axis(), indexing="ij")


def disc(radius_mm, posterior_mm=0.0):
    """Signed distance of a disc."""
    return (np.hypot(ROWS - posterior_mm, COLUMNS) - radius_mm).astype(np.float32)[None]


def plane(front_mm):
    """Signed distance of everything in front of a line."""
    return (ROWS - front_mm).astype(np.float32)[None]


def sections(cord, sac, tumour, canal=None):
    """One plane with these outlines."""
    fields = {"cord": cord, "sac": sac, "tumour": tumour, "canal": disc(10.0) if canal is None else canal}
    return Sections(
        position_mm=np.zeros(1), centre=np.zeros((1, 3)), step_mm=np.ones(1), covered=np.ones(1, bool), fields=fields
    )


NORMAL = Expected(cord=disc(4.0), sac=disc(7.0), cord_sides=2, sac_sides=2)


def cut_by(front_mm, cord=None):
    """Tumour in front of a line that pushes in the sac."""
    cord = disc(4.0) if cord is None else cord
    return sections(cord, np.maximum(disc(7.0), -plane(front_mm)), plane(front_mm))


def value(one, name, **options):
    """One metric of the only plane."""
    return float(getattr(measure(one, NORMAL, csf_mm=0.75, **options), name)[0])


@pytest.mark.parametrize("gap_mm", [0.0, 0.5, 1.3])
def test_gap_is_the_distance_of_the_outlines(gap_mm):
    """The gap is measured from outline to outline, without a voxel's correction."""
    assert value(cut_by(-4.0 - gap_mm), "gap") == pytest.approx(gap_mm, abs=0.1)


def test_thickness_is_that_of_the_epidural_part():
    """Between the canal's wall at 10 mm and a front at 6 mm the tumour is 4 mm thick."""
    assert value(cut_by(-6.0), "epidural_thickness") == pytest.approx(4.0, abs=0.3)


def test_indentation_is_the_depth_inside_the_expected_sac():
    """A front 2.5 mm inside the expected sac indents it by 2.5 mm and takes the area of that cap."""
    assert value(cut_by(-4.5), "sac_indentation") == pytest.approx(2.5, abs=0.15)
    cap = 7**2 * np.arccos(4.5 / 7) - 4.5 * np.sqrt(7**2 - 4.5**2)
    assert value(cut_by(-4.5), "sac_area_loss") == pytest.approx(cap / (np.pi * 49), abs=0.01)


def test_lost_parts_away_from_the_tumour_are_no_indentation():
    """A sac narrowed on the side away from the tumour is not indented by it."""
    narrow = sections(disc(4.0), np.maximum(disc(7.0), plane(4.5)), np.maximum(plane(-8.0), disc(9.9)))
    assert value(narrow, "sac_indentation") == 0


def test_displacement_is_the_way_of_the_middle():
    """A cord moved back by 2.2 mm is displaced by 2.2 mm and keeps its area."""
    moved = cut_by(-4.0, disc(4.0, 2.2))
    assert value(moved, "cord_displacement") == pytest.approx(2.2, abs=0.05)
    assert value(moved, "cord_area_loss") == pytest.approx(0.0, abs=0.01)


def test_csf_arc_counts_the_rays_that_cross_csf():
    """CSF all around gives 1, a sac that clings to the cord 0, and a front through the middle about a half."""
    assert value(sections(disc(4.0), disc(7.0), plane(-15.0)), "csf_arc") == 1
    assert value(sections(disc(4.0), disc(4.2), plane(-15.0)), "csf_arc") == 0
    half = sections(np.maximum(disc(4.0), -plane(0.0)), np.maximum(disc(7.0), -plane(0.0)), plane(0.0))
    assert 0.4 < value(half, "csf_arc") < 0.75


def test_dilating_tumour_and_cord_closes_the_gap():
    """Moving both outlines by 0.4 mm takes 0.8 mm from the gap."""
    assert value(cut_by(-5.3), "gap", shift=Shift(tumour=0.4, cord=0.4)) == pytest.approx(0.5, abs=0.1)


def test_a_common_bias_of_the_segmenter_is_no_loss():
    """A cord drawn too narrow everywhere has lost nothing against its equally narrow reference."""
    assert value(cut_by(-6.0), "cord_area_loss", shift=Shift(cord=-0.5)) == pytest.approx(0.0, abs=0.01)


def test_keys_are_those_of_the_vocabulary():
    """The metrics of a plane carry the vocabulary's keys, percentages from 0 to 100."""
    values = measure(cut_by(-4.5), NORMAL, csf_mm=0.75).at(0)
    assert set(values) == set(ESCC_METRICS)
    assert 10 < values["sac_area_loss_pct"] < 30


def test_unknown_metrics_are_left_out():
    """Without expected outlines losses are unknown and have no key."""
    nothing = Expected(cord=None, sac=None, cord_sides=0, sac_sides=0)
    values = measure(cut_by(-4.5), nothing, csf_mm=0.75).at(0)
    assert "cord_area_loss_pct" not in values
    assert "tumour_cord_gap_mm" in values


def test_no_cord_means_no_gap_and_no_arc():
    """Without a cord the gap is out of range and the arc unknown, never zero."""
    absent = sections(np.full_like(disc(1.0), 30.0), disc(7.0), plane(-6.0))
    assert value(absent, "gap") > HALF_WIDTH_MM
    assert np.isnan(value(absent, "csf_arc"))
