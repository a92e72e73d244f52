"""Tests of spineseg.domain.grade_evidence."""

from __future__ import annotations

from spineseg.domain.grade_evidence import MetricTest
from spineseg.domain.vocabulary import ESCC_METRICS
from spineseg.grading.escc_rules import EsccThresholds
from spineseg.grading.evidence import metric_tests


def test_every_number_told_of_a_grade_has_its_threshold() -> None:
    """Each metric of the vocabulary is held against a threshold, and nothing else is."""
    tests: tuple[MetricTest, ...] = metric_tests({}, EsccThresholds(pixel_mm=0.5))

    assert {test.metric for test in tests} == set(ESCC_METRICS)
    assert all(test.threshold > 0 for test in tests)
