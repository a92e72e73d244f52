"""Report and files of facts and rules, as named on the command line -> what the rules are applied to."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spineseg.domain.clinical import ClinicalContext
    from spineseg.domain.findings import Findings
    from spineseg.domain.recommendation import Recommendation
    from spineseg.reporting.sr_header import ReportHeader
    from spineseg.treatment import Ruleset

REPORT_NAME = "report.sr.dcm"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """A report with what the clinic says and the rules."""

    findings: Findings
    header: ReportHeader
    clinical: ClinicalContext
    ruleset: Ruleset

    def recommend(self) -> Recommendation:
        """What the rules make of it."""
        from spineseg.treatment import recommend

        header = self.header
        return recommend(
            self.findings, self.clinical, self.ruleset, verified=header.verified, verified_by=header.verified_by
        )


def add_case_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options that name report, facts and rules."""
    parser.add_argument("report", type=Path, metavar="REPORT.dcm", help="report.sr.dcm of a run, or the run's folder")
    parser.add_argument("--clinical", type=Path, metavar="FACTS.yaml", help="what the clinic knows: see spineseg facts")
    parser.add_argument(
        "--rules", type=Path, metavar="MYRULES.yaml", help="rules of this site, beside the shipped ones"
    )


def read_case(arguments: argparse.Namespace) -> CaseFile:
    """The case that the options name.

    Raises
    ------
    ReportError
        The report cannot be read or is not one of spineseg.
    SettingsError
        The file of facts is wrong.
    RulesetError
        A file of rules is wrong.
    """
    from spineseg.domain.clinical import ClinicalContext

    with _no_http_client():
        from spineseg.reporting.sr_header import read_header
    from spineseg.reporting.sr_reader import read_findings
    from spineseg.reporting.verified import current_report
    from spineseg.treatment import load_ruleset, read_clinical

    report: Path = arguments.report
    path = current_report(report, REPORT_NAME) if report.is_dir() else report
    return CaseFile(
        findings=read_findings(path),
        header=read_header(path),
        clinical=ClinicalContext() if arguments.clinical is None else read_clinical(arguments.clinical),
        ruleset=load_ruleset(arguments.rules),
    )


@contextmanager
def _no_http_client() -> Iterator[None]:
    """Spare 0.1 s: pydicom would load `requests`, for example files that it offers to download."""
    if "requests" in sys.modules:
        yield
        return
    sys.modules["requests"] = None  # type: ignore[assignment] # None makes an import fail, as if it were not installed
    try:
        yield
    finally:
        del sys.modules["requests"]
