from __future__ import annotations

from dataclasses import replace

import pytest

from spineseg.domain.findings import BoneQuality
from spineseg.domain.sins import PointRange, SinsComponent
from spineseg.evaluation.battery_sins import SinsRow, draw_spec, run_sins, true_points
from spineseg.evaluation.sins_cases import make_sins_case


@pytest.fixture(scope="module")
def row() -> SinsRow:
    """A case on CT."""
    return run_sins(1)


def test_what_was_built_is_the_truth():
    """A crushed body has 3 points of collapse, two arches 3 of posterolateral, a slip 4 of alignment."""
    for number, component, points in (
        (6, SinsComponent.COLLAPSE, 3), (4, SinsComponent.POSTEROLATERAL, 3), (5, SinsComponent.ALIGNMENT, 4),
    ):  # fmt: skip
        kind, spec = draw_spec(number)
        truth = true_points(make_sins_case(f"battery {kind}", spec, 1))[component]
        assert truth.high == points


def test_a_row_is_right_where_estimate_and_range_meet_the_truth(row):
    """Estimate outside the truth is wrong; none is no answer; a range that misses the truth is wrong, too."""
    location = SinsComponent.LOCATION
    assert row.is_right(location) is True
    true = row.truth[location].low
    other = replace(row, truth={location: PointRange(low=(true + 1) % 4, high=(true + 1) % 4)})
    assert other.is_right(location) is False
    assert not other.holds(location)
    assert replace(row, truth={}).is_right(location) is None


def test_the_drawn_quality_is_found_on_ct(row):
    """Bone quality on CT is what the lesion was made of."""
    assert row.modality == "CT"
    assert row.lesion.bone_quality is draw_spec(1)[1].quality is not BoneQuality.UNDETERMINED
