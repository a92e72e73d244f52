from __future__ import annotations

from pathlib import Path

from spineseg.reporting import Report, build_report, write_report
from spineseg.reporting.options import options_section, recommendation_text, view_options
from tests.reporting.conftest import NOW
from tests.reporting.recommendations import ALERT, RECOMMENDATION
from tests.reporting.samples import Sample, make_findings


def _report(sample: Sample) -> Report:
    findings = make_findings(sample.input.series.series_instance_uid)
    return build_report([sample.input], findings, recommendation=RECOMMENDATION, now=NOW)


def test_the_page_holds_alerts_and_options(sample: Sample) -> None:
    """Alerts stand above the pictures, the whole section, unescaped, below what is in doubt."""
    page = _report(sample).texts["report.html"]

    section = options_section(view_options(RECOMMENDATION))

    assert section in page
    assert page.index("</header>") < page.index(ALERT.text) < page.index("<h2>Pictures</h2>")
    assert page.index("<h2>Not assessed, or in doubt</h2>") < page.index(section)


def test_recommendation_json_is_written_and_named(sample: Sample) -> None:
    """The file holds the recommendation, and the page lists it among those written."""
    report = _report(sample)

    assert report.texts["recommendation.json"] == recommendation_text(RECOMMENDATION)
    assert "recommendation.json" in report.texts["report.html"]


def test_a_run_without_recommendation_removes_an_old_one(sample: Sample, tmp_path: Path) -> None:
    """No option of an earlier run stays beside findings that it was not made from."""
    write_report(_report(sample), tmp_path)
    findings = make_findings(sample.input.series.series_instance_uid)

    write_report(build_report([sample.input], findings, now=NOW), tmp_path)

    assert not (tmp_path / "recommendation.json").exists()
