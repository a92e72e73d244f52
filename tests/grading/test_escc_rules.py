from __future__ import annotations

import numpy as np
import pytest

from spineseg.domain.escc import EsccGrade
from spineseg.grading.escc_metrics import EsccMetrics
from spineseg.grading.escc_rules import (
    ONE_C_OR_THREE,
    EsccThresholds,
    grade_of,
    high_end,
    low_end,
    plane_ranks,
    supported_ranks,
)

RULE = EsccThresholds(pixel_mm=0.6)
# A plane with epidural tumour that deforms nothing.
PLAIN = {
    "epidural_area": 40.0, "epidural_thickness": 3.0, "sac_indentation": 0.0, "sac_area_loss": 0.0, "gap": 4.0,
    "cord_ap_loss": 0.0, "cord_area_loss": 0.0, "cord_indentation": 0.0, "cord_displacement": 0.0, "csf_arc": 1.0,
}  # fmt: skip


def rank(**changes):
    """Rank of the plain plane with some metrics changed."""
    metrics = EsccMetrics(**{key: np.array([value]) for key, value in (PLAIN | changes).items()})
    return float(plane_ranks(metrics, RULE)[0])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"epidural_area": 9.0}, 0),
        ({"epidural_thickness": 1.4}, 0),
        ({}, 1),
        ({"sac_indentation": 1.1}, 2),
        ({"sac_area_loss": 0.11}, 2),
        ({"gap": 0.9}, 3),
        ({"gap": 0.9, "csf_arc": 0.05}, ONE_C_OR_THREE),
        ({"gap": 0.0, "cord_area_loss": 0.16}, 4),
        ({"gap": 0.0, "cord_ap_loss": 0.16}, 4),
        ({"gap": 0.0, "cord_indentation": 1.1}, 4),
        ({"gap": 2.9, "cord_displacement": 2.1}, 4),
        ({"gap": 3.1, "cord_displacement": 2.1}, 1),
        ({"gap": 0.0, "cord_area_loss": 0.16, "csf_arc": 0.05}, 5),
    ],
)
def test_planes_are_graded_by_the_rules(changes, expected):
    """Each rule of clinical.md 1.6 decides at its threshold."""
    assert rank(**changes) == expected


def test_what_cannot_be_measured_raises_no_grade():
    """Without an expected outline (NaN) deformation counts as not shown; abstaining is the caller's business."""
    unknown = dict.fromkeys(
        ("sac_indentation", "sac_area_loss", "cord_ap_loss", "cord_area_loss", "cord_indentation"), np.nan
    )
    assert rank(**unknown) == 1


def test_coarse_pixels_raise_the_thresholds():
    """At 1 mm pixels tumour must be 2 mm thick and dents 1.5 mm deep."""
    coarse = EsccThresholds(pixel_mm=1.0)
    assert (coarse.epidural_thickness_mm, coarse.indentation_mm, coarse.csf_mm) == (2.0, 1.5, 1.0)


@pytest.mark.parametrize(
    ("ranks", "step", "expected"),
    [
        ([0, 4, 1, 1, 1], 1.0, [0, 1, 1, 1, 1]),  # one millimetre of grade 2 is not held
        ([0, 4, 4, 4, 1], 1.0, [0, 4, 4, 4, 1]),
        ([0, 4, 0, 4, 4], 1.0, [0, 0, 0, 0, 0]),
        ([0, 5, 1], 3.0, [0, 5, 1]),  # one slice of 3 mm is
        ([0, 5, 1], 2.5, [0, 1, 1]),
        ([2, np.nan, 2], 1.5, [0, 0, 0]),
    ],
)
def test_a_grade_needs_three_millimetres(ranks, step, expected):
    """A plane's grade is the highest that it and the planes beside it hold over 3 mm."""
    found = supported_ranks(np.array(ranks, dtype=float), np.full(len(ranks), step), RULE.support_mm)
    assert found.tolist() == expected


def test_one_c_or_three_spans_both():
    """Gone CSF around an undeformed cord is 1c at least, 3 at most, and no point grade."""
    assert (low_end(ONE_C_OR_THREE), high_end(ONE_C_OR_THREE)) == (3.0, 5.0)
    assert grade_of(ONE_C_OR_THREE) is EsccGrade.UNDETERMINED
    assert grade_of(3.0) is EsccGrade.G1C
