"""Tests of spineseg.service.web.case: the result that holds, or why there is none."""

from __future__ import annotations

from datetime import datetime

from spineseg.service.studies import find_study
from spineseg.service.web.case import case_or_reason, masks_folder, report_page
from tests.reporting.samples import STUDY_UID
from tests.service.web.conftest import Node


def test_the_result_is_read_and_what_is_gone_is_told(node: Node, now: datetime) -> None:
    """A result, one that was purged, one that was never there and a damaged one each have their words."""
    with node.sessions.begin() as session:
        row, other = find_study(session, STUDY_UID), find_study(session, "1.2.3")
    assert row is not None
    assert other is not None

    case, _ = case_or_reason(node.layout, row)
    assert case is not None
    assert case.recommend(case.clinical).options
    assert report_page(node.layout, row) is not None
    assert masks_folder(node.layout, row) == node.layout.result(STUDY_UID, 1)
    assert "no result yet" in case_or_reason(node.layout, other)[1]
    case.report.write_bytes(b"damaged")
    assert case_or_reason(node.layout, row)[1]
    case.report.unlink()
    assert case_or_reason(node.layout, row)[1]
    row.study.results_purged_at = now
    assert "retention" in case_or_reason(node.layout, row)[1]
