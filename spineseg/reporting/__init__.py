"""Findings, masks and source headers -> SEG, SR, key images and the page; and an SR -> Findings."""

from spineseg.reporting.pictures import ReportInput
from spineseg.reporting.report import Report, build_report, write_report
from spineseg.reporting.sr_reader import read_findings
from spineseg.reporting.wording import RESEARCH_BANNER

__all__ = ["RESEARCH_BANNER", "Report", "ReportInput", "build_report", "read_findings", "write_report"]
