"""One sample study for the tests that only read it, and the conformance checkers."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from spineseg.reporting import Report, build_report, write_report
from tests.reporting.samples import NOW, Sample, make_findings, make_sample


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """An axial series with a lesion."""
    return make_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="session")
def report(sample: Sample) -> Report:
    """Its report."""
    findings = make_findings(sample.input.series.series_instance_uid)
    return build_report([sample.input], findings, now=NOW)


@pytest.fixture(scope="session")
def results(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its report, written."""
    out = tmp_path_factory.mktemp("results")
    write_report(report, out)
    return out


@pytest.fixture(scope="session")
def conformance_errors() -> Callable[[Path], list[str]]:
    """Errors that dciodvfy reports of a file."""
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy (dicom3tools) is not installed")

    def errors(path: Path) -> list[str]:
        done = subprocess.run(["dciodvfy", "-new", str(path)], capture_output=True, text=True, check=False)
        return [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("Error")]

    return errors
