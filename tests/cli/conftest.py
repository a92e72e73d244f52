"""One report of a lesion, written as a run writes it, for the commands that read reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from spineseg.reporting import build_report, write_report
from tests.reporting.samples import NOW, make_findings, make_sample


@pytest.fixture(scope="session")
def report_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SR of an extradural lesion at T7, approximate ESCC 2 (range 1c to 2), unverified."""
    folder = tmp_path_factory.mktemp("report")
    sample = make_sample(folder / "study", shape=(6, 72, 64))
    findings = make_findings(sample.input.series.series_instance_uid)
    write_report(build_report([sample.input], findings, now=NOW), folder / "out")
    return folder / "out" / "report.sr.dcm"
