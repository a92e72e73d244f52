"""Evidence of the sample's lesion: circles as outlines, tests with and without an answer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spineseg.domain.grade_evidence import GradeEvidence, GradeQuestion, MetricTest, SectionStructure

RADII_MM = {
    SectionStructure.EXPECTED_SAC: 8.0, SectionStructure.EXPECTED_CORD: 4.5, SectionStructure.CANAL: 10.0,
    SectionStructure.SAC: 6.0, SectionStructure.CORD: 3.0, SectionStructure.TUMOUR: 5.0,
}  # fmt: skip
TESTS = (
    MetricTest(
        metric="tumour_cord_gap_mm", question=GradeQuestion.TOUCHES_CORD, at_most=True, threshold=1.0, answer=True
    ),
    MetricTest(metric="csf_arc_pct", question=GradeQuestion.CSF_VISIBLE, at_most=False, threshold=10.0, answer=True),
    MetricTest(
        metric="cord_area_loss_pct", question=GradeQuestion.CORD_DEFORMED, at_most=False, threshold=15.0, answer=None
    ),
)


def circle(radius_mm: float) -> NDArray[np.float64]:
    """A closed outline around the middle of the section: (N, 2) [mm]."""
    angle = np.linspace(0, 2 * np.pi, 121)
    return radius_mm * np.stack([np.sin(angle), np.cos(angle)], axis=-1)


def make_evidence(series_uid: str, **changes: object) -> GradeEvidence:
    """Evidence of lesion 1 at the origin, with some fields changed."""
    fields: dict[str, object] = {
        "series_instance_uid": series_uid, "number": 1, "centre": np.zeros(3), "left": np.array([1.0, 0, 0]),
        "posterior": np.array([0, 1.0, 0]), "outlines": {name: (circle(r),) for name, r in RADII_MM.items()},
        "tests": TESTS, "csf_mm": 0.75, "support_mm": 3.0, "expected_sides": 2,
    }  # fmt: skip
    return GradeEvidence(**(fields | changes))  # type: ignore[arg-type]
