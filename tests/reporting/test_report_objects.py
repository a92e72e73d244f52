"""Tests of spineseg.reporting.report_objects."""

from __future__ import annotations

from pathlib import Path

from spineseg.domain.study import Refusal
from spineseg.ingest import discover
from spineseg.ingest.refusal import refusal_of


def test_no_result_is_taken_for_an_image(results: Path) -> None:
    """Every object that a run writes is known as our own when it comes back with a study."""
    (study,) = discover(results)

    assert {refusal_of(series) for series in study.series} == {(Refusal.OWN_RESULT, "")}
    classes = {one.sop_class_uid for series in study.series for one in series.instances}
    assert len(classes) == 6  # SEG, SR, secondary capture, key objects, presentation state, document
